"""Home feeds: stored in Redis, whole at every read, and true to the relations of the moment.

Redis says which posts of followed authors come next, SQLite adds what is not in stored feeds and
leaves out what the user no longer sees. A feed that is missing, incomplete or of other follows is
rebuilt by its reader; until then other readers get the same page from SQLite.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Literal, get_args
from weakref import WeakValueDictionary

import msgspec

from service.store.errors import RedisUnavailable
from service.store.redis.feeds.stored_feeds import StoredHomeFeeds, StoredPage
from service.store.sql.feeds.follows import Follows
from service.store.sql.feeds.posts import Post
from service.store.sql.feeds.visible_posts import HomeFeedPosts

MAX_BUILDS = 4  # feeds rebuilt at the same time
MARGIN_POSTS = 12  # read beyond a page, in place of posts that the user no longer sees

FeedState = Literal["stored", "rebuilt", "database"]
FEED_STATES: tuple[FeedState, ...] = get_args(FeedState)


class HomePage(msgspec.Struct, frozen=True):
    """Posts of a home feed, newest first, and where they were found."""

    posts: list[Post]
    state: FeedState


class HomeFeeds:
    """Reads home feeds, and changes them with the follows of their users."""

    def __init__(
        self,
        posts: HomeFeedPosts,
        follows: Follows,
        stored: StoredHomeFeeds,
        is_full: Callable[[], bool] = lambda: False,
    ) -> None:
        """While `is_full` returns True, no feed is added to Redis."""
        self._posts = posts
        self._follows = follows
        self.stored = stored
        self._is_full = is_full
        self._building: set[str] = set()
        self._changing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.reads: Counter[FeedState] = Counter()
        """Pages that were read, by where they were found."""
        self.rebuilds = 0

    async def aclose(self) -> None:
        """Close the connection."""
        await self.stored.aclose()

    async def page(
        self, user: str, after_us: int, before_us: int, limit: int, *, client: str = ""
    ) -> list[Post]:
        """Posts later than `after_us` and earlier than `before_us`, newest first, from SQLite.

        `client` identifies the caller. Raises DatabaseUnavailable, ReadRejected.
        """
        return await self._posts.newest(user, after_us, before_us, limit, client=client)

    async def read(
        self,
        user: str,
        window: tuple[int, int],
        limit: int,
        *,
        inactive: float,
        client: str = "",
    ) -> HomePage:
        """The newest posts between two times; the feed is kept for `inactive` seconds more.

        `client` identifies the caller. Raises DatabaseUnavailable, ReadRejected.
        """
        after_us, before_us = window
        found: list[Post] = []
        state: FeedState = "database"
        count = limit + MARGIN_POSTS
        while len(found) < limit and before_us > after_us + 1:
            page, rebuilt = await self._stored_page(
                user, (after_us, before_us), count, inactive, client
            )
            if page is None or before_us <= page.floor:
                break
            low = max(after_us, page.floor - 1)
            if len(page.times) == count:
                low = max(low, page.times[-1] - 1)
            posts = await self._posts.merged(
                user, (low, before_us), limit - len(found), page.times, client=client
            )
            # only now: what was not in the stored page may have ceased to be merged since
            if page.version != await self._posts.version(user):
                break
            found += posts
            if state != "rebuilt":
                state = "rebuilt" if rebuilt else "stored"
            before_us = low + 1
            if before_us <= page.floor:
                break
            count *= 2
        if len(found) < limit and before_us > after_us + 1:
            found += await self._posts.newest(
                user, after_us, before_us, limit - len(found), client=client
            )
        self.reads[state] += 1
        return HomePage(found, state)

    async def follow(self, user: str, author: str, most: int) -> bool:
        """Follow an author; False if the user follows `most` others already."""
        async with self._change(user):
            versions = await self._follows.follow(user, author, most)
            if versions is None:
                return False
            await self._follow_in_redis(user, author, versions, followed=True)
            return True

    async def unfollow(self, user: str, author: str) -> None:
        """Stop following an author."""
        async with self._change(user):
            versions = await self._follows.unfollow(user, author)
            await self._follow_in_redis(user, author, versions, followed=False)

    async def _follow_in_redis(
        self, user: str, author: str, versions: tuple[int, int], *, followed: bool
    ) -> None:
        """Bring the stored feed to the new version; if it fails, the next read rebuilds it."""
        if versions[0] == versions[1]:
            return
        with contextlib.suppress(RedisUnavailable):
            times = await self._posts.of_author(author, self.stored.max_posts)
            await self.stored.change(user, versions, times, followed=followed)

    @contextlib.asynccontextmanager
    async def _change(self, user: str) -> AsyncIterator[None]:
        """One change of the follows of a user at a time, so that versions follow each other."""
        lock = self._changing.get(user)
        if lock is None:
            lock = self._changing[user] = asyncio.Lock()
        async with lock:
            yield

    async def _stored_page(
        self, user: str, window: tuple[int, int], count: int, inactive: float, client: str
    ) -> tuple[StoredPage | None, bool]:
        """The stored part of a page, None without one, and whether the feed was rebuilt."""
        version = await self._posts.version(user)
        if version is None:
            return None, False
        try:
            page = await self.stored.read(user, *window, count, inactive)
            if page is not None and page.version == version:
                return page, False
            rebuilt = await self._rebuild(user, inactive, client)
            if rebuilt is None:
                return None, False
            page = await self.stored.read(user, *window, count, inactive)
        except RedisUnavailable:
            return None, False
        return page, rebuilt

    async def _rebuild(self, user: str, inactive: float, client: str) -> bool | None:
        """Make the feed whole; whether that was necessary.

        None if it is being built, or there is no room for it.
        """
        if user in self._building or len(self._building) >= MAX_BUILDS or self._is_full():
            return None
        self._building.add(user)
        try:
            token = await self.stored.begin(user, await self._posts.version(user) or 0)
            if token:
                most = self.stored.max_posts
                times = await self._posts.of_followed(user, most, client=client)
                await self.stored.finish(user, token, times, inactive)
                self.rebuilds += 1
        finally:
            self._building.discard(user)
        return None if token is None else bool(token)
