"""How many generations run at once follows what the model bears; refusals use up no attempt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.generators.protocol import GenerationFailed, Job, Quota, Written
from service.generators.servers.concurrency import ConcurrencyLimit
from tests.support.pipelines import Scripted, running_pipeline
from tests.support.waiting import wait_until


class Bounded:
    """A behaviour that refuses jobs beyond its capacity, as a server with 429 does."""

    def __init__(self, capacity: int, seconds: float = 0.01) -> None:
        self.capacity = capacity
        self.seconds = seconds
        self.retry_after: float | None = None
        self.running = self.refused = self.done = 0

    async def __call__(self, job: Job) -> Written:
        if self.running >= self.capacity:
            self.refused += 1
            raise GenerationFailed(
                "It asks for fewer.", retryable=True, cause="busy", retry_after=self.retry_after
            )
        self.running += 1
        try:
            await asyncio.sleep(self.seconds)  # the duration of a job: others run beside it
        finally:
            self.running -= 1
        self.done += 1
        return Written(job.prompt, "bounded")


def clocked(limit: ConcurrencyLimit, capacity: Callable[[], int], jobs: int) -> tuple[int, int]:
    """Run jobs of one second each in a model of time; returns its seconds and the refusals.

    Every free place is taken at the start of a second, and refused jobs are tried again in the
    next one.
    """
    done = seconds = refused = 0
    while done < jobs:
        seconds += 1
        begin = limit.room(0)
        accepted = min(begin, capacity())
        began = time.monotonic()
        for over in range(begin - accepted):
            refused += 1
            limit.refused(began, begin - 1 - over, None)
        for running in range(accepted, 0, -1):
            limit.succeeded(1.0, running if begin > accepted else max(running, limit.value))
        done += accepted
    return seconds, refused


async def test_the_limit_follows_a_capacity_that_moves() -> None:
    limit = ConcurrencyLimit({"pool": "text"}, 1)
    limit.set_bounds(1, 64, automatic=True)
    seconds = refused = jobs = 0
    for capacity, count in ((4, 2000), (16, 8000), (2, 1000)):
        took, over = clocked(limit, lambda: capacity, count)  # noqa: B023 - called at once
        seconds, refused, jobs = seconds + took, refused + over, jobs + count
        assert capacity / 2 <= limit.value <= capacity + 1
    best = 2000 / 4 + 8000 / 16 + 1000 / 2
    assert best / seconds >= 0.9
    assert refused / (jobs + refused) < 0.02


async def test_longer_service_times_narrow_the_limit_without_a_refusal() -> None:
    limit = ConcurrencyLimit({"pool": "text"}, 1)
    limit.set_bounds(1, 64, automatic=True)
    for capacity in (4, 16, 2):
        for _ in range(4000):
            limit.succeeded(max(1.0, limit.value / capacity), limit.value)
        assert capacity <= limit.value <= 2 * capacity + 2
    for _ in range(500):
        limit.succeeded(20.0, limit.value)  # longer whatever the limit: it is not to blame
    assert limit.value > 8


@pytest.mark.parametrize("times_as_long", [1.7, 5])
async def test_jobs_that_take_longer_at_the_least_limit_do_not_keep_it_there(
    times_as_long: float,
) -> None:
    limit = ConcurrencyLimit({"pool": "text"}, 1)
    limit.set_bounds(2, 16, automatic=True)
    for _ in range(10):
        limit.succeeded(0.1, 1)  # under a light load
    assert limit.value == 2
    for _ in range(200):
        limit.succeeded(0.1 * times_as_long, limit.value)
    assert limit.value == 16


async def test_a_fixed_number_is_in_force_at_once_after_an_automatic_one() -> None:
    limit = ConcurrencyLimit({"pool": "text"}, 1)
    limit.set_bounds(2, 16, automatic=True)
    for seconds in [1.0] * 8 + [1.7] * 4 * 16:  # it grows, then more would be too many
        limit.succeeded(seconds, limit.value)
    assert 2 < limit.value < 8
    limit.set_bounds(1, 8, automatic=False)
    assert limit.value == 8
    limit.refused(time.monotonic(), 3, None)
    assert limit.value < 8
    for _ in range(200):
        limit.succeeded(1.7, limit.value)
    assert limit.value == 8


async def test_a_refused_job_waits_without_an_attempt_and_the_pool_narrows(
    tmp_path: Path, redis_url: str
) -> None:
    model = Bounded(3)
    text, image = Scripted(model), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image, "text.workers=12") as mill:
        ids = [await mill.submit(f"p{number}") for number in range(300)]
        records = await mill.finished(*ids)
        assert {record.status for record in records} == {"completed"}
        assert {part.attempts for record in records for part in record.parts} == {1}
        assert 0 < model.refused < 40
        assert mill.services.monitor.metrics.refusals["text"] == model.refused
        assert mill.services.monitor.metrics.failed_attempts["text"] == 0
        assert not mill.pool("text").breaker_open
        assert mill.pool("text").limit < 12
        first_tries = dict.fromkeys(text.prompts)  # refused jobs stay at the front
        assert list(first_tries) == [f"p{number}" for number in range(300)]


async def test_automatic_workers_begin_with_the_least_and_grow_to_the_most(
    tmp_path: Path, redis_url: str
) -> None:
    model = Bounded(1000, 0.02)
    text, image = Scripted(model), Scripted()
    settings = ("text.workers=auto", "text.min_workers=2", "text.max_workers=6")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        pool = mill.pool("text")
        assert (pool.size, pool.limit, pool.automatic) == (6, 2, True)
        await mill.finished(*[await mill.submit(f"p{number}") for number in range(120)])
        assert 2 < text.most_at_work <= 6
        assert model.refused == 0


async def test_the_pause_that_a_server_asks_for_holds_the_pool(
    tmp_path: Path, redis_url: str
) -> None:
    model = Bounded(0)
    model.retry_after = 30.0
    text, image = Scripted(model), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image, "text.workers=4") as mill:
        ids = [await mill.submit(f"p{number}") for number in range(8)]
        await wait_until(lambda: mill.pool("text").waits, "the pool waits")
        waits = mill.pool("text").waits
        assert waits is not None
        assert waits.reason == "The model server asks for a pause."
        assert 0 < waits.seconds <= 30
        begun = len(text.jobs)
        await mill.finished(await mill.submit("a picture", "image"))
        assert len(text.jobs) == begun <= 4
        assert mill.record(ids[0]).status in {"queued", "generating"}


async def test_short_pauses_end_by_themselves(tmp_path: Path, redis_url: str) -> None:
    model = Bounded(0)
    model.retry_after = 0.05
    text, image = Scripted(model), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image) as mill:
        ids = [await mill.submit(f"p{number}") for number in range(4)]
        await wait_until(lambda: model.refused >= 4, "it is refused again and again")
        model.capacity = 2
        records = await mill.finished(*ids)
        assert {part.attempts for record in records for part in record.parts} == {1}


async def test_a_server_that_refuses_everything_for_too_long_fails_the_job(
    tmp_path: Path, redis_url: str
) -> None:
    text, image = Scripted(Bounded(0)), Scripted()
    settings = ("text.outage=0.3", "text.workers=1")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        [record] = await mill.finished(await mill.submit("p"))
        assert record.status == "failed"
        assert str(record.error).startswith("text: It asks for fewer. It was tried for ")
    text.behaviour = Bounded(0)
    settings = ("text.outage=0", "text.attempts=2")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        [record] = await mill.finished(await mill.submit("q"))
        assert (record.status, record.parts[0].attempts) == ("failed", 2)


class Metered(Scripted):
    """A generator whose server says how many more jobs it accepts."""

    left: Quota | None = None

    def quota(self) -> Quota | None:
        return self.left


async def test_a_server_without_quota_left_is_given_a_pause(tmp_path: Path, redis_url: str) -> None:
    text, image = Metered(), Scripted()
    text.left = Quota(2, 60.0)
    async with running_pipeline(tmp_path, redis_url, text, image, "text.workers=4") as mill:
        pool = mill.pool("text")
        await mill.finished(await mill.submit("p0"))
        text.left = None
        ids = [await mill.submit(f"p{number}") for number in range(1, 6)]
        await mill.finished(*ids[:2])
        await wait_until(lambda: pool.waits, "nothing is left")
        await mill.finished(await mill.submit("a picture", "image"))
        assert text.prompts == ["p0", "p1", "p2"]
