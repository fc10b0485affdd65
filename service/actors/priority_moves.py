"""Priority moves: what waits of a request goes to the streams of its new priority."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping

import msgspec

from service.actors.workers.pool import Pool
from service.messages import PRIORITIES, Priority, Wanted
from service.store.redis.entry_search import find_entry
from service.store.redis.fair import fair_queue
from service.store.redis.streams import Delivery, Streams
from service.store.sql.requests.requests import Requests
from service.stream_groups import pool_streams

LOOKS = 6  # for a message that is between two streams
LOOK_SECONDS = 0.02  # between two of them


class PriorityMoves:
    """Moves messages that no worker has begun; SQLite says what their priority is."""

    def __init__(self, streams: Streams, requests: Requests, pools: Mapping[str, Pool]) -> None:
        self._streams = streams
        self._requests = requests
        self._pools = pools
        self._moving = asyncio.Lock()  # so that the last of several changes is what stays

    async def follow(self, id_: str) -> None:
        """Move what waits of a request. Raises RedisUnavailable, DatabaseUnavailable.

        What is nowhere waits for its next attempt, or for the relay, or has begun elsewhere.
        """
        for look in range(LOOKS):
            async with self._moving:
                if await self._all_moved(id_, everywhere=look == 1):
                    return
            await asyncio.sleep(LOOK_SECONDS)

    async def _all_moved(self, id_: str, *, everywhere: bool) -> bool:
        moved = True
        for request in await self._requests.unfinished_parts(id_):
            for kind in request.kinds:
                wanted = request.wanted(kind)
                moved = await self._move(wanted, wanted.model or kind, everywhere) and moved
        return moved

    async def _move(self, wanted: Wanted, name: str, everywhere: bool) -> bool:
        """Whether the part is on the right stream, or in the hands of a worker."""
        pool = self._pools.get(name)
        if pool is not None:
            await self._return_later_ones(pool, wanted)
            if (wanted.id, pool.kind) in pool.in_hand():
                return True
        names = sorted(pool_streams(name), key=wanted.stream.__ne__)  # the right one first
        found = await find_entry(self._streams, names, wanted.id, everywhere=everywhere)
        if found is None:
            return False
        return found.stream == wanted.stream or await self._replace(found, wanted.priority)

    async def _return_later_ones(self, pool: Pool, wanted: Wanted) -> None:
        """Give the streams back what was read, but not begun, and comes after this part now.

        A pool that is paused, or whose generator is away, has such jobs in hand.
        """
        rank = PRIORITIES.index(wanted.priority)

        def is_later(other: Wanted) -> bool:
            return other.id == wanted.id or PRIORITIES.index(other.priority) > rank

        deliveries = deque(pool.take_back(is_later))
        try:
            while deliveries:
                message = deliveries[0].message
                priority = wanted.priority if message.id == wanted.id else message.priority
                moved = await self._replace(deliveries[0], priority, pool.prefix)
                pool.give_back(deliveries.popleft(), moved=moved)
        finally:  # Redis is away, or this was cancelled
            for delivery in deliveries:
                pool.give_back(delivery, moved=False)

    async def _replace(
        self, delivery: Delivery[Wanted], priority: Priority, holders: str = ""
    ) -> bool:
        message = msgspec.structs.replace(delivery.message, priority=priority)
        [moved] = await self._streams.call(fair_queue.move(delivery, message, holders))
        return bool(moved)
