"""Fan-out: brings posts into the stored home feeds of followers, a slice of them at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from service.actors.actor import ActorContext, StreamActor
from service.messages import FANOUT, AnyMessage, FanoutSlice, Message
from service.store.redis.feeds.stored_feeds import BATCH_FEEDS
from service.store.stores import Stores

Reads = dict[tuple[str, str], asyncio.Task[list[str]]]
"""Reads of followers, by author and the name before."""

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
        self._ahead: Reads = {}  # of the next slices, which begin early

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        slices = [message for message in batch if isinstance(message, FanoutSlice)]
        new = {part.author for part in slices if not part.after}
        pulled = {author for author in new if await self._is_pulled(author)}
        if pulled:
            await self._fanouts.pull(pulled)
        # not for later posts: they come to those as well who follow the author since
        reads, self._ahead = self._ahead, {}
        follow: list[FanoutSlice] = []
        done: list[int] = []
        waiting: list[tuple[int, Sequence[str]]] = []
        for part in slices:
            if part.author in pulled:
                done.append(part.created_us)
                continue
            followers = await self._followers(part.author, part.after, reads)
            waiting.append((part.created_us, followers))
            if len(followers) == SLICE_FOLLOWERS:
                follow.append(msgspec.structs.replace(part, after=followers[-1]))
                self._followers(part.author, followers[-1], self._ahead)  # while Redis is at work
            else:
                done.append(part.created_us)
            if sum(len(users) for _, users in waiting) >= BATCH_FEEDS:
                await self._feeds.deliver(waiting)
                waiting = []
        await self._feeds.deliver(waiting)
        if done:
            await self._fanouts.done(done)
        for read in reads.values():
            read.cancel()  # one that no slice has come for
        return follow

    def _followers(self, author: str, after: str, reads: Reads) -> asyncio.Task[list[str]]:
        """The followers of a slice, which may be among these reads."""
        key = author, after
        if key not in reads:
            read = self._fanouts.followers(author, after, SLICE_FOLLOWERS)
            reads[key] = asyncio.create_task(read, name="read followers")
            reads[key].add_done_callback(_retrieve)
        return reads[key]

    async def _is_pulled(self, author: str) -> bool:
        return await self._fanouts.count_followers(author) > self._limit()


def _retrieve(read: asyncio.Task[list[str]]) -> None:
    """Take the error of a read, which nothing may wait for any more."""
    if not read.cancelled():
        read.exception()
