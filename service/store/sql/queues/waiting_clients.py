"""Waiting clients: who waits for the workers of a pool, and since when."""

from __future__ import annotations

from dataclasses import dataclass

from service import clock
from service.messages import Kind
from service.store.database import Database
from service.store.sql.requests.request_records import CLIENT, POOL

# ?1: kind, ?2: pool, ?3: how many clients at most, those with the longest lines first.
_CLIENTS = f"""
WITH unfinished AS (
  SELECT {CLIENT} AS client, created_at,
    CASE WHEN coalesce(parts.status, 'queued') = 'queued' THEN 1 ELSE 0 END AS waits
  FROM requests LEFT JOIN parts ON request_id = id AND kind = ?1
  WHERE requests.status IN ('queued', 'generating') AND tag IN (?1, 'instagram')
    AND coalesce(parts.status, 'queued') IN ('queued', 'generating')
    AND {POOL.format(kind="?1")} = ?2
)
SELECT client, sum(waits), sum(1 - waits), min(CASE WHEN waits = 1 THEN created_at END),
  sum(max(waits)) OVER ()
FROM unfinished GROUP BY client ORDER BY 2 DESC, client LIMIT ?3
"""


@dataclass(frozen=True, slots=True)
class WaitingClient:
    """A client with unfinished parts in a pool: how many wait, and the age of the oldest."""

    client: str
    waiting: int
    running: int
    oldest_waiting_seconds: float | None


@dataclass(frozen=True, slots=True)
class ClientsOfPool:
    """How many clients wait for a pool, and the first of those with unfinished parts."""

    waiting: int
    first: tuple[WaitingClient, ...]


class WaitingClients:
    """Counts the clients with unfinished requests; the cost follows the backlog."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, kind: Kind, pool: str, limit: int) -> ClientsOfPool:
        """The clients with the longest lines. Raises DatabaseUnavailable."""
        rows = await self._database.backlog.all(_CLIENTS, kind, pool, limit)
        now = clock.now()
        return ClientsOfPool(
            rows[0][-1] if rows else 0,
            tuple(
                WaitingClient(client, waiting, running, None if at is None else max(0.0, now - at))
                for client, waiting, running, at, _ in rows
            ),
        )
