"""Learner: counts the likes of all users for the ranking of feeds, as they come."""

from __future__ import annotations

import asyncio
import contextlib
import time
from array import array
from collections import OrderedDict
from collections.abc import Sequence

import structlog

from service.actors.actor import ClockActor
from service.ranking.thread import RankingThread
from service.ranking.types import COUNTED_LIKES, LikeChange
from service.store.sql.feeds.interactions import Interactions, Like
from service.store.sql.feeds.posts import MICROSECONDS
from service.store.stores import Stores

log = structlog.get_logger()

LEARNT_LIKES = 100_000  # newest likes that are counted again at a start
BATCH_LIKES = 1000  # read at once
SLICE_LIKES = 64  # counted at a time, in some 4 ms: lists are made between them
MOST_USERS = 50_000  # users whose last likes are remembered; those of others are read again
POLL_SECONDS = 1.0  # after which likes are looked for, should their signal be lost
SHARED_POLL_SECONDS = 3.0  # the same for the likes that other processes store
REMEMBERED_LIKES = 2 * COUNTED_LIKES


class LastLikes:
    """The last likes of a user, oldest first, in 16 bytes each: there are many users."""

    __slots__ = ("posts", "seqs")

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        """`rows` have a post and the seq of its like."""
        self.posts = array("q", [row[0] for row in rows])
        self.seqs = array("q", [row[1] for row in rows])

    def append(self, like: Like) -> None:
        """Add a like; the oldest beyond REMEMBERED_LIKES is forgotten."""
        self.posts.append(like.post_us)
        self.seqs.append(like.seq)
        del self.posts[:-REMEMBERED_LIKES], self.seqs[:-REMEMBERED_LIKES]

    def remove(self, at: int) -> int:
        """Take a like out; returns its seq."""
        del self.posts[at]
        return self.seqs.pop(at)


class Learner(ClockActor):
    """Counts each like once, in the order of SQLite: at a start the newest ones again."""

    name = "learner"

    def __init__(self, stores: Stores, ranking: RankingThread) -> None:
        super().__init__(0.0)
        self._interactions: Interactions = stores.interactions
        self._ranking = ranking
        self._poll_seconds = POLL_SECONDS if stores.alone else SHARED_POLL_SECONDS
        self._seq: int | None = None
        self._turn = asyncio.Lock()  # of what is read and then counted
        self._likes: OrderedDict[str, LastLikes] = OrderedDict()
        self.is_ready = False
        """Whether all likes that there were at the start are counted."""

    @property
    def counted_seq(self) -> int:
        """The seq of the last like that was counted."""
        return self._seq or 0

    async def stop(self) -> None:
        await super().stop()
        self._interactions.changed.set_here()

    async def tick(self) -> None:
        if self._seq is None:
            self._seq = await self._interactions.start_of_newest_likes(LEARNT_LIKES)
        self._interactions.changed.clear()
        self.seen = time.monotonic()
        async with self._turn:
            likes = await self._interactions.likes_after(self._seq, BATCH_LIKES)
            for at in range(0, len(likes), SLICE_LIKES):
                await self._count(likes[at : at + SLICE_LIKES])
                self.seen = time.monotonic()
        if len(likes) == BATCH_LIKES:
            return
        if not self.is_ready:
            self.is_ready = True
            log.info("likes are counted")
        self.seen = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds):
                await self._interactions.changed.wait()

    async def forget(self, user: str) -> None:
        """Remove the taste of a user from SQLite, then take back all likes that were counted.

        Raises DatabaseUnavailable; then nothing is forgotten.
        """
        async with self._turn:
            likes = await self._counted_likes(user)
            await self._interactions.forget(user)
            self._likes.pop(user, None)
            for start in range(0, len(likes), SLICE_LIKES):
                self.seen = time.monotonic()
                changes = []
                for at in range(start, min(start + SLICE_LIKES, len(likes))):
                    post, seq = likes[at]
                    known = [liked for liked, _ in likes[at : at + REMEMBERED_LIKES]]
                    changes.append(LikeChange(post, known[::-1], seq / MICROSECONDS, True))
                await self._ranking.learn(changes)

    async def _counted_likes(self, user: str) -> list[tuple[int, int]]:
        """The likes of a user that were counted, newest first: post, seq."""
        likes: list[tuple[int, int]] = []
        until = self.counted_seq
        while len(likes) < LEARNT_LIKES:
            rows = await self._interactions.likes_until(user, until, BATCH_LIKES)
            likes += [(post, seq) for post, seq in rows]
            if len(rows) < BATCH_LIKES:
                break
            until = likes[-1][1] - 1
        return likes

    async def _count(self, likes: Sequence[Like]) -> None:
        changes: list[LikeChange] = []
        # all before the first change: reading may fail
        for like, mine in [(like, await self._likes_of(like)) for like in likes]:
            posts = mine.posts.tolist()
            if like.post_us in posts:  # taken back, and perhaps given again before this look
                liked_at_seconds = mine.remove(posts.index(like.post_us)) / MICROSECONDS
                changes.append(LikeChange(like.post_us, posts, liked_at_seconds, True))
                posts = mine.posts.tolist()
            if not like.is_taken_back:
                changes.append(LikeChange(like.post_us, posts, like.at_seconds))
                mine.append(like)
        await self._ranking.learn(changes)
        self._seq = likes[-1].seq

    async def _likes_of(self, like: Like) -> LastLikes:
        """The last likes of a user before this one."""
        found = self._likes.get(like.user)
        if found is None:
            rows = await self._interactions.likes_before(like.user, like.seq, REMEMBERED_LIKES)
            found = self._likes[like.user] = LastLikes(rows)
            if len(self._likes) > MOST_USERS:
                self._likes.popitem(last=False)
        else:
            self._likes.move_to_end(like.user)
        return found
