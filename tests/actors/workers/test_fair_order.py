"""The fair order from acceptance to the workers, across flushes, restarts and processes."""

from __future__ import annotations

import asyncio
import itertools
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from service.actors import relay
from service.actors.workers import attempt
from service.generators.protocol import GenerationFailed, Job, Written
from service.messages import TEXT
from service.store.redis.connection import RedisConnection
from tests.support.pipelines import Pipeline, Scripted, running_pipeline, write_at_once
from tests.support.waiting import eventually, wait_until

ONE_WORKER = ("text.workers=1",)
JOB_SECONDS = 0.01


@pytest.fixture(autouse=True)
def _equal_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every job is measured to take equally long, also on a busy machine: shares are of time."""
    ticks = itertools.count()
    stopwatch = SimpleNamespace(perf_counter=lambda: next(ticks) * JOB_SECONDS)
    monkeypatch.setattr(attempt, "time", stopwatch)


class Steady:
    """A behaviour that takes equally long for every job, from when it is opened."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.held = 0

    async def __call__(self, job: Job) -> Written:
        self.held += 1
        await self.open.wait()
        self.held -= 1
        await asyncio.sleep(JOB_SECONDS)  # other jobs of this moment are accepted
        return await write_at_once(job)


async def submit_all(mill: Pipeline, user: str, count: int) -> list[str]:
    return [await mill.submit(f"{user} {n}", user=user) for n in range(count)]


async def all_wait(mill: Pipeline, count: int) -> None:
    """Wait until so many jobs are on the stream, waiting or in hand."""

    async def do() -> bool:
        return (await mill.streams.lengths())[TEXT] == count

    await eventually(do, f"{count} jobs are on the stream")


def completed(mill: Pipeline, ids: Sequence[str]) -> int:
    return sum(mill.record(id_).status == "completed" for id_ in ids)


def users(prompts: Sequence[str]) -> list[str]:
    return [prompt.split()[0] for prompt in prompts]


def in_order(prompts: Sequence[str]) -> bool:
    """Whether the prompts of each user were begun in the order of their submission."""
    numbers: dict[str, list[int]] = {}
    for prompt in prompts:
        user, number = prompt.split()
        numbers.setdefault(user, []).append(int(number))
    return all(line == sorted(line) for line in numbers.values())


async def test_a_single_request_does_not_wait_behind_many(tmp_path: Path, redis_url: str) -> None:
    text = Scripted(work := Steady())
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *ONE_WORKER) as mill:
        ids = await submit_all(mill, "ann", 50)
        await wait_until(lambda: text.at_work == 1, "the worker is at work")
        await all_wait(mill, 50)
        ids += await submit_all(mill, "bob", 1)
        await all_wait(mill, 51)
        work.open.set()
        await mill.finished(*ids)
        await mill.quiet()
    assert "bob 0" in text.prompts[:3]
    assert in_order(text.prompts)
    assert len(text.prompts) == len(set(text.prompts)) == 51


@pytest.mark.parametrize("what", ["flush", "index lost"])
async def test_the_order_is_fair_again_after(
    tmp_path: Path,
    redis_url: str,
    redis: RedisConnection,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "RECHECK_SECONDS", 0.05)
    text = Scripted(work := Steady())
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *ONE_WORKER) as mill:
        ids = await submit_all(mill, "ann", 60) + await submit_all(mill, "bob", 30)
        await all_wait(mill, 90)
        work.open.set()
        await wait_until(lambda: len(text.prompts) >= 5, "some have begun")
        work.open.clear()  # a result that is lost on its way would be made again
        await wait_until(
            lambda: work.held and len(text.prompts) - 1 == completed(mill, ids),
            "all results but that of the next one are stored",
        )
        if what == "flush":
            await redis.one("FLUSHALL")
        else:
            await redis.one("DEL", *await redis.one("KEYS", "fair:*"))
        work.open.set()
        ids += await submit_all(mill, "cas", 1)  # wakes the relay
        before = len(text.prompts)
        await mill.finished(*ids)
        await mill.quiet()
    assert len(text.prompts) == len(set(text.prompts)) == len(ids)
    assert in_order(text.prompts)
    # some of ann's may go before the others are back
    begun = text.prompts[before:]
    first = users(begun).index("bob")
    assert first <= 20
    assert Counter(users(begun[first : first + 20]))["bob"] == pytest.approx(10, abs=3)


