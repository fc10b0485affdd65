"""Cache of feeds, valid while the feed's version in Redis is unchanged."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Sequence

import msgspec

MAX_CACHED_FEED_BYTES = 16 * 2**20  # bytes kept in mind; who is read least recently goes first
LARGEST = (
    MAX_CACHED_FEED_BYTES // 16
)  # bytes of one feed: a few large ones must not push out all others
FEED, POST = 1024, 128  # bytes that each takes besides its texts; rather too many
FRESH_SECONDS = (
    3600.0  # seconds; a feed that is read must be touched in Redis now and then, or it expires
)


class CachedFeed(msgspec.Struct, frozen=True):
    """The posts of a feed after `after_us`: bodies newest first, times oldest first.

    They are all there is for as long as the feed has this mark, and this newest post in its index:
    id and score, or nothing.
    """

    whole: str
    """How the mark of a whole feed begins, on that run of the server."""
    mark: bytes
    newest: Sequence[bytes]
    after_us: int
    times: Sequence[int]
    bodies: Sequence[bytes]
    at: float
    """time.monotonic() when it was seen."""

    def after(self, after_us: int) -> Sequence[bytes]:
        """The posts later than this, newest first."""
        return self.bodies[: len(self.times) - bisect_right(self.times, after_us)]


class FeedCache:
    """What was seen, by user."""

    def __init__(self) -> None:
        self._seen: dict[str, CachedFeed] = {}  # who was read most recently is last
        self._sizes: dict[str, int] = {}
        self._size = 0

    def get(self, user: str, after_us: int) -> CachedFeed | None:
        """What was seen of a feed, if all posts after `after_us` are in it."""
        seen = self._seen.get(user)
        if seen is None or seen.after_us > after_us or time.monotonic() - seen.at > FRESH_SECONDS:
            return None
        self._seen[user] = self._seen.pop(user)
        return seen

    def put(self, user: str, seen: CachedFeed) -> None:
        """Remember a feed, in place of what was seen of it before."""
        self._forget(user)
        size = FEED + 4 * len(user) + POST * len(seen.bodies) + sum(map(len, seen.bodies))
        if size <= LARGEST:
            self._seen[user] = seen
            self._sizes[user] = size
            self._size += size
        while self._size > MAX_CACHED_FEED_BYTES:
            self._forget(next(iter(self._seen)))

    def _forget(self, user: str) -> None:
        if self._seen.pop(user, None) is not None:
            self._size -= self._sizes.pop(user)
