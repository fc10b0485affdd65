"""The present shares of clients, as Redis has them, for positions and the status."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from service.messages import PRIORITIES
from service.store.errors import RedisUnavailable
from service.store.redis import fair_queue
from service.store.redis.fair_queue import Shares
from service.store.redis.streams import Streams
from service.stream_groups import pool_streams

FRESH_SECONDS = 0.25  # for which what was read is used again

UNKNOWN: Sequence[Shares] = tuple(Shares() for _ in PRIORITIES)


class CurrentShares:
    """Reads the virtual times, costs and weights of the clients that wait."""

    def __init__(self, streams: Streams, lower_share: Callable[[], float]) -> None:
        self._streams = streams
        self._read: dict[str, tuple[float, Sequence[Shares]]] = {}
        self.lower = lower_share

    async def of(self, pool: str) -> Sequence[Shares]:
        """The shares for each priority; empty while Redis is unavailable."""
        now = time.monotonic()
        at, shares = self._read.get(pool, (0.0, UNKNOWN))
        if now - at > FRESH_SECONDS:
            try:
                shares = await fair_queue.shares(self._streams, pool_streams(pool))
            except RedisUnavailable:
                shares = UNKNOWN
            self._read[pool] = now, shares
        return shares
