"""Fan-out: brings posts into the stored home feeds of followers, a slice of them at a time."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence

import msgspec

from service.actors.actor import ActorContext, StreamActor
from service.messages import FANOUT, AnyMessage, FanoutSlice, Message
from service.store.redis.feeds.stored_feeds import BATCH_FEEDS
from service.store.stores import Stores

SLICE_FOLLOWERS = 400  # of one message: 4 ms of Redis, then it is another post's turn


class Fanout(StreamActor):
    """Adds posts to the feeds of followers.

    The next slice of a post goes to the end of the stream, in one step with the acknowledgement. So
    posts take turns, and a slice is neither lost nor left out when the process is killed; one that
    is repeated changes nothing.
    """

    name = "fanout"
    stream = FANOUT

    def __init__(self, context: ActorContext, stores: Stores, limit: Callable[[], int]) -> None:
        """The posts of authors with more than `limit()` followers are merged by every read."""
        super().__init__(context)
        self._fanouts = stores.fanouts
        self._feeds = stores.home_feeds.stored
        self._limit = limit
        self._reads: dict[tuple[str, str], asyncio.Task[list[str]]] = {}
        # of followers, by author and the name before: those of the next slices begin early

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        slices = [message for message in batch if isinstance(message, FanoutSlice)]
        new = {part.author for part in slices if not part.after}
        pulled = {author for author in new if await self._is_pulled(author)}
        if pulled:
            await self._fanouts.pull(pulled)
        follow: list[FanoutSlice] = []
        done: list[int] = []
        waiting: list[tuple[int, Sequence[str]]] = []
        for part in slices:
            if part.author in pulled:
                done.append(part.created_us)
                continue
            followers = await self._followers(part.author, part.after)
            waiting.append((part.created_us, followers))
            if len(followers) == SLICE_FOLLOWERS:
                follow.append(msgspec.structs.replace(part, after=followers[-1]))
                self._followers(part.author, followers[-1])  # while Redis is at work
            else:
                done.append(part.created_us)
            if sum(len(users) for _, users in waiting) >= BATCH_FEEDS:
                await self._feeds.deliver(waiting)
                waiting = []
        await self._feeds.deliver(waiting)
        if done:
            await self._fanouts.done(done)
        wanted = {(part.author, part.after) for part in follow}
        for key in self._reads.keys() - wanted:
            self._reads.pop(key).cancel()
        return follow

    def _followers(self, author: str, after: str) -> asyncio.Task[list[str]]:
        """The followers of a slice; they may have been read ahead."""
        key = author, after
        if key not in self._reads:
            read = self._fanouts.followers(author, after, SLICE_FOLLOWERS)
            self._reads[key] = asyncio.create_task(read, name="read followers")
            self._reads[key].add_done_callback(functools.partial(self._forget_failed, key))
        return self._reads[key]

    def _forget_failed(self, key: tuple[str, str], read: asyncio.Task[list[str]]) -> None:
        if read.cancelled() or read.exception():
            self._reads.pop(key, None)

    async def _is_pulled(self, author: str) -> bool:
        return await self._fanouts.count_followers(author) > self._limit()
