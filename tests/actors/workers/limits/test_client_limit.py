"""A client at its limit of running generations waits, and others go ahead."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from service.actors.workers import pool
from service.actors.workers.limits import client_limit
from service.config import WorkerBounds
from service.generators.protocol import Job, Written
from service.messages import PRIORITIES, TEXT, Priority, TextWanted
from service.request_ids import new_id
from service.store.redis.connection import RedisConnection
from service.store.redis.streams import Delivery
from tests.support.pipelines import Gate, Scripted, running_pipeline
from tests.support.waiting import eventually, wait_until

LIMIT = ("limits.max_running=2", "text.workers=6")


class Watched:
    """A behaviour that counts how many jobs of each client run at once; prompts begin with it."""

    def __init__(self) -> None:
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def __call__(self, job: Job) -> Written:
        client = job.prompt[0]
        self.running[client] += 1
        self.most[client] = max(self.most[client], self.running[client])
        try:
            await wait_until(lambda: self.most[client] >= 2, "it has taken both of its places once")
            await asyncio.sleep(0.01)  # the duration of a job: others may run beside it
        finally:
            self.running[client] -= 1
        return Written(job.prompt, "watched")


async def test_no_client_runs_more_than_its_limit_and_all_are_served_in_order(
    tmp_path: Path, redis_url: str
) -> None:
    watched = Watched()
    text, image = Scripted(watched), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image, *LIMIT) as mill:
        ids = [
            await mill.submit(f"{client}{number}", user=client)
            for client, count in (("a", 40), ("b", 15), ("c", 3))
            for number in range(count)
        ]
        records = await mill.finished(*ids)
        assert {record.status for record in records} == {"completed"}
        assert max(watched.most.values()) == 2
        for client in "abc":
            own = [prompt for prompt in text.prompts if prompt.startswith(client)]
            assert own == sorted(own, key=lambda prompt: int(prompt[1:]))
        assert len(text.jobs) == len(ids)


async def test_a_client_goes_ahead_of_another_one_at_its_limit(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_limit, "MOST_HELD", 5)
    monkeypatch.setattr(pool, "MOST_HELD", 5)
    gate = Gate()

    async def held(job: Job) -> Written:
        if job.prompt.startswith("a"):
            await gate.open.wait()
        return Written(job.prompt, "m")

    text, image = Scripted(held), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image, *LIMIT) as mill:
        first = [await mill.submit(f"a{number}", user="a") for number in range(40)]
        await wait_until(lambda: text.at_work == 2, "two of the client run")
        for number in range(3):
            [record] = await mill.finished(await mill.submit(f"b{number}", user="b"))
            assert record.status == "completed"
        assert text.at_work == 2
        connection = RedisConnection(redis_url)
        pending = await connection.one("XPENDING", "content:text", "text-workers")
        connection.close()
        assert pending[0] <= 20  # most of what waits stays on the stream
        gate.open.set()
        await mill.finished(*first)
        assert text.most_at_work <= 3


@pytest.mark.parametrize("priority", PRIORITIES)
@pytest.mark.parametrize("count", [6, 40])  # all of them are in hand, or most are on the stream
async def test_a_client_with_more_than_a_pool_holds_keeps_none_waiting(
    tmp_path: Path,
    redis_url: str,
    redis: RedisConnection,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    priority: Priority,
) -> None:
    monkeypatch.setattr(pool, "MOST_HELD", 3)
    gate = Gate()

    async def held(job: Job) -> Written:
        if job.prompt.startswith("a"):
            await gate.open.wait()
        return Written(job.prompt, "m")

    text, image = Scripted(held), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image, *LIMIT) as mill:
        mill.pool("text").resize(WorkerBounds(0))
        first = [await mill.submit(f"a{number}", user="a") for number in range(count)]

        async def all_wait() -> bool:
            return bool(await redis.one("XLEN", TEXT) == count)

        await eventually(all_wait, "all are on the stream")
        mill.pool("text").resize(WorkerBounds(6))
        await wait_until(lambda: mill.pool("text").in_flight >= 5, "two run, and three are held")
        for number in range(3):
            id_ = await mill.submit(f"b{number}", user="b", priority=priority)
            [record] = await mill.finished(id_)
            assert record.status == "completed"
        assert text.at_work == 2
        assert mill.pool("text").in_flight <= 6  # what waits stays on the stream
        gate.open.set()
        await mill.finished(*first)


async def test_a_held_request_can_be_cancelled_and_the_limit_is_live(
    tmp_path: Path, redis_url: str
) -> None:
    gate = Gate()
    text, image = Scripted(gate), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image, *LIMIT) as mill:
        ids = [await mill.submit(f"a{number}", user="a") for number in range(5)]
        await wait_until(lambda: text.at_work == 2, "two run")
        await mill.cancel(ids[3])
        mill.pool("text").resize(WorkerBounds(3))
        gate.open.set()
        records = await mill.finished(*ids)
        assert [record.status for record in records].count("completed") == 4
        assert "a3" not in text.prompts
        await mill.quiet()


def test_as_many_held_jobs_begin_as_places_are_free() -> None:
    running = ["user:ann", "user:ann"]
    limit = client_limit.ClientLimit(lambda: 2, lambda: running)
    held = [
        Delivery(TEXT, b"1-1", TextWanted(new_id(), f"p{n}", 7, client="user:ann"))
        for n in range(5)
    ]
    assert all(limit.hold_back(delivery) for delivery in held)
    assert limit.release() == []
    running.clear()
    assert limit.release() == held[:2]
    running[:] = ["user:ann"]
    assert limit.release() == held[2:3]
    assert len(limit) == 2


def test_without_a_limit_no_client_is_full() -> None:
    limit = client_limit.ClientLimit(lambda: 0, lambda: ["user:ann"])
    delivery = Delivery(TEXT, b"1-1", TextWanted(new_id(), "p", 7, client="user:ann"))
    assert not limit.hold_back(delivery)
    assert limit.full() == []
