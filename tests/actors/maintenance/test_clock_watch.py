"""The clock watch corrects posts from the future in SQLite and in Redis."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from service.actors.maintenance import clock_watch
from service.actors.maintenance.clock_watch import ClockWatch
from service.store.sql.statements import Write
from tests.support.pipelines import Scripted, running_pipeline

FUTURE_US = 4_000_000_000_000_000  # in the year 2096
_SET_TIMES = Write(
    "set times", "us int", ("UPDATE posts SET created_us = (SELECT max(us) FROM rows)",)
)


async def test_a_feed_in_redis_has_the_corrected_time(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_watch, "TICK_SECONDS", 3600.0)
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:
        stores = mill.services.stores

        async def times() -> list[str]:
            page = await stores.feeds.read_posts("ann", -1)
            return [msgspec.json.decode(body)["created_at"] for body in page.bodies]

        await mill.finished(await mill.submit("a post", user="ann", publish=True))
        await mill.quiet()
        await mill.database.write(_SET_TIMES, [(FUTURE_US,)])
        await stores.feeds.forget(["ann"])
        assert [time[:4] for time in await times()] == ["2096"]  # now it is in Redis
        await ClockWatch(stores).tick()
        assert [time[:3] for time in await times()] == ["202"]
