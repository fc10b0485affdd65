"""Budgets of a pool: beyond them it waits, says why, and remembers the cost of the day."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from service.actors.workers.limits import budget as module
from service.config import BudgetLimits, Price
from service.generators.protocol import Drawn, GenerationFailed, Job, Written
from service.messages import Generated, Origin, TextWanted
from service.request_ids import new_id
from service.store.database import Database
from service.store.sql.keys.usage import today
from service.store.sql.queues.pool_costs import PoolCosts
from tests.support.pipelines import Pipeline, Scripted, running_pipeline
from tests.support.waiting import wait_until

PRICES = 'text.prices={"model" = {input = 1000000, output = 2000000}, "model-big" = {each = 9}}'


async def priced(job: Job) -> Written:
    """A text that has cost 5: one token of the prompt and two of the text."""
    return Written(job.prompt, "model-2026", 1, 2)


async def waits_for(mill: Pipeline) -> str:
    """Wait until the text pool waits and nothing runs; why it waits."""
    await mill.finished(await mill.submit("a picture", "image"))
    await wait_until(lambda: mill.pool("text").waits, "the pool waits")
    await wait_until(lambda: not mill.pool("text").busy, "what runs has ended")
    waits = mill.pool("text").waits
    assert waits is not None
    return waits.reason


async def test_requests_beyond_the_budget_wait_for_their_minute(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MINUTE_SECONDS", 0.5)
    monkeypatch.setattr(module, "GRANT_SECONDS", 0.5)
    text, image = Scripted(), Scripted()
    begun: list[float] = []
    count = module.Budget.begun

    def counted(budget: module.Budget, jobs: int) -> None:
        begun.extend([time.monotonic()] * jobs)
        count(budget, jobs)

    monkeypatch.setattr(module.Budget, "begun", counted)

    async def once_failing(job: Job) -> Written:
        if len(text.jobs) == 2:
            raise GenerationFailed("Again.", retryable=True)  # a failed attempt is a request, too
        return Written(job.prompt, "m")

    text.behaviour = once_failing
    settings = ("text.requests_per_minute=3", "text.workers=8")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        ids = [await mill.submit(f"p{number}") for number in range(7)]
        await wait_until(lambda: mill.pool("text").waits, "the pool waits")
        waits = mill.pool("text").waits
        assert waits is not None
        assert waits.reason == "The budget of 3 requests a minute is used up."
        assert 0 < waits.seconds <= 1
        records = await mill.finished(*ids)
        assert {record.status for record in records} == {"completed"}
    assert len(begun) == 8
    assert all(fourth - first >= 0.5 for first, fourth in zip(begun, begun[3:], strict=False))


async def test_tokens_beyond_the_budget_wait(tmp_path: Path, redis_url: str) -> None:
    text, image = Scripted(priced), Scripted()
    settings = ("text.tokens_per_minute=10", "text.workers=1")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        for number in range(6):
            await mill.submit(f"p{number}")
        assert await waits_for(mill) == "The budget of 10 tokens a minute is used up."
        assert len(text.jobs) == 3  # 9 tokens; the fourth would make it 12


async def test_the_cost_of_the_day_outlives_restarts_and_is_shared(
    tmp_path: Path, redis_url: str
) -> None:
    text, image = Scripted(priced), Scripted()
    settings = ("text.max_cost_per_day=22", PRICES, "text.workers=1")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        await mill.finished(*[await mill.submit(f"p{number}") for number in range(2)])
        assert mill.pool("text").waits is None
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        for number in range(2, 8):
            await mill.submit(f"p{number}")
        assert await waits_for(mill) == "The budget of 22 a day is used up."
        assert len(text.jobs) == 4  # 20; the fifth would make it 25
        waits = mill.pool("text").waits
        assert waits is not None
        assert 0 < waits.seconds <= 86_400
        mill.pool("text").set_budget(BudgetLimits(0, 0, 30.0, {"model": Price(1e6, 2e6)}))
        await wait_until(lambda: len(text.jobs) == 6, "two more have room")
        await wait_until(lambda: mill.pool("text").waits, "the pool waits again")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        assert mill.pool("text").waits is not None
        assert len(text.jobs) == 6


async def test_the_next_day_has_a_new_budget(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MINUTE_SECONDS", 0.05)  # it looks once a minute
    text, image = Scripted(priced), Scripted()
    settings = ("text.max_cost_per_day=7", PRICES, "text.workers=1")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        ids = [await mill.submit(f"p{number}") for number in range(2)]
        await mill.finished(ids[0])
        await wait_until(lambda: mill.pool("text").waits, "the pool waits")
        tomorrow = today() + 1
        monkeypatch.setattr(module, "today", lambda: tomorrow)
        await mill.finished(ids[1])


async def test_a_job_that_costs_more_than_the_budget_runs_once(
    tmp_path: Path, redis_url: str
) -> None:
    async def drawn(job: Job) -> Any:
        del job
        return Drawn(b"x", "image/png", 1, 1, "unknown")

    text, image = Scripted(), Scripted(drawn)
    prices = 'image.prices={"a" = {each = 2}, "b" = {each = 5}}'  # unknown: the highest
    settings = ("image.max_cost_per_day=3", prices, "image.workers=2")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        first = await mill.submit("a", "image")
        await mill.finished(first)
        await mill.submit("b", "image")
        await wait_until(lambda: mill.pool("image").waits, "the pool waits")
        await mill.finished(await mill.submit("a text"))
        assert len(image.jobs) == 1


async def test_what_is_spent_while_a_cost_is_stored_is_stored_next(database: Database) -> None:
    job = TextWanted(new_id(), "p", 7)
    origin = Origin("g", "w", 1.0, 1.0, "model", 7, 1, 2, cost=5.0)
    outcome = Generated(job.id, "text", 1, origin, text="t")
    stored = PoolCosts(database)

    class During(PoolCosts):
        async def add(self, pool: str, day: int, cost: float) -> None:
            await super().add(pool, day, cost)
            if await stored.cost("text", day) == 5:
                budget.finished(outcome)

    nothing: Any = None  # neither is used to store a cost
    budget = module.Budget("text", During(database), nothing, nothing)
    budget.set_limits(BudgetLimits(0, 0, 0.0, {"model": Price(1e6, 2e6)}))
    budget.finished(outcome)
    for spent in (5, 10, 10):
        await budget.save()
        assert await stored.cost("text", today()) == spent
