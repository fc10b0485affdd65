"""Feed pusher: hands what happens in feeds to the clients that have them open."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from service.actors.actor import ClockActor
from service.store.sql.feeds.feed_events import FeedEvent
from service.store.stores import Stores
from service.subscriptions.feeds import FeedSubscriptions

POLL_SECONDS = 1.0  # after which changes are looked for, should their signal be lost
HEARTBEAT_SECONDS = 5.0  # while no feed is open


class FeedPusher(ClockActor):
    """Reads each event once for all open feeds. SQLite has them all, so none can be lost."""

    name = "feed-pusher"

    def __init__(
        self,
        subscriptions: FeedSubscriptions,
        stores: Stores,
        encode: Callable[[FeedEvent], bytes],
    ) -> None:
        """`encode` makes of an event what clients get."""
        super().__init__(0.0)
        self._subscriptions = subscriptions
        self._posts = stores.posts
        self._events = stores.feed_events
        self._encode = encode

    async def stop(self) -> None:
        """End all open subscriptions."""
        await super().stop()
        self._subscriptions.close()
        self._posts.changed.set_here()

    async def tick(self) -> None:
        if not self._subscriptions.users:
            self.seen = time.monotonic()
            await self._subscriptions.wait_for_subscriber(HEARTBEAT_SECONDS)
            return
        self._posts.changed.clear()
        await self._push(await self._posts.head())
        self.seen = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._posts.changed.wait()

    async def _push(self, head_us: int) -> None:
        """Hand out all events up to the head of the line."""
        open_feeds = self._subscriptions
        if head_us < open_feeds.head_us:
            open_feeds.go_back(head_us)
        while open_feeds.head_us < head_us:
            users = dict(open_feeds.users)
            events, readers, until_us = await self._events.fresh(users, open_feeds.head_us, head_us)
            encoded = [(event.us, self._encode(event)) for event in events]
            open_feeds.hand_out(users, encoded, readers, until_us)
