"""Changes of priority through the whole pipeline: each request is done once, as it is wanted."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from service.actors import relay
from service.actors.priority_moves import PriorityMoves
from service.generators.protocol import GenerationFailed, Job, Written
from service.messages import PRIORITIES, TEXT, Priority, stream_of
from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline, write_at_once
from tests.support.waiting import eventually, wait_until

ONE_WORKER = ("text.workers=1",)


async def change(mill: Pipeline, id_: str, priority: Priority) -> bool:
    """Change a priority as the API does."""
    changed = await mill.services.stores.request_priorities.change(id_, priority)
    if changed:
        await mill.services.relay.reprioritize(id_, priority)
    return changed


async def test_what_a_paused_pool_has_in_hand_goes_back(tmp_path: Path, redis_url: str) -> None:
    text = Scripted()
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *ONE_WORKER) as mill:
        pool, pauses = mill.pool("text"), mill.services.stores.pool_pauses
        await pauses.pause("text")
        await pool.check_pause()
        ids = [await mill.submit("0")]
        await wait_until(lambda: pool.in_flight == 1, "a read that was under way has got it")
        ids += [await mill.submit(str(n)) for n in (1, 2, 3)]
        assert await change(mill, ids[2], "high")
        assert await change(mill, ids[1], "low")
        overview = await mill.streams.overview()
        streams = [overview[stream_of(TEXT, each)] for each in PRIORITIES]
        assert [stream.length for stream in streams] == [1, 2, 1]
        assert [stream.pending for stream in streams] == [0, 0, 0]
        await pauses.resume("text")
        await pool.check_pause()
        await mill.finished(*ids)
        await mill.quiet()
    assert text.prompts == ["2", "0", "3", "1"]


async def test_a_retry_and_a_redrive_have_the_new_priority(tmp_path: Path, redis_url: str) -> None:
    failing = {"retried", "dead"}

    async def behave(job: Job) -> Written:
        if job.prompt in failing:
            failing.discard(job.prompt)
            raise GenerationFailed("Not now.", retryable=job.prompt == "retried")
        return await write_at_once(job)

    text = Scripted(behave)
    settings = (*ONE_WORKER, "text.backoff=3600")
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        retried, dead = await mill.submit("retried"), await mill.submit("dead")

        async def both_failed() -> bool:
            return not failing and mill.record(dead).status == "failed"

        await eventually(both_failed, "both have failed once")
        assert not await change(mill, dead, "high")
        await eventually(lambda: change(mill, retried, "high"), "it waits for its retry")
        await mill.redrive(dead)
        assert await change(mill, dead, "low")
        await mill.finished(dead)
        [unfinished] = [
            each async for page in mill.services.stores.requests.unfinished() for each in page
        ]
    assert (unfinished.request.id, unfinished.request.priority) == (retried, "high")


async def test_what_cannot_be_moved_stays_in_hand(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis goes away while jobs are given back: none of them waits for the end of a lease."""
    outage, gate = Gate(), Gate()

    async def behave(job: Job) -> Written:
        if not outage.open.is_set():
            await outage(job)
            raise GenerationFailed("Away.", retryable=True, cause="away")
        return await gate(job)

    async def away(*_: object) -> bool:
        raise RedisUnavailable("Not now.")

    text, settings = Scripted(behave), ("text.workers=4", "text.outage=600")
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        pool = mill.pool("text")
        ids = [await mill.submit(str(n), priority="low") for n in range(4)]
        await wait_until(lambda: text.at_work == len(ids), "all have begun")
        outage.open.set()
        await wait_until(lambda: text.at_work < 2, "one is tried again at most; all are in hand")
        with monkeypatch.context() as patch:
            patch.setattr(PriorityMoves, "_replace", away)
            assert await change(mill, ids[3], "high")
        assert pool.in_flight == len(ids)
        gate.open.set()
        await mill.finished(*ids)
        await mill.quiet()


