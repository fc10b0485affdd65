"""A paused pool: what runs ends, what waits stays, in every process and over a restart."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from service.actors.workers import pool as pools
from service.actors.workers.executor import Executor
from service.actors.workers.failures import outage
from service.config import WorkerBounds
from service.generators.protocol import GenerationFailed, Job
from service.messages import Failed, Generated, TextWanted
from service.request_ids import new_id
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline, write_at_once
from tests.support.waiting import eventually, wait_until


async def pause(mill: Pipeline) -> None:
    """Pause the text pool as the API does."""
    await mill.services.stores.pool_pauses.pause("text")
    await mill.pool("text").check_pause()


async def resume(mill: Pipeline) -> None:
    await mill.services.stores.pool_pauses.resume("text")
    await mill.pool("text").check_pause()


def paused_by(mill: Pipeline) -> str | None:
    return mill.pool("text").paused_by


async def test_what_runs_ends_and_what_waits_stays_in_order(tmp_path: Path, redis_url: str) -> None:
    gate = Gate()
    text, image = Scripted(gate), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image, "text.workers=2") as mill:
        ids = [await mill.submit(f"text {number}") for number in range(8)]
        await wait_until(lambda: text.at_work == 2, "both workers generate")
        await pause(mill)
        gate.open.set()
        await mill.finished(*ids[:2])
        [picture] = await mill.finished(await mill.submit("a picture", "image"))
        assert picture.status == "completed"  # the other pool is not affected
        waiting = [await mill.submit(f"text {number}") for number in range(8, 12)]
        places = await mill.services.positions.positions_of(
            [mill.record(id_).request for id_ in (ids[2], waiting[-1])]
        )
        assert [(place.position, place.eta, place.paused) for place in places] == [
            (0, None, True),
            (9, None, True),
        ]
        assert len(text.jobs) == 2

        async def all_on_the_stream() -> bool:
            return (await mill.streams.overview())["content:text"].length == 10

        await eventually(all_on_the_stream, "the backlog is where it always is")
        await resume(mill)
        await mill.finished(*ids, *waiting)
        assert text.prompts == [f"text {number}" for number in range(12)]


async def test_a_pause_outlives_the_process_and_a_lost_redis(
    tmp_path: Path, redis_url: str
) -> None:
    text, image = Scripted(), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image) as mill:
        await pause(mill)
        ids = [await mill.submit(f"text {number}") for number in range(3)]
    async with running_pipeline(tmp_path, redis_url, text, image) as mill:
        await mill.streams.call(("FLUSHALL",))
        await mill.finished(await mill.submit("a picture", "image"))
        assert mill.pool("text").paused_by == "operator"
        assert not text.jobs
        await resume(mill)
        await mill.finished(*ids)
        assert sorted(text.prompts) == [f"text {number}" for number in range(3)]


async def test_two_processes_pause_and_resume_together(tmp_path: Path, redis_url: str) -> None:
    text, image = Scripted(), Scripted()
    here = running_pipeline(tmp_path, redis_url, text, image, node="here", alone=False)
    there = running_pipeline(tmp_path, redis_url, text, image, node="there", alone=False)
    async with here as one, there as two:
        await pause(one)
        await wait_until(lambda: two.pool("text").paused_by, "the other process has seen it")
        ids = [await mill.submit("p") for mill in (one, two) for _ in range(4)]
        await one.finished(await one.submit("a picture", "image"))
        assert not text.jobs
        await resume(two)
        await wait_until(lambda: not one.pool("text").paused_by, "this one has seen the end of it")
        await one.finished(*ids)


async def test_no_workers_is_a_pause_that_the_configuration_ends(
    tmp_path: Path, redis_url: str
) -> None:
    text, image = Scripted(), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image, "text.workers=0") as mill:
        pool = mill.pool("text")
        id_ = await mill.submit("p")
        await mill.finished(await mill.submit("a picture", "image"))
        assert (pool.size, pool.idle, paused_by(mill)) == (0, 0, "configuration")
        await resume(mill)
        assert paused_by(mill) == "configuration"
        pool.resize(WorkerBounds(2))
        [record] = await mill.finished(id_)
        assert record.status == "completed"
        assert not paused_by(mill)
        await mill.consumers_are("content:text", ["here.text-1", "here.text-2"])
        pool.resize(WorkerBounds(0))
        again = await mill.submit("q")
        await mill.finished(await mill.submit("a picture", "image"))
        assert len(text.jobs) == 1
        pool.resize(WorkerBounds(1))
        await mill.finished(again)


async def test_a_pause_is_not_held_against_jobs_that_wait_for_a_model_that_is_away(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "WATCH_SECONDS", 0.02)
    looks: Counter[Executor] = Counter()
    look_after = Executor.look_after

    async def counted(executor: Executor) -> None:
        await look_after(executor)
        looks[executor] += 1

    monkeypatch.setattr(Executor, "look_after", counted)

    async def away(job: Job) -> None:
        del job
        raise GenerationFailed("The model is away.", retryable=True, cause="away")

    text, image = Scripted(away), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image, "text.outage=3600") as mill:
        id_ = await mill.submit("p")
        await wait_until(lambda: text.jobs, "it has found the model away")
        await pause(mill)
        two_hours_later = SimpleNamespace(monotonic=lambda: time.monotonic() + 7200)
        monkeypatch.setattr(outage, "time", two_hours_later)  # longer than jobs wait for a model
        looks.clear()
        await wait_until(
            lambda: len(looks) == 2 and min(looks.values()) > 2, "each pool has looked again"
        )
        assert mill.record(id_).status in {"queued", "generating"}
        text.behaviour = write_at_once
        await resume(mill)
        [record] = await mill.finished(id_)
        assert (record.status, record.parts[0].attempts) == ("completed", 1)


async def test_a_paused_pool_refuses_direct_calls_and_deadlines_still_end_requests(
    tmp_path: Path, redis_url: str
) -> None:
    gate = Gate()
    text, image = Scripted(gate), Scripted()
    settings = ("text.workers=1", "retention.interval=0.05")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        runs = asyncio.create_task(mill.pool("text").generate(TextWanted(new_id(), "p", 1)))
        await wait_until(lambda: text.at_work, "it runs")
        waits = asyncio.create_task(mill.pool("text").generate(TextWanted(new_id(), "q", 1)))
        await asyncio.sleep(0)
        await pause(mill)
        refused = await mill.pool("text").generate(TextWanted(new_id(), "r", 1))
        for outcome in (await waits, refused):
            assert isinstance(outcome, Failed)
            assert (outcome.reason, outcome.retryable) == ("The text workers are paused.", True)
        gate.open.set()
        assert isinstance(await runs, Generated)
        late = await mill.submit("late", start_by=0.1)
        [record] = await mill.finished(late)
        assert record.status == "expired"
