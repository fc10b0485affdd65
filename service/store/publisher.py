"""Publishing: posts in SQLite, in the outboxes of their authors, on the way to followers."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from service.store.errors import RedisUnavailable
from service.store.redis.feeds.feeds import Feeds
from service.store.redis.streams import Streams
from service.store.sql.feeds.fanouts import Fanouts
from service.store.sql.feeds.posts import Post, Posts, UnpublishedPost


class Publisher:
    """Publishes posts; they are in every feed when it returns, also if Redis is away."""

    def __init__(self, posts: Posts, feeds: Feeds, fanouts: Fanouts, streams: Streams) -> None:
        self._posts = posts
        self._feeds = feeds
        self._fanouts = fanouts
        self._streams = streams

    async def publish(self, drafts: Sequence[UnpublishedPost]) -> list[Post]:
        """Publish each draft once; posts that were deleted are left out."""
        posts = await self._posts.publish(drafts)
        try:
            # the reads of followers merge a post until its fan-out is over
            await self._streams.add(await self._fanouts.slices(posts))
            for post in posts:
                await self._feeds.insert(post.author, [post])
        except RedisUnavailable:
            with contextlib.suppress(RedisUnavailable):  # read from SQLite until it is dropped
                await self._feeds.forget([post.author for post in posts])
        return posts
