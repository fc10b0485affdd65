"""The relay sends at once what waits, and asks for retries only when one is due."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.actors import relay
from service.actors.relay import Relay
from service.actors.workers import pools
from service.generators.protocol import GenerationFailed, Job, Written
from service.store.redis.connection import RedisConnection
from service.store.sql.requests.requests import Requests
from tests.support.pipelines import Gate, Scripted, running_pipeline, write_at_once
from tests.support.waiting import HANGS_SECONDS, eventually, wait_until


@pytest.fixture(autouse=True)
def _no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "HEARTBEAT_SECONDS", 3600.0)


async def test_the_notice_of_a_cancelled_request_is_sent_at_once(
    tmp_path: Path, redis_url: str
) -> None:
    text = Scripted(Gate())
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        id_ = await mill.submit_and_start(text, "a fox", webhook="http://127.0.0.1:1/")
        await mill.cancel(id_)

        async def noticed() -> bool:
            return not await mill.services.stores.requests.unnoticed()

        await eventually(noticed, "the notifier has its notice")


async def test_a_sent_retry_is_not_queried_again(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail_first(job: Job) -> Written:
        if len(text.jobs) == 1:
            raise GenerationFailed("The model is busy.", retryable=True)
        return await write_at_once(job)

    queries: list[float] = []
    due = Requests.take_due_retries

    async def counted(requests: Requests, now: float) -> object:
        queries.append(now)
        return await due(requests, now)

    monkeypatch.setattr(Requests, "take_due_retries", counted)
    text = Scripted(fail_first)
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        await mill.finished(await mill.submit("fails first"))
        assert len(text.jobs) == 2
        before = len(queries)
        assert before
        for number in range(5):
            await mill.finished(await mill.submit(f"prompt {number}"))
        assert len(queries) == before


async def test_checks_do_not_schedule_a_retry_again(tmp_path: Path, redis_url: str) -> None:
    async def fail(job: Job) -> Written:
        if job.prompt == "fails":
            raise GenerationFailed("The model is busy.", retryable=True)
        return await write_at_once(job)

    settings = ("text.backoff=3600",)
    async with running_pipeline(tmp_path, redis_url, Scripted(fail), Scripted(), *settings) as mill:
        relay: Any = mill.services.relay
        await mill.submit("fails")
        schedule = relay._due  # noqa: SLF001 - what it costs shows nowhere else
        await wait_until(lambda: schedule, "it waits for its next attempt")
        for number in range(3):
            relay._lost()  # noqa: SLF001 - has it check for lost messages
            await mill.finished(await mill.submit(f"prompt {number}"))
        assert len(schedule) == 1


async def test_what_waits_for_a_pool_that_is_not_known_is_not_put_back_again_and_again(
    tmp_path: Path, redis_url: str, redis: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream of such a pool has no group and is not scanned, as no worker reads it."""
    checks: list[int] = []
    check = Relay._check  # noqa: SLF001 - not visible outside

    async def counted(self: Relay) -> None:
        await check(self)
        checks.append(1)

    monkeypatch.setattr(Relay, "_check", counted)
    monkeypatch.setattr(relay, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(relay, "RECHECK_SECONDS", 0.01)
    monkeypatch.setattr(relay, "RECHECK_PAUSE_FACTOR", 0.0)
    monkeypatch.setattr(pools, "LOOK_SECONDS", 10 * HANGS_SECONDS)  # it stays unknown
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:
        id_ = await mill.submit("a ghost", models={"text": "ghost"})
        done = await mill.submit("a text")
        await mill.finished(done)
        await wait_until(lambda: len(checks) > 9, "the relay looks again and again")
        assert await redis.one("XLEN", "content:model:ghost") == 1
        assert mill.record(id_).status == "queued"
