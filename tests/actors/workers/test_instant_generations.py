"""Workers do instant generations several in a row; whatever ends a row takes effect at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from service.actors.workers import executor
from service.actors.workers import worker as worker_module
from service.generators.protocol import GenerationFailed, Job, Written
from service.messages import TEXT, WANTED, Wanted
from service.request_ids import new_id
from service.store.redis.streams import Delivery
from service.store.sql.requests.request_cancellation import RequestCancellation
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline, write_at_once
from tests.support.waiting import eventually, wait_until

SLOW = 20  # the number of the slow one: enough are before it for a row
MANY = 60


@pytest.fixture(autouse=True)
def instant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "service.actors.workers.executor.INSTANT_SECONDS", 60.0
    )  # however slow this machine is


class Row(Scripted):
    """Instant once `first` opens, when all are on the stream; only number SLOW waits for `slow`."""

    def __init__(self, *, workers: int) -> None:
        super().__init__(self._by_number)
        self.first, self.slow = Gate(), Gate()
        self.workers = workers
        self.in_flight: Callable[[], int]
        self.ahead = 0
        """How many parts were in flight when the slow one began."""

    async def _by_number(self, job: Job) -> Written:
        if not job.prompt.isdecimal():
            return await write_at_once(job)
        number = int(job.prompt)
        if number < self.workers:
            return await self.first(job)
        if number == SLOW:
            self.ahead = self.in_flight()
            return await self.slow(job)
        return await write_at_once(job)

    async def begun(self, mill: Pipeline) -> list[str]:
        """Submit all and return their ids, when the slow one is at work with others behind it."""
        self.in_flight = lambda: mill.pool("text").in_flight
        ids = [await mill.submit(str(number)) for number in range(MANY)]

        async def all_are_there() -> bool:
            return (await mill.streams.overview())[TEXT].length == MANY

        await eventually(all_are_there, "all are on the stream")
        self.first.open.set()
        await wait_until(lambda: str(SLOW) in self.prompts, "the slow one is at work")
        assert self.ahead > self.workers
        return ids

    def numbers(self) -> list[int]:
        """The numbers in the order in which they began."""
        return [int(prompt) for prompt in self.prompts if prompt.isdecimal()]


@contextlib.asynccontextmanager
async def row(
    tmp_path: Path, redis_url: str, *, workers: int, alone: bool = True
) -> AsyncIterator[tuple[Pipeline, Row, list[str]]]:
    """A pipeline in the middle of a row, whose slow one is at work."""
    text = Row(workers=workers)
    pool = f"text.workers={workers}"
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), pool, alone=alone) as mill:
        yield mill, text, await text.begun(mill)


async def test_the_rest_of_a_row_behind_a_slow_one_is_done_by_other_workers(
    tmp_path: Path, redis_url: str
) -> None:
    async with row(tmp_path, redis_url, workers=2) as (mill, text, ids):
        await mill.finished(*ids[:SLOW], *ids[SLOW + 1 :])
        assert text.at_work == 1
        text.slow.open.set()
        await mill.finished(*ids)
        await mill.quiet()
    assert sorted(text.numbers()) == list(range(MANY))
    assert all(abs(place - number) < 4 for place, number in enumerate(text.numbers()))


async def test_a_request_that_is_cancelled_in_a_row_never_starts(
    tmp_path: Path, redis_url: str
) -> None:
    async with row(tmp_path, redis_url, workers=1) as (mill, text, ids):
        gone = range(SLOW + 1, SLOW + 10)
        for number in gone:
            assert (await mill.cancel(ids[number])).ids
        text.slow.open.set()
        await mill.finished(*ids)
        await mill.quiet()
        assert {mill.record(ids[number]).status for number in gone} == {"cancelled"}
    assert not set(gone) & set(text.numbers())


async def test_a_direct_call_goes_ahead_of_the_row(tmp_path: Path, redis_url: str) -> None:
    async with row(tmp_path, redis_url, workers=1) as (mill, text, ids):
        wanted = WANTED["text"](new_id(), "call", 1)
        call = asyncio.ensure_future(mill.services.generate["text"](wanted))
        text.slow.open.set()
        await call
        await mill.finished(*ids)
    assert text.prompts.index("call") == SLOW + 1


async def test_an_open_breaker_ends_the_row(tmp_path: Path, redis_url: str) -> None:
    begun: list[bool] = []

    async def fail_in_the_end(job: Job) -> Written:
        if int(job.prompt) < MANY // 2:
            return await first(job)
        begun.append(mill.pool("text").breaker_open)
        raise GenerationFailed("not now", retryable=True)

    first, text = Gate(), Scripted(fail_in_the_end)
    settings = ("text.workers=1", "text.backoff=60")
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        for number in range(2 * MANY):
            await mill.submit(str(number))
        first.open.set()
        await wait_until(lambda: mill.pool("text").breaker_open, "the breaker is open")
        await wait_until(lambda: not mill.pool("text").busy, "the worker is idle")
    assert begun
    assert not any(begun)


async def test_requests_that_another_process_cancels_in_a_row_never_start(
    tmp_path: Path, redis_url: str
) -> None:
    async with row(tmp_path, redis_url, workers=1, alone=False) as (mill, text, ids):
        another = RequestCancellation(
            mill.database
        )  # as in another process, which does not notify this one
        for number in range(SLOW + 1, SLOW + 10):
            assert (await another.cancel(ids[number])).ids
        text.slow.open.set()
        await mill.finished(*ids)
        await mill.quiet()
    assert not set(range(SLOW + 1, SLOW + 10)) & set(text.numbers())


async def test_a_cancelled_generation_that_is_also_late_is_no_failure(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_late, interrupt = asyncio.Event(), worker_module.interrupt

    def watched(worker: worker_module.Worker, at: Delivery[Wanted], *, late: bool = False) -> None:
        interrupt(worker, at, late=late)
        if late:
            too_late.set()

    monkeypatch.setattr(executor, "interrupt", watched)
    async with stubborn_pipeline(tmp_path, redis_url) as (mill, text):
        id_ = await mill.submit("a fox")
        await wait_until(lambda: text.at_work == 1, "it is at work")
        await mill.cancel(id_)
        await text.cleaning.wait()
        await too_late.wait()
        text.cleaned.set()
        await wait_until(lambda: not mill.pool("text").busy, "the worker is free")
        await mill.quiet()
        assert not await mill.database.all("SELECT reason FROM failures")
        assert mill.record(id_).status == "cancelled"


async def test_a_late_generation_that_is_abandoned_at_a_stop_leaves_nothing(
    tmp_path: Path, redis_url: str
) -> None:
    async with stubborn_pipeline(tmp_path, redis_url) as (mill, text):
        await mill.submit("a fox")
        await text.cleaning.wait()
        pool = mill.pool("text")
        await pool.stop()
        pool.abandon()
        text.cleaned.set()
        await wait_until(lambda: not pool.busy, "the worker is free")
        assert pool.in_flight == 0


class Stubborn(Scripted):
    """Does not end by itself, and cleans up until `cleaned` is set."""

    def __init__(self) -> None:
        super().__init__(self._stay)
        self.cleaning, self.cleaned = asyncio.Event(), asyncio.Event()

    async def _stay(self, _job: Job) -> Written:
        try:
            await asyncio.Event().wait()
        finally:
            self.cleaning.set()
            while not self.cleaned.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await self.cleaned.wait()
        raise AssertionError


@contextlib.asynccontextmanager
async def stubborn_pipeline(
    tmp_path: Path, redis_url: str
) -> AsyncIterator[tuple[Pipeline, Stubborn]]:
    """One text worker, whose generator exceeds its time limit of 0.2 s."""
    text = Stubborn()
    settings = ("text.workers=1", "text.timeout=0.2")
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        yield mill, text
