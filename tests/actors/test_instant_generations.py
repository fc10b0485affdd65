"""Workers that need but an instant do several in a row; what breaks the row is felt at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from service.actors.workers import executor
from service.generators.protocol import GenerationFailed, Job, Written
from service.messages import TEXT, WANTED, Wanted, new_id
from service.store.redis.streams import Delivery
from service.store.sql.request_cancellation import RequestCancellation
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline, write_at_once
from tests.support.waiting import eventually, wait_until

SWIFT = 20  # the first with this number is not quick: many were before it, so there is a row
MANY = 60


@pytest.fixture(autouse=True)
def instant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "service.actors.workers.executor.INSTANT_SECONDS", 60.0
    )  # so slow may this machine be


class Row(Scripted):
    """Quick from `first` on, which opens when all are on the stream, but for one that is `slow`."""

    def __init__(self, *, workers: int) -> None:
        super().__init__(self._by_number)
        self.first, self.slow = Gate(), Gate()
        self.workers = workers
        self.in_flight: Callable[[], int]
        self.ahead = 0
        """How many were in hand when the slow one was begun."""

    async def _by_number(self, job: Job) -> Written:
        if not job.prompt.isdecimal():
            return await write_at_once(job)
        number = int(job.prompt)
        if number < self.workers:
            return await self.first(job)
        if number == SWIFT:
            self.ahead = self.in_flight()
            return await self.slow(job)
        return await write_at_once(job)

    async def begun(self, mill: Pipeline) -> list[str]:
        """The ids of all; the slow one is at work, and others wait in the row behind it."""
        self.in_flight = lambda: mill.pool("text").in_flight
        ids = [await mill.submit(str(number)) for number in range(MANY)]

        async def all_are_there() -> bool:
            return (await mill.streams.overview())[TEXT].length == MANY

        await eventually(all_are_there, "all are on the stream")
        self.first.open.set()
        await wait_until(lambda: str(SWIFT) in self.prompts, "the slow one is at work")
        assert self.ahead > self.workers
        return ids

    def numbers(self) -> list[int]:
        """What was begun, in its order."""
        return [int(prompt) for prompt in self.prompts if prompt.isdecimal()]


@contextlib.asynccontextmanager
async def row(
    tmp_path: Path, redis_url: str, *, workers: int, alone: bool = True
) -> AsyncIterator[tuple[Pipeline, Row, list[str]]]:
    """A pipeline with a row in hand, whose slow one is at work."""
    text = Row(workers=workers)
    pool = f"text.workers={workers}"
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), pool, alone=alone) as mill:
        yield mill, text, await text.begun(mill)


async def test_what_comes_after_one_that_turns_slow_is_done_by_others(
    tmp_path: Path, redis_url: str
) -> None:
    async with row(tmp_path, redis_url, workers=2) as (mill, text, ids):
        await mill.finished(*ids[:SWIFT], *ids[SWIFT + 1 :])
        assert text.at_work == 1
        text.slow.open.set()
        await mill.finished(*ids)
        await mill.quiet()
    assert sorted(text.numbers()) == list(range(MANY))
    assert all(abs(place - number) < 4 for place, number in enumerate(text.numbers()))


async def test_what_is_cancelled_in_the_row_never_starts(tmp_path: Path, redis_url: str) -> None:
    async with row(tmp_path, redis_url, workers=1) as (mill, text, ids):
        gone = range(SWIFT + 1, SWIFT + 10)
        for number in gone:
            assert (await mill.cancel(ids[number])).ids
        text.slow.open.set()
        await mill.finished(*ids)
        await mill.quiet()
        assert {mill.record(ids[number]).status for number in gone} == {"cancelled"}
    assert not set(gone) & set(text.numbers())


async def test_an_errand_goes_ahead_of_the_row(tmp_path: Path, redis_url: str) -> None:
    async with row(tmp_path, redis_url, workers=1) as (mill, text, ids):
        errand = WANTED["text"](new_id(), "errand", 1)
        done = asyncio.ensure_future(mill.services.generate["text"](errand))
        text.slow.open.set()
        await done
        await mill.finished(*ids)
    assert text.prompts.index("errand") == SWIFT + 1


async def test_an_open_breaker_ends_the_row(tmp_path: Path, redis_url: str) -> None:
    begun: list[bool] = []

    async def fail_in_the_end(job: Job) -> Written:
        if int(job.prompt) < MANY // 2:
            return await first(job)
        begun.append(mill.pool("text").paused)
        raise GenerationFailed("not now", retryable=True)

    first, text = Gate(), Scripted(fail_in_the_end)
    settings = ("text.workers=1", "text.backoff=60")
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        for number in range(2 * MANY):
            await mill.submit(str(number))
        first.open.set()
        await wait_until(lambda: mill.pool("text").paused, "the breaker is open")
        await wait_until(lambda: not mill.pool("text").busy, "the worker is idle")
    assert begun
    assert not any(begun)


async def test_where_others_may_end_a_request_each_is_asked_for_when_it_is_begun(
    tmp_path: Path, redis_url: str
) -> None:
    async with row(tmp_path, redis_url, workers=1, alone=False) as (mill, text, ids):
        another = RequestCancellation(
            mill.database
        )  # that of a process of which this one hears nothing
        for number in range(SWIFT + 1, SWIFT + 10):
            assert (await another.cancel(ids[number])).ids
        text.slow.open.set()
        await mill.finished(*ids)
        await mill.quiet()
    assert not set(range(SWIFT + 1, SWIFT + 10)) & set(text.numbers())


async def test_a_late_one_that_was_cancelled_is_no_failure(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_late, interrupt = asyncio.Event(), executor.interrupt

    def watched(worker: executor.Worker, at: Delivery[Wanted], *, late: bool = False) -> None:
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


async def test_a_late_one_that_is_given_up_at_a_stop_leaves_nothing(
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
    """Does not end by itself, and cleans up for as long as it likes when it has to."""

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
    """One text worker, whose generator has 0.2 s and does not keep to it."""
    text = Stubborn()
    settings = ("text.workers=1", "text.timeout=0.2")
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        yield mill, text
