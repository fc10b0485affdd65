"""The present shares of clients, as Redis has them, for positions and the status."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from service.messages import PRIORITIES
from service.store.errors import RedisUnavailable
from service.store.redis.fair import fair_queue
from service.store.redis.fair.fair_queue import Shares
from service.store.redis.streams import Streams
from service.stream_groups import pool_streams

FRESH_SECONDS = 0.25  # for which what was read is used again
FRESH_FACTOR = 20.0  # the same in multiples of the time that reading took, if that is longer

UNKNOWN: Sequence[Shares] = tuple(Shares() for _ in PRIORITIES)


class CurrentShares:
    """Reads the virtual times, costs and weights of the clients that wait."""

    def __init__(self, streams: Streams, lower_share: Callable[[], float]) -> None:
        self._streams = streams
        self._read: dict[str, Sequence[Shares]] = {}
        self._fresh_until: dict[str, float] = {}  # time.monotonic()
        self.lower = lower_share

    async def of(self, pool: str) -> Sequence[Shares]:
        """The shares for each priority; empty while Redis is unavailable."""
        began = time.monotonic()
        if began > self._fresh_until.get(pool, 0.0):
            try:
                self._read[pool] = await fair_queue.shares(self._streams, pool_streams(pool))
            except RedisUnavailable:
                self._read[pool] = UNKNOWN
            now = time.monotonic()
            self._fresh_until[pool] = now + max(FRESH_SECONDS, FRESH_FACTOR * (now - began))
        return self._read[pool]
