"""Cache of feeds, valid while the feed's version in Redis is unchanged."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Sequence

import msgspec

MAX_CACHED_FEED_BYTES = 16 * 2**20  # the least recently read feeds are dropped first
LARGEST = MAX_CACHED_FEED_BYTES // 16  # bytes of one feed: a few large ones must not evict the rest
FEED, POST = 1024, 128  # bytes that each takes besides its texts; estimated high
FRESH_SECONDS = 3600.0  # then the feed is read from Redis again, which renews its expiry


class CachedFeed(msgspec.Struct, frozen=True):
    """The posts of a feed after `after_us`: bodies newest first, times oldest first.

    Complete while the feed has this mark, and this newest post (or none) in its index.
    """

    whole: str
    """The prefix of a whole feed's mark, on that run of the server."""
    mark: bytes
    newest: Sequence[bytes]
    after_us: int
    times: Sequence[int]
    bodies: Sequence[bytes]
    at: float
    """time.monotonic() when it was read."""

    def after(self, after_us: int) -> Sequence[bytes]:
        """The posts later than this, newest first."""
        return self.bodies[: len(self.times) - bisect_right(self.times, after_us)]


class FeedCache:
    """The cached feeds, by user."""

    def __init__(self) -> None:
        self._seen: dict[str, CachedFeed] = {}  # the most recently read is last
        self._sizes: dict[str, int] = {}
        self._size = 0

    def get(self, user: str, after_us: int) -> CachedFeed | None:
        """The cached feed, if it has all posts after `after_us`."""
        seen = self._seen.get(user)
        if seen is None or seen.after_us > after_us or time.monotonic() - seen.at > FRESH_SECONDS:
            return None
        self._seen[user] = self._seen.pop(user)
        return seen

    def put(self, user: str, seen: CachedFeed) -> None:
        """Cache a feed, in place of an earlier version."""
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
