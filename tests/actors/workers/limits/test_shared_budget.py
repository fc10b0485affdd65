"""The budgets of a pool hold for all processes together, also after a restart and FLUSHALL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service.actors.workers.limits import budget as module
from service.generators.protocol import Job, Written
from service.store.redis.connection import RedisConnection
from tests.support.pipelines import Pipeline, Scripted, running_pipeline
from tests.support.waiting import wait_until

PRICES = 'text.prices={"model" = {input = 1000000, output = 2000000}}'


async def priced(job: Job) -> Written:
    """A text that has cost 5: one token of the prompt and two of the text."""
    return Written(job.prompt, "model", 1, 2)


@asynccontextmanager
async def two_nodes(
    tmp_path: Path, redis_url: str, *settings: str
) -> AsyncIterator[tuple[list[Pipeline], list[Job]]]:
    """Two pipelines over the same data, and the jobs that both have begun."""
    jobs: list[Job] = []

    async def counted(job: Job) -> Written:
        jobs.append(job)
        return await priced(job)

    async with (
        running_pipeline(
            tmp_path, redis_url, Scripted(counted), Scripted(), *settings, node="a", alone=False
        ) as first,
        running_pipeline(
            tmp_path, redis_url, Scripted(counted), Scripted(), *settings, node="b", alone=False
        ) as second,
    ):
        yield [first, second], jobs


async def both_wait(mills: list[Pipeline], reason: str) -> None:
    def are_waiting() -> bool:
        waits = [mill.pool("text").waits for mill in mills]
        return all(wait is not None and wait.reason == reason for wait in waits)

    await wait_until(are_waiting, "both wait")
    await wait_until(lambda: not any(mill.pool("text").busy for mill in mills), "what ran is done")


async def submit(mills: list[Pipeline], count: int) -> None:
    for number in range(count):
        await mills[number % 2].submit(f"p{number}", user=f"u{number % 2}")


async def test_two_processes_have_the_requests_of_one(tmp_path: Path, redis_url: str) -> None:
    settings = ("text.requests_per_minute=6", "text.workers=8")
    reason = "The budget of 6 requests a minute is used up."
    async with two_nodes(tmp_path, redis_url, *settings) as (mills, jobs):
        await submit(mills, 30)
        await both_wait(mills, reason)
        assert len(jobs) == 6
    async with two_nodes(tmp_path, redis_url, *settings) as (mills, jobs):  # in the same minute
        await both_wait(mills, reason)
        assert jobs == []


async def test_two_processes_have_the_tokens_of_one(tmp_path: Path, redis_url: str) -> None:
    settings = ("text.tokens_per_minute=10", "text.workers=1")
    async with two_nodes(tmp_path, redis_url, *settings) as (mills, jobs):
        await submit(mills, 12)
        await both_wait(mills, "The budget of 10 tokens a minute is used up.")
        assert len(jobs) == 3  # 9 tokens; the fourth would make it 12


async def test_two_processes_have_the_money_of_one(tmp_path: Path, redis_url: str) -> None:
    settings = ("text.max_cost_per_day=22", PRICES, "text.workers=1")
    async with two_nodes(tmp_path, redis_url, *settings) as (mills, jobs):
        await submit(mills, 12)
        await both_wait(mills, "The budget of 22 a day is used up.")
        assert len(jobs) == 4  # 20; the fifth would make it 25


async def test_after_flushall_nothing_begins_for_a_minute(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MINUTE_SECONDS", 0.5)
    monkeypatch.setattr(module, "GRANT_SECONDS", 0.5)
    settings = ("text.requests_per_minute=4", "text.workers=4")
    async with two_nodes(tmp_path, redis_url, *settings) as (mills, jobs):
        await submit(mills, 12)
        await both_wait(mills, "The budget of 4 requests a minute is used up.")
        begun = len(jobs)
        connection = RedisConnection(redis_url)
        await connection.one("FLUSHALL")
        connection.close()
        flushed = asyncio.get_running_loop().time()
        await wait_until(lambda: len(jobs) > begun, "more begin")
        assert asyncio.get_running_loop().time() - flushed >= 0.5
        prompts = {f"p{number}" for number in range(12)}
        await wait_until(lambda: {job.prompt for job in jobs} == prompts, "all begin")


async def test_a_pool_that_waits_notices_flushall_at_once(tmp_path: Path, redis_url: str) -> None:
    settings = ("text.requests_per_minute=4", "text.workers=4")
    async with two_nodes(tmp_path, redis_url, *settings) as (mills, _):
        await submit(mills, 12)
        await both_wait(mills, "The budget of 4 requests a minute is used up.")
        connection = RedisConnection(redis_url)
        await connection.one("FLUSHALL")
        connection.close()
        reason = "Redis was emptied: what is left of the budget of this minute is unknown."
        await both_wait(mills, reason)
