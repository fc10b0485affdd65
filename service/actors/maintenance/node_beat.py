"""Node beat: shows that this node is alive; the node that leads clears up after those that died."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator

import structlog

from service import clock
from service.actors.actor import ClockActor
from service.roles import Role
from service.store.database import Seat
from service.store.errors import DatabaseUnavailable, NodeRefused, RedisUnavailable
from service.store.redis import one_database
from service.store.redis.dead_consumers import remove_consumers
from service.store.sql.nodes import BEAT_SECONDS, Node
from service.store.stores import Stores

OTHER_DATABASE = (
    "Another Feedmill, with another database, uses this Redis. Processes on several hosts share "
    "one if all have the same [database] url, of PostgreSQL; otherwise give each a Redis, or a "
    "database of it as in redis://HOST:PORT/1."
)

log = structlog.get_logger()


class NodeBeat(ClockActor):
    """Renews the row of this node, and removes those of nodes that owe nothing any more."""

    name = "node"

    def __init__(self, stores: Stores, seat: Seat, version: str, roles: tuple[Role, ...]) -> None:
        super().__init__(BEAT_SECONDS)
        self._nodes = stores.nodes
        self._streams = stores.streams
        self._seat = seat
        self._shared_values = stores.shared_values
        self._database = ""  # the id of the database, if others may reach this Redis
        now = clock.now()
        self._node = Node(seat.name, roles, version, now, now, alone=stores.alone)

    def node(self) -> Node:
        """This node as it is now."""
        seat = self._seat
        return self._node._replace(seen_at=clock.now(), leads=seat.leads, ahead=clock.ahead())

    @contextlib.asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Have a row from the first moment on, and say so when the node is stopped.

        Raises NodeRefused, DatabaseUnavailable.
        """
        if not self._seat.is_shared:
            yield
            return
        if not self._node.alone:
            fresh = secrets.token_hex(16)
            self._database = await self._shared_values.kept("database id", fresh)
            await self._claim_redis(at_start=True)
        await self._nodes.beat(self.node())
        try:
            yield
        finally:
            if self._database:
                with contextlib.suppress(RedisUnavailable):
                    await one_database.give_up(self._streams, self._database)
            with contextlib.suppress(DatabaseUnavailable):
                await self._nodes.beat(self.node()._replace(stopped_at=clock.now(), leads=False))

    async def tick(self) -> None:
        if not self._seat.is_shared:
            return
        await self._nodes.beat(self.node())
        if self._database:
            await self._claim_redis(at_start=False)
        if self._seat.leads:
            await self._clear_up()

    async def _claim_redis(self, *, at_start: bool) -> None:
        with contextlib.suppress(RedisUnavailable):  # the next beat tries again
            if not await one_database.claim(self._streams, self._database):
                if at_start:
                    raise NodeRefused(OTHER_DATABASE)
                log.error("another database uses this Redis", consequence=OTHER_DATABASE)

    async def _clear_up(self) -> None:
        nodes = await self._nodes.all()
        names = {node.name for node in nodes}
        done = []
        for node in nodes:
            if not node.is_gone or node.name == self._seat.name:
                continue
            with contextlib.suppress(RedisUnavailable):  # the next beat tries again
                if await remove_consumers(self._streams, node.name, names - {node.name}):
                    done.append(node)
                    log.info("node removed", node=node.name, stopped=node.stopped_at is not None)
        if done:
            await self._nodes.remove(done)
