"""The scheduler is seen at work between two batches of posts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from service import clock
from service.actors.feeds.scheduler import Scheduler
from service.config.feed import FeedConfig
from service.request_ids import new_id
from service.store.database import Database
from service.store.media.folder import MediaFolder
from service.store.redis.streams import Streams
from service.store.sql.feeds import scheduled_posts
from service.store.sql.feeds.posts import MICROSECONDS, PostChange, UnpublishedPost
from service.store.stores import Stores


async def test_many_posts_for_one_minute_are_published_in_batches_that_show(
    tmp_path: Path, database: Database, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduled_posts, "BATCH_POSTS", 2)
    stores = Stores.over(
        database, streams, MediaFolder(tmp_path / "media"), FeedConfig(), alone=True
    )
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


async def test_a_post_that_is_moved_while_it_is_published_waits_for_its_new_time(
    tmp_path: Path, database: Database, streams: Streams
) -> None:
    stores = Stores.over(
        database, streams, MediaFolder(tmp_path / "media"), FeedConfig(), alone=True
    )
    now = int(clock.wall() * MICROSECONDS)
    for change in ("moved", "edited", "taken back"):
        draft = UnpublishedPost(new_id(), "bea", change, "", None)
        await stores.scheduled_posts.schedule(draft, now, 100)
        [due] = await stores.scheduled_posts.due()
        if change == "moved":
            keep = PostChange(None, None, None, None, [])
            await stores.scheduled_posts.change(draft.id, keep, now + 3600 * MICROSECONDS)
        elif change == "edited":
            edit = PostChange("edited now", None, None, None, [])
            await stores.scheduled_posts.change(draft.id, edit, None)
        else:
            await stores.scheduled_posts.take_back(draft.id)
        assert await stores.publisher.publish([due]) == []
        await stores.scheduled_posts.remove_published([draft.id])
        if change == "edited":
            await Scheduler(stores).tick()
    assert [post.title for post in await stores.posts.newest("bea", -1, 10)] == ["edited now"]
