"""Fan-out: brings posts into the stored home feeds of followers, a slice of them at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from service.actors.actor import ActorContext, StreamActor
from service.messages import FANOUT, AnyMessage, FanoutSlice, Message
from service.store.redis.feeds.home_feeds import BATCH_FEEDS
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

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        slices = [message for message in batch if isinstance(message, FanoutSlice)]
        new = {part.author for part in slices if not part.after}
        pulled = {author for author in new if await self._is_pulled(author)}
        if pulled:
            await self._fanouts.pull(pulled)
        follow: list[FanoutSlice] = []
        done: list[int] = []
        waiting: list[tuple[str, int]] = []
        for part in slices:
            if part.author in pulled:
                done.append(part.created_us)
                continue
            followers = await self._fanouts.followers(part.author, part.after, SLICE_FOLLOWERS)
            waiting += [(user, part.created_us) for user in followers]
            if len(followers) == SLICE_FOLLOWERS:
                follow.append(msgspec.structs.replace(part, after=followers[-1]))
            else:
                done.append(part.created_us)
            whole = len(waiting) - len(waiting) % BATCH_FEEDS
            await self._feeds.deliver(waiting[:whole])
            waiting = waiting[whole:]
        await self._feeds.deliver(waiting)
        if done:
            await self._fanouts.done(done)
        return follow

    async def _is_pulled(self, author: str) -> bool:
        return await self._fanouts.count_followers(author) > self._limit()
