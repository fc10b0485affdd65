"""What the metrics say about attempts."""

from __future__ import annotations

from pathlib import Path

from service.generators.protocol import GenerationFailed, Job, Written
from tests.support.pipelines import Scripted, running_pipeline, write_at_once


async def test_the_waiting_time_is_that_of_the_first_attempt(
    tmp_path: Path, redis_url: str
) -> None:
    async def fail_first(job: Job) -> Written:
        if len(busy.jobs) == 1:
            raise GenerationFailed("The model is busy.", retryable=True)
        return await write_at_once(job)

    busy = Scripted(fail_first)
    async with running_pipeline(tmp_path, redis_url, busy, Scripted()) as mill:
        await mill.finished(await mill.submit("a fox"))
        times = mill.services.monitor.metrics.times["text"]
        assert (sum(times.waiting.counts), sum(times.service.counts)) == (1, 2)