async def test_the_order_continues_after_a_restart(tmp_path: Path, redis_url: str) -> None:
    text = Scripted(work := Steady())
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *ONE_WORKER) as mill:
        ids = await submit_all(mill, "ann", 60) + await submit_all(mill, "bob", 30)
        await all_wait(mill, 90)
        work.open.set()
        await wait_until(lambda: len(text.prompts) >= 10, "some have begun")
    assert len(text.prompts) < 80
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *ONE_WORKER) as mill:
        await mill.finished(*ids)
        await mill.quiet()
    assert in_order(text.prompts)
    assert len(text.prompts) == len(set(text.prompts)) == len(ids)
    assert Counter(users(text.prompts[1:51]))["bob"] == pytest.approx(25, abs=4)


async def test_two_processes_share_one_order(tmp_path: Path, redis_url: str) -> None:
    text = Scripted(work := Steady())
    settings = (tmp_path, redis_url, text, Scripted(), *ONE_WORKER)
    async with (
        running_pipeline(*settings, node="one", alone=False) as one,
        running_pipeline(*settings, node="two", alone=False) as two,
    ):
        ids = await submit_all(one, "ann", 60)
        await all_wait(one, 60)
        ids += await submit_all(two, "bob", 20)
        await all_wait(one, 80)
        work.open.set()
        await one.finished(*ids)
        await one.quiet()
    assert len(text.prompts) == len(set(text.prompts)) == len(ids)
    assert Counter(users(text.prompts[2:32]))["bob"] == pytest.approx(15, abs=3)


async def test_a_retry_and_a_redrive_join_the_line_of_their_client(
    tmp_path: Path, redis_url: str
) -> None:
    failing = {"ann 0", "ann 1"}
    work = Steady()

    async def behave(job: Job) -> Written:
        await work.open.wait()
        if job.prompt in failing:
            failing.discard(job.prompt)
            raise GenerationFailed("Not now.", retryable=job.prompt == "ann 0")
        return await work(job)

    text = Scripted(behave)
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *ONE_WORKER) as mill:
        ids = await submit_all(mill, "ann", 20) + await submit_all(mill, "bob", 20)
        await all_wait(mill, 40)
        work.open.set()
        [dead] = await mill.finished(ids[1])
        assert dead.status == "failed"
        await mill.redrive(ids[1])
        await mill.finished(*ids)
        await mill.quiet()
    expected = Counter([f"{user} {n}" for user in ("ann", "bob") for n in range(20)])
    assert Counter(text.prompts) == expected + Counter(["ann 0", "ann 1"])
    assert in_order(list(dict.fromkeys(text.prompts)))  # as each was begun first


async def test_a_cancelled_request_is_left_out_and_costs_its_client_nothing(
    tmp_path: Path, redis_url: str
) -> None:
    text = Scripted(work := Steady())
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *ONE_WORKER) as mill:
        ann, bob = await submit_all(mill, "ann", 30), await submit_all(mill, "bob", 30)
        await all_wait(mill, 60)
        for id_ in bob[:10]:
            await mill.cancel(id_)
        work.open.set()
        await mill.finished(*ann, *bob)
        await mill.quiet()
    assert not {f"bob {n}" for n in range(10)} & set(text.prompts)
    assert Counter(users(text.prompts[1:31]))["bob"] == pytest.approx(15, abs=3)


async def test_positions_are_those_of_the_fair_order(tmp_path: Path, redis_url: str) -> None:
    text = Scripted(work := Steady())
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *ONE_WORKER) as mill:
        work.open.set()
        await mill.finished(
            *await submit_all(mill, "ann", 3)
        )  # now it is known how long a job takes
        work.open.clear()
        ids = await mill_waits(mill, ann=40, bob=10, cas=5)
        requests = [mill.record(id_).request for id_ in ids.values()]
        places = await mill.services.positions.positions_of(requests)
        foretold = dict(zip(ids, places, strict=True))
        assert foretold["cas 0"].position <= 4
        assert foretold["ann 39"].position == pytest.approx(54, abs=1)
        begun = len(text.prompts)
        work.open.set()
        await mill.finished(*ids.values())
    served = {prompt: place for place, prompt in enumerate(text.prompts[begun:], 1)}
    errors = [abs(foretold[prompt].position - place) for prompt, place in served.items()]
    assert statistics.median(errors) <= 2
    assert max(errors) <= 8
    etas = [foretold[prompt].eta for prompt in served]
    assert all(eta is not None for eta in etas)
    assert foretold["cas 4"].eta < foretold["ann 39"].eta  # type: ignore[operator] # checked above


async def mill_waits(mill: Pipeline, **counts: int) -> dict[str, str]:
    """Submit so many requests of each user; returns their ids by prompt once all are queued."""
    ids = {}
    for user, count in counts.items():
        for number, id_ in enumerate(await submit_all(mill, user, count)):
            ids[f"{user} {number}"] = id_
    await all_wait(mill, len(ids))

    async def one_is_generated() -> bool:
        return mill.record(ids["ann 0"]).status == "generating"

    await eventually(one_is_generated, "the first is known to be generated")
    return ids
