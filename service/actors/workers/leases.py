"""Leases: renews those of the messages that a pool holds, and takes over those of dead nodes."""

from __future__ import annotations

import structlog

from service.actors.workers.executor import Executor
from service.store.redis.claims import TakeOver
from service.store.redis.connection import RedisConnection
from service.store.redis.streams import Read, keep_lease

log = structlog.get_logger()


class Leases:
    """The leases of the messages that a pool holds; `seconds` is the length of one."""

    def __init__(
        self,
        executor: Executor,
        connection: RedisConnection,
        seconds: float,
    ) -> None:
        self.renewal_seconds = seconds / 3  # between two renewals
        self._executor = executor
        self._connection = connection
        self._expired = TakeOver(idle=seconds)

    async def renew(self) -> None:
        """Renew the leases of all messages that the pool holds. Raises RedisUnavailable."""
        executor = self._executor
        held = [(worker.name, at) for worker in executor.workers.values() for at in worker.batch]
        if executor.workers:
            any_worker = next(iter(executor.workers))
            waiting = [*executor.jobs, *executor.clients]
            held += [(any_worker, delivery) for delivery in waiting]
        renewals = [keep_lease(at.stream, name, [at.entry]) for name, at in held]
        await self._connection.call(*renewals, ("PING",))

    async def take_over(self, stream: str) -> list[Read]:
        """Messages of dead nodes, for the idle workers. Raises RedisUnavailable."""
        name, count = self._executor.idle[0].name, len(self._executor.idle)
        reply = await self._connection.one(*self._expired.command(stream, name, count=count))
        here = {(delivery.stream, delivery.entry) for delivery in self._executor.deliveries()}
        items = [
            item
            for item in self._expired.items(stream, reply)
            if (item.stream, item.entry) not in here
        ]
        if items:
            log.warning("taken over from a dead worker", stream=stream, messages=len(items))
        return items
