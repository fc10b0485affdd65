"""Load watch: keeps the count of what waits right where several nodes accept and finish."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping

from service.actors.actor import ClockActor
from service.queueing.admission import Admission
from service.store.errors import RedisUnavailable
from service.store.redis.queue_counts import QueueCounts
from service.store.sql.requests.request_records import Load
from service.store.stores import Stores

TICK_SECONDS = 1.0
RECOUNT_SECONDS = 5.0  # between two counts of the database by the node that leads
RECOUNT_FACTOR = 50.0  # the same in multiples of what a count takes: 2 % of the time
UNCOUNTED_SECONDS = 10.0  # without counts in Redis each node counts for itself

NOTHING = Load(0, 0)


class LoadWatch(ClockActor):
    """Adds what this node has accepted and ended to the common counts, and takes over these."""

    name = "loads"

    def __init__(
        self, stores: Stores, admission: Admission, leads: Callable[[], bool], *, accepts: bool
    ) -> None:
        """`accepts`: this node needs the counts at once. Others look at them seldom."""
        super().__init__(TICK_SECONDS)
        self._requests = stores.requests
        self._counts = QueueCounts(stores.streams)
        self._admission = admission
        self._leads = leads
        self._accepts = accepts
        self._told: Mapping[str, Load] = admission.loads()  # what the others know of
        self._recount_at = 0.0  # time.monotonic()
        self._agreed_at = time.monotonic()  # when this node last had the common counts

    async def stop(self) -> None:
        await super().stop()
        self._counts.close()

    async def tick(self) -> None:
        now = time.monotonic()
        if now >= self._recount_at:
            if self._leads():
                await self._recount()
            if self._admission.clients.counting:
                await self._admission.clients.recount()
            took = time.monotonic() - now
            self._recount_at = now + max(RECOUNT_SECONDS, RECOUNT_FACTOR * took)
        with contextlib.suppress(RedisUnavailable):
            if await self._agree():
                self._agreed_at = now
        if now - self._agreed_at > UNCOUNTED_SECONDS and not self._leads():
            self._take(await self._requests.backlog(), self._admission.loads())
            self._agreed_at = now

    async def _recount(self) -> None:
        before = self._admission.loads()
        loads = await self._requests.backlog()
        self._take(loads, before)
        with contextlib.suppress(RedisUnavailable):
            await self._counts.set(loads)

    async def _agree(self) -> bool:
        before = self._admission.loads()
        changes = _difference(before, self._told)
        seldom = time.monotonic() - self._agreed_at < RECOUNT_SECONDS
        if seldom and not (changes or self._accepts):
            return False
        found = await self._counts.add(changes)
        if found is None:
            return False
        self._take(found, before)
        return True

    def _take(self, loads: Mapping[str, Load], before: Mapping[str, Load]) -> None:
        """Take over counts, and add what has changed here since `before`."""
        self._told = loads
        later = _difference(self._admission.loads(), before)
        pools = [*loads.keys() | later.keys()]
        self._admission.correct(
            {pool: _sum(loads.get(pool, NOTHING), later.get(pool, NOTHING)) for pool in pools}
        )


def _difference(now: Mapping[str, Load], before: Mapping[str, Load]) -> dict[str, Load]:
    """What has changed, for each pool where something has."""
    changes = {}
    for pool in now.keys() | before.keys():
        (parts, size), (old, old_size) = now.get(pool, NOTHING), before.get(pool, NOTHING)
        if (parts, size) != (old, old_size):
            changes[pool] = Load(parts - old, size - old_size)
    return changes


def _sum(one: Load, other: Load) -> Load:
    return Load(one.parts + other.parts, one.size + other.size)