@pytest.mark.parametrize("crash", ["restart", "while it runs"])
async def test_a_change_that_was_not_carried_out_is_made_good(
    tmp_path: Path, redis_url: str, crash: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "RECHECK_SECONDS", 0.05 if crash == "while it runs" else 60)
    monkeypatch.setattr(relay, "RECHECK_PAUSE_FACTOR", 1)
    text = Scripted()
    settings = (tmp_path, redis_url, text, Scripted())
    async with AsyncExitStack() as stack:
        mill = await stack.enter_async_context(running_pipeline(*settings, "text.workers=0"))
        ids = [await mill.submit(f"{n}") for n in range(3)]

        async def lengths_are(high: int, normal: int) -> bool:
            lengths = await mill.streams.lengths()
            return (lengths[stream_of(TEXT, "high")], lengths[TEXT]) == (high, normal)

        await eventually(lambda: lengths_are(0, 3), "all are on the stream")
        # the process dies between the commit and the streams
        assert await mill.services.stores.request_priorities.change(ids[2], "high")
        if crash == "restart":
            await stack.aclose()
            mill = await stack.enter_async_context(running_pipeline(*settings, "text.workers=0"))
        else:
            ids.append(await mill.submit("wakes the relay", priority="low"))
        await eventually(lambda: lengths_are(1, 2), "the relay has moved it")
    async with running_pipeline(*settings, *ONE_WORKER) as mill:
        await mill.finished(*ids)
        await mill.quiet()
    assert text.prompts[:3] == ["2", "0", "1"]


class Life:
    """Random submissions, changes, cancels, failures and redrives."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.gate = Gate()
        self.ids: dict[str, str] = {}
        self.priorities: dict[str, Priority] = {}
        self.changed: Counter[str] = Counter()
        self.failing: set[str] = set()
        self.redriven: Counter[str] = Counter()

    async def __call__(self, job: Job) -> Written:
        await self.gate.open.wait()
        if job.prompt in self.failing:
            self.failing.discard(job.prompt)
            raise GenerationFailed("Not this time.", retryable=False)
        return await write_at_once(job)

    async def step(self, mill: Pipeline) -> None:
        steps = [self.submit, self.change, self.cancel, self.redrive, self.breathe]
        await self.random.choices(steps, [4, 8, 1, 2, 2])[0](mill)

    async def submit(self, mill: Pipeline) -> None:
        for _ in range(self.random.choice([1, 4])):
            prompt = str(len(self.ids))
            user, priority = self.random.choice(["ann", "bob"]), self.random.choice(PRIORITIES)
            if self.random.random() < 0.2:
                self.failing.add(prompt)
            self.ids[prompt] = await mill.submit(prompt, user=user, priority=priority)
            self.priorities[prompt] = priority

    async def change(self, mill: Pipeline) -> None:
        if self.ids:
            prompt, priority = self.random.choice([*self.ids]), self.random.choice(PRIORITIES)
            if await change(mill, self.ids[prompt], priority):
                self.priorities[prompt] = priority

    async def cancel(self, mill: Pipeline) -> None:
        if self.ids:
            await mill.cancel(self.ids[self.random.choice([*self.ids])])

    async def redrive(self, mill: Pipeline) -> None:
        for prompt, id_ in self.ids.items():
            if mill.record(id_).status == "failed":
                await mill.redrive(id_)
                self.redriven[prompt] += 1
                return

    async def breathe(self, mill: Pipeline) -> None:
        """Let some work be done."""
        del mill
        self.gate.open.set()
        for _ in range(self.random.randrange(20)):
            await asyncio.sleep(0)
        self.gate.open.clear()


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_lost_or_doubled(
    tmp_path: Path, redis_url: str, redis: RedisConnection, seed: int
) -> None:
    life = Life(seed)
    text = Scripted(life)
    settings = (tmp_path, redis_url, text, Scripted(), "text.workers=2")
    for restart in range(3):
        async with running_pipeline(*settings) as mill:
            for _ in range(25):
                await life.step(mill)
            records = {prompt: mill.record(id_) for prompt, id_ in life.ids.items()}
            assert {p: r.request.priority for p, r in records.items()} == life.priorities
            life.gate.open.set()  # what runs ends with the process
        life.gate.open.clear()
        if restart == 1:
            await redis.one("FLUSHALL")
    life.gate.open.set()
    async with running_pipeline(*settings) as mill:
        await mill.finished(*life.ids.values())
        await mill.quiet()
        for prompt, count in Counter(text.prompts).items():
            assert count <= 1 + life.redriven[prompt], f"{prompt} was generated {count} times"
        for prompt, id_ in life.ids.items():
            record = mill.record(id_)
            assert record.status in {"completed", "failed", "cancelled"}
            if record.status == "completed":
                assert prompt in text.prompts
