"""Node beat: shows that this node is alive; the node that leads clears up after those that died."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import structlog

from service import clock
from service.actors.actor import ClockActor
from service.roles import Role
from service.store.database import Seat
from service.store.errors import DatabaseUnavailable, RedisUnavailable
from service.store.redis.dead_consumers import remove_consumers
from service.store.sql.nodes import BEAT_SECONDS, Node
from service.store.stores import Stores

log = structlog.get_logger()


class NodeBeat(ClockActor):
    """Renews the row of this node, and removes those of nodes that owe nothing any more."""

    name = "node"

    def __init__(self, stores: Stores, seat: Seat, version: str, roles: tuple[Role, ...]) -> None:
        super().__init__(BEAT_SECONDS)
        self._nodes = stores.nodes
        self._streams = stores.streams
        self._seat = seat
        now = clock.now()
        self._node = Node(seat.name, roles, version, now, now, alone=stores.alone)

    def node(self) -> Node:
        """This node as it is now."""
        seat = self._seat
        return self._node._replace(seen_at=clock.now(), leads=seat.leads, ahead=clock.ahead())

    @contextlib.asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Have a row from the first moment on, and say so when the node is stopped."""
        if not self._seat.is_shared:
            yield
            return
        await self._nodes.beat(self.node())
        try:
            yield
        finally:
            with contextlib.suppress(DatabaseUnavailable):
                await self._nodes.beat(self.node()._replace(stopped_at=clock.now(), leads=False))

    async def tick(self) -> None:
        if not self._seat.is_shared:
            return
        await self._nodes.beat(self.node())
        if self._seat.leads:
            await self._clear_up()

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
