"""Outages: requests wait in order, for a limited time, and use up no attempts."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.actors.workers import pool
from service.actors.workers.failures import circuit_breaker, health
from service.actors.workers.failures.circuit_breaker import CircuitBreaker
from service.actors.workers.failures.outage import in_words
from service.generators.protocol import GenerationFailed, Job
from service.http.services import Services
from service.messages import TextWanted
from service.request_ids import new_id
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline, write_at_once
from tests.support.waiting import wait_until

AWAY = "The text service cannot be reached."


@pytest.fixture(autouse=True)
def _swift(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit_breaker, "AWAY_PAUSE_SECONDS", (0.01, 0.02))
    monkeypatch.setattr(pool, "WATCH_SECONDS", 0.01)
    monkeypatch.setattr(health, "CHECK_SECONDS", (0.01, 0.02))


async def away(job: Job) -> Any:
    del job
    raise GenerationFailed(AWAY, retryable=True, cause="away", detail="http://x: refused")


def running(folder: Path, redis_url: str, text: Scripted, *settings: str) -> Any:
    return running_pipeline(folder, redis_url, text, Scripted(), *settings)


@pytest.fixture
def text() -> Scripted:
    return Scripted(away)


@pytest.fixture
async def mill(tmp_path: Path, redis_url: str, text: Scripted) -> AsyncIterator[Pipeline]:
    async with running(tmp_path, redis_url, text) as mill:
        yield mill


async def test_a_request_waits_for_a_generator_that_is_away(mill: Pipeline, text: Scripted) -> None:
    id_ = await mill.submit("a fox")
    await wait_until(lambda: len(text.jobs) >= 8, "it was tried far more often than three times")
    assert mill.record(id_).status == "queued"
    text.behaviour = write_at_once
    [record] = await mill.finished(id_)
    assert record.status == "completed"
    await mill.quiet()
    assert mill.services.admission["text"] == 0
    assert mill.services.monitor.metrics.failed_attempts["text"] == 0


async def test_an_outage_uses_up_no_attempt_of_a_failing_job(
    mill: Pipeline, text: Scripted
) -> None:
    id_ = await mill.submit("a fox")
    await wait_until(lambda: len(text.jobs) >= 5, "it is away")
    failures = iter(["The model is busy."] * 2)

    async def recovering(job: Job) -> Any:
        if reason := next(failures, None):
            raise GenerationFailed(reason, retryable=True)
        return await write_at_once(job)

    text.behaviour = recovering
    [record] = await mill.finished(id_)
    assert record.status == "completed"
    assert record.parts[0].attempts == 3


async def test_the_queue_keeps_its_order_and_only_one_job_is_tried(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    async with running(tmp_path, redis_url, text, "text.workers=1") as mill:
        ids = [await mill.submit(f"prompt {number}") for number in range(12)]
        await wait_until(lambda: len(text.jobs) >= 6, "it is away")
        assert set(text.prompts) == {"prompt 0"}
        text.behaviour = write_at_once
        await mill.finished(*ids)
        done = list(dict.fromkeys(text.prompts))
        assert done == [f"prompt {number}" for number in range(12)]


async def test_in_an_outage_only_one_worker_tries(mill: Pipeline, text: Scripted) -> None:
    ids = [await mill.submit(f"prompt {number}") for number in range(12)]
    await wait_until(lambda: mill.pool("text").breaker_open, "the pool pauses")
    gate = text.behaviour = Gate()
    text.most_at_work = 0
    await wait_until(lambda: text.at_work, "one is tried")
    for _ in range(20):
        await asyncio.sleep(0)
    assert text.most_at_work == 1
    gate.open.set()
    await mill.finished(*ids)
    assert not mill.pool("text").breaker_open


async def test_a_job_fails_when_an_outage_lasts_too_long(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    async with running(tmp_path, redis_url, text, "text.outage=1") as mill:
        ids = [await mill.submit(f"prompt {number}") for number in range(60)]
        records = await mill.finished(*ids)
        assert {record.status for record in records} == {"failed"}
        tried = re.compile(re.escape(f"text: {AWAY} It was tried for ") + r"\d+ seconds?\.")
        assert all(tried.fullmatch(str(record.error)) for record in records)
        letters = await mill.services.stores.dead_letters.page(None, "g", 60)
        assert len(letters) == 60
        details = {failure.detail for letter in letters for failure in letter.history}
        assert details == {"http://x: refused"}
        await mill.quiet()
        assert mill.services.admission["text"] == 0
        begun, away = len(text.jobs), text.behaviour

        async def away_once(job: Job) -> Any:
            text.behaviour = write_at_once
            return await away(job)

        text.behaviour = away_once
        [record] = await mill.finished(await mill.submit("later"))  # its waiting time begins now
        assert record.status == "completed"
        assert text.prompts[begun:] == ["later", "later"]


async def test_the_waiting_time_of_a_job_includes_the_time_before_a_restart(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    database = tmp_path / "feedmill.db"
    async with running(tmp_path, redis_url, text, "text.outage=3600") as mill:
        id_ = await mill.submit("a fox")
        with closing(sqlite3.connect(database)) as connection:
            counted = "SELECT count(*) FROM failures"
            await wait_until(lambda: connection.execute(counted).fetchone()[0], "it is recorded")
            connection.execute("UPDATE failures SET started_at = started_at - 3599")
            connection.commit()
    async with running(tmp_path, redis_url, text, "text.outage=3600") as mill:
        [record] = await mill.finished(id_)
    assert record.error == f"text: {AWAY} It was tried for 1 hour."


async def test_a_restart_alone_fails_no_waiting_job(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    for _ in range(3):
        async with running(tmp_path, redis_url, text) as mill:
            id_ = await mill.submit("a fox")
            before = len(text.jobs)
            await wait_until(lambda: len(text.jobs) > before + 2, "it is tried")  # noqa: B023
    text.behaviour = write_at_once
    async with running(tmp_path, redis_url, text) as mill:
        [record] = await mill.finished(id_)
    assert record.status == "completed"
    assert record.parts[0].attempts == 1


async def test_a_step_of_the_clock_fails_no_waiting_job(
    mill: Pipeline, text: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await mill.submit("a fox")
    await wait_until(lambda: len(text.jobs) >= 3, "it is away")
    real = time.time
    for step in (86_400, -86_400):
        monkeypatch.setattr(time, "time", lambda step=step: real() + step)
        before = len(text.jobs)
        await wait_until(lambda: len(text.jobs) > before + 3, "it is tried")  # noqa: B023
        assert mill.record(id_).status == "queued"
    text.behaviour = write_at_once
    [record] = await mill.finished(id_)
    assert record.status == "completed"


async def test_waiting_requests_can_be_cancelled_and_expire(mill: Pipeline, text: Scripted) -> None:
    cancelled, expiring, starting, kept = [
        await mill.submit("cancelled"),
        await mill.submit("expiring", finish_by=60),
        await mill.submit("starting", start_by=60),
        await mill.submit("kept"),
    ]
    await wait_until(lambda: len(text.jobs) >= 3, "it is away")
    await mill.cancel(cancelled)
    await mill.pass_deadlines(finish_by=expiring, start_by=starting)
    records = await mill.finished(cancelled, expiring, starting)
    assert [record.status for record in records] == ["cancelled", "expired", "expired"]
    await wait_until(lambda: text.prompts[-1] == "kept", "the next one is tried")
    text.behaviour = write_at_once
    await mill.finished(kept)
    await mill.quiet()  # it is final a moment before its place is released
    assert mill.services.admission["text"] == 0


async def test_with_an_outage_limit_of_0_an_outage_is_a_failure_like_any_other(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    async with running(tmp_path, redis_url, text, "text.outage=0") as mill:
        [record] = await mill.finished(await mill.submit("a fox"))
    assert record.error == f"text: {AWAY}"
    assert len(text.jobs) == 3


async def test_a_direct_call_does_not_wait(mill: Pipeline) -> None:
    outcome = await mill.services.generate["text"](TextWanted(new_id(), "a fox", 7))
    assert getattr(outcome, "reason", "") == AWAY


# What /readyz says of it


class Checkable(Scripted):
    """A generator whose server can be checked."""

    problem: GenerationFailed | None = None
    checks = 0

    async def reach(self) -> None:
        if self.problem:
            raise self.problem

    async def check(self) -> None:
        self.checks += 1
        if self.problem:
            raise self.problem


async def ready_says(services: Services) -> str | None:
    return (await services.not_ready()).get("text-workers")


async def test_a_pool_is_not_ready_after_the_first_attempt_in_an_outage(
    mill: Pipeline, text: Scripted
) -> None:
    await wait_until(lambda: mill.pool("text").seen, "the pool is at work")
    assert await ready_says(mill.services) is None
    id_ = await mill.submit("a fox")
    await wait_until(lambda: text.jobs, "it is tried")
    assert await ready_says(mill.services) == AWAY
    text.behaviour = write_at_once
    await mill.finished(id_)
    assert await ready_says(mill.services) is None


@pytest.mark.parametrize(
    ("cause", "retryable", "ready"),
    [("setup", False, False), ("job", False, True), ("job", True, True)],
)
async def test_only_failures_of_the_generator_itself_make_a_pool_unready(
    mill: Pipeline, text: Scripted, cause: Any, retryable: bool, ready: bool
) -> None:
    async def fail(job: Job) -> Any:
        del job
        raise GenerationFailed("No.", retryable=retryable, cause=cause)

    text.behaviour = fail
    [record] = await mill.finished(await mill.submit("a fox"))
    assert record.status == "failed"
    assert await ready_says(mill.services) == (None if ready else "No.")


async def test_a_server_that_accepts_fewer_jobs_for_now_leaves_its_pool_ready(
    mill: Pipeline, text: Scripted
) -> None:
    async def refuse(job: Job) -> Any:
        del job
        raise GenerationFailed("No.", retryable=True, cause="busy")

    text.behaviour = refuse
    id_ = await mill.submit("a fox")
    await wait_until(lambda: mill.pool("text").waits, "the pool waits")
    assert await ready_says(mill.services) is None
    text.behaviour = write_at_once
    [record] = await mill.finished(id_)
    assert (record.status, record.parts[0].attempts) == ("completed", 1)


async def test_a_server_that_is_away_at_the_start_is_found_without_a_job(
    tmp_path: Path, redis_url: str
) -> None:
    text = Checkable()
    text.problem = GenerationFailed(AWAY, retryable=True, cause="away")
    async with running(tmp_path, redis_url, text) as mill:
        await wait_until(lambda: mill.pool("text").trouble, "it is found")
        text.problem = None
        await wait_until(lambda: not mill.pool("text").trouble, "it is back")
        checks = text.checks
        await mill.finished(await mill.submit("a fox"))
        assert text.checks == checks  # a generator that works is not checked


async def test_a_check_that_cannot_detect_a_trouble_does_not_end_it(
    tmp_path: Path, redis_url: str
) -> None:
    text = Checkable(away)
    async with running(tmp_path, redis_url, text) as mill:
        await mill.services.generate["text"](TextWanted(new_id(), "a fox", 7))
        assert mill.pool("text").trouble == AWAY
        await wait_until(lambda: text.checks > 2, "it is checked")
        assert mill.pool("text").trouble == AWAY
        text.behaviour = write_at_once
        await mill.finished(await mill.submit("a fox"))
        assert mill.pool("text").trouble is None


@pytest.mark.parametrize("cause", ["away", "setup"])
async def test_a_trouble_that_nothing_confirms_is_dropped(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch, cause: Any
) -> None:
    async def fail(job: Job) -> Any:
        del job
        raise GenerationFailed("No.", retryable=False, cause=cause)

    monkeypatch.setattr(health, "UNKNOWN_AFTER_SECONDS", {"away": 3600.0, "setup": 3600.0})
    text = Checkable(fail)
    async with running(tmp_path, redis_url, text) as mill:
        await mill.services.generate["text"](TextWanted(new_id(), "a fox", 7))
        await wait_until(lambda: text.checks > 2, "it is checked")
        assert mill.pool("text").trouble == "No."
        monkeypatch.setattr(health, "UNKNOWN_AFTER_SECONDS", {"away": 0.0, "setup": 0.0})
        await wait_until(lambda: not mill.pool("text").trouble, "it is forgotten")


async def test_a_generator_is_not_checked_while_jobs_wait(tmp_path: Path, redis_url: str) -> None:
    text = Checkable(away)
    async with running(tmp_path, redis_url, text) as mill:
        id_ = await mill.submit("a fox")
        await wait_until(lambda: len(text.jobs) >= 5, "it is away")
        assert text.checks == 0
        text.behaviour = write_at_once
        await mill.finished(id_)


# The breaker


def test_one_job_is_tried_after_a_pause_and_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit_breaker, "PAUSE_SECONDS", (0.0, 0.0))
    breaker = CircuitBreaker("text-workers")
    for _ in range(circuit_breaker.TRIP_FAILURES):
        assert breaker.may_begin()
        breaker.failed(None)
    assert breaker.open
    assert [breaker.may_begin() for _ in range(3)] == [True, False, False]
    breaker.given_up()  # it was interrupted: another one decides
    assert [breaker.may_begin() for _ in range(3)] == [True, False, False]
    breaker.failed(None)
    assert breaker.open
    assert breaker.may_begin()
    breaker.succeeded()
    assert not breaker.open
    assert [breaker.may_begin() for _ in range(3)] == [True, True, True]


@pytest.mark.parametrize("asked", [3600.0, 86_400.0])
def test_no_server_can_pause_a_pool_for_long(asked: float) -> None:
    breaker = CircuitBreaker("text-workers")
    for _ in range(circuit_breaker.TRIP_FAILURES):
        breaker.failed(asked)
    assert 59 < breaker.pause() <= 60
    breaker.back()
    assert breaker.may_begin()
    breaker.away(asked)
    assert 59 < breaker.pause() <= 60


def test_a_pause_is_twice_as_long_as_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda least, most: (least + most) / 2)
    monkeypatch.setattr("time.monotonic", lambda: 0.0)
    breaker = CircuitBreaker("text-workers")
    for _ in range(circuit_breaker.TRIP_FAILURES - 1):
        breaker.failed(None)
    pauses = []
    for _ in range(9):
        breaker.failed(None)
        pauses.append(breaker.pause())
        breaker.back()
        assert breaker.may_begin()
    first = pauses[0]
    assert pauses == [min(first * 2**n, 45.0) for n in range(9)]


def test_a_breaker_pauses_as_long_as_the_server_asks() -> None:
    breaker = CircuitBreaker("text-workers")
    for _ in range(circuit_breaker.TRIP_FAILURES):
        breaker.failed(20.0)
    assert 19 < breaker.pause() <= 20


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (1.4, "1 second"),
        (90, "90 seconds"),
        (60, "1 minute"),
        (600.3, "10 minutes"),
        (3600, "1 hour"),
        (86_400, "24 hours"),
    ],
)
def test_durations_are_written_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
