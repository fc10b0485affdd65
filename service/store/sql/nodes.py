"""The nodes: the processes that work on this database, each with a row that it renews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from service import clock
from service.roles import Role
from service.store.database import Database
from service.store.errors import NodeRefused
from service.store.sql.statements import Write

BEAT_SECONDS = 5.0  # between two beats of a node
GONE_SECONDS = 30.0  # after its last beat a node is gone

_BEAT = Write(
    "beat",
    "name text, roles text, version text, started_at real, now real, stopped_at real, leads flag, "
    "alone flag, ahead real",
    (
        """
        INSERT INTO nodes
          (name, roles, version, started_at, seen_at, stopped_at, leads, alone, ahead)
        SELECT name, roles, version, started_at, now, stopped_at, leads, alone, ahead
        FROM rows WHERE true
        ON CONFLICT (name) DO UPDATE SET
          roles = excluded.roles, version = excluded.version, started_at = excluded.started_at,
          seen_at = excluded.seen_at, stopped_at = excluded.stopped_at, leads = excluded.leads,
          alone = excluded.alone, ahead = excluded.ahead
        """,
    ),
)
# `seen_at`: not if it has come back.
_REMOVE = Write(
    "remove node",
    "name text, seen_at real",
    ("DELETE FROM nodes WHERE (name, seen_at) IN (SELECT name, seen_at FROM rows)",),
)
_ALL = """
SELECT name, roles, version, started_at, seen_at, stopped_at, leads, alone, ahead
FROM nodes ORDER BY name
"""


ONE_REDIS = (
    "The node {name} works on this database: nodes share it if all have the same [redis] url, of a "
    "Redis that none of them runs."
)


class Node(NamedTuple):
    """A process of the service. Times are those of the service's clock."""

    name: str
    roles: tuple[Role, ...]
    version: str
    started_at: float
    seen_at: float
    stopped_at: float | None = None
    leads: bool = False
    alone: bool = False
    """Whether it has a Redis that no other node reaches."""
    ahead: float = 0.0
    """Seconds that the clock of its machine is ahead of the database's."""

    @property
    def is_gone(self) -> bool:
        """Whether it has not beaten for so long that others take up its work."""
        return clock.now() - self.seen_at > GONE_SECONDS

    @property
    def is_alive(self) -> bool:
        """Whether it is at work, as far as is known."""
        return self.stopped_at is None and not self.is_gone


class Nodes:
    """The nodes of this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, node: Node) -> None:
        """Store what a node is. Raises DatabaseUnavailable."""
        row = (node.name, ",".join(node.roles), *node[2:])
        await self._database.write(_BEAT, [row])

    async def all(self) -> list[Node]:
        """All nodes, by name: also those that are gone. Raises DatabaseUnavailable."""
        rows = await self._database.all(_ALL)
        return [
            Node(
                name,
                tuple(roles.split(",")),
                version,
                began,
                seen,
                end,
                leads > 0,
                alone > 0,
                ahead,
            )
            for name, roles, version, began, seen, end, leads, alone, ahead in rows
        ]

    async def check(self, name: str, *, alone: bool) -> None:
        """Check that a process can work beside the others; `alone` as in `Node`.

        Raises NodeRefused, DatabaseUnavailable.
        """
        for other in await self.all():
            if other.is_alive and other.name != name and (alone or other.alone):
                raise NodeRefused(ONE_REDIS.format(name=other.name))

    async def remove(self, nodes: Sequence[Node]) -> None:
        """Forget nodes that are gone, unless they have come back. Raises DatabaseUnavailable."""
        await self._database.write(_REMOVE, [(node.name, node.seen_at) for node in nodes])
