"""The scheduler is seen at work between two batches of posts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from service import clock
from service.actors.feeds.scheduler import Scheduler
from service.config.feed import FeedConfig
from service.messages import new_id
from service.store.media import Media
from service.store.redis.streams import Streams
from service.store.sql.feeds import scheduled_posts
from service.store.sql.feeds.posts import MICROSECONDS, UnpublishedPost
from service.store.sqlite.database import Database
from service.store.stores import Stores


async def test_many_posts_for_one_minute_are_published_in_batches_that_show(
    tmp_path: Path, database: Database, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduled_posts, "BATCH_POSTS", 2)
    stores = Stores.over(database, streams, Media(tmp_path / "media"), FeedConfig(), alone=True)
    scheduler = Scheduler(stores)
    for number in range(5):
        draft = UnpublishedPost(new_id(), "ann", f"post {number}", "", None)
        due_us = int(clock.wall() * MICROSECONDS)
        await stores.scheduled_posts.schedule(draft, due_us, 100)
    seen: list[float] = []
    publish = stores.publisher.publish

    async def published(drafts: Sequence[UnpublishedPost]) -> object:
        seen.append(scheduler.seen)
        return await publish(drafts)

    monkeypatch.setattr(stores.publisher, "publish", published)
    await scheduler.tick()
    assert len(seen) == len(set(seen)) == 3
    assert len(await stores.posts.newest("ann", -1, 10)) == 5
