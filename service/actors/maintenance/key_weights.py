"""Key weights: copies the weights of API keys from SQLite to Redis, within a second of a change."""

from __future__ import annotations

import contextlib

from service.actors.actor import ClockActor
from service.store.errors import RedisUnavailable
from service.store.redis.fair import fair_queue
from service.store.redis.streams import Streams
from service.store.sql.keys.api_keys import ApiKeys

CHECK_SECONDS = 1.0  # between two checks


class KeyWeights(ClockActor):
    """Copies the weights of API keys to Redis, also after they were lost there."""

    name = "key-weights"

    def __init__(self, keys: ApiKeys, streams: Streams) -> None:
        super().__init__(CHECK_SECONDS)
        self._keys = keys
        self._streams = streams

    async def tick(self) -> None:
        wanted = {f"key:{name}": weight for name, weight in (await self._keys.weights()).items()}
        with contextlib.suppress(RedisUnavailable):  # the next check finds the same
            if await fair_queue.weights(self._streams) != wanted:
                await self._streams.call(*fair_queue.set_weights(wanted))
