"""Two processes that both lead, as they may for moments: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from service.generators.protocol import GenerationFailed, Job, Written
from service.store.postgres.database import Database
from service.store.sqlite.database import SqliteSeat
from tests.support.pipelines import Scripted, running_pipeline, write_at_once

COUNT = 20


@contextlib.asynccontextmanager
async def leading_seat(_database: Any, names: Sequence[str], **_: Any) -> AsyncIterator[SqliteSeat]:
    yield SqliteSeat(names[0], is_shared=True, leads=True)


@pytest.mark.over_both_engines
async def test_what_both_do_counts_once(
    tmp_path: Path, redis_url: str, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine
    monkeypatch.setattr(Database, "seat", leading_seat)
    failed: set[str] = set()

    async def fail_every_second_once(job: Job) -> Written:
        if job.prompt == "late":
            await asyncio.Event().wait()
        if int(job.prompt) % 2 and job.prompt not in failed:
            failed.add(job.prompt)
            raise GenerationFailed("not now", retryable=True)
        return await write_at_once(job)

    texts = Scripted(fail_every_second_once), Scripted(fail_every_second_once)
    async with (
        running_pipeline(tmp_path, redis_url, texts[0], Scripted(), node="a", alone=False) as one,
        running_pipeline(tmp_path, redis_url, texts[1], Scripted(), node="b", alone=False) as two,
    ):
        assert one.services.monitor.this_node().leads
        assert two.services.monitor.this_node().leads
        ids = [
            await (one, two)[number % 2].submit(str(number), user="ann", publish=True)
            for number in range(COUNT)
        ]
        late = await one.submit("late", finish_by=-1)
        for mill in (one, two):
            mill.compare_everything()
        records = await two.finished(*ids, late)
        assert [record.status for record in records[:COUNT]] == ["completed"] * COUNT
        assert records[COUNT].status == "expired"
        await one.quiet()
        feed = await two.services.stores.feeds.read_posts("ann", -1)
        assert len(feed.bodies) == COUNT
        for id_, number in zip(ids, range(COUNT), strict=True):
            log = await one.services.stores.events.log(id_, None)
            assert log is not None
            assert [event.name for event in log.events].count("completed") == 1
            assert sum(text.prompts.count(str(number)) for text in texts) == 1 + number % 2
