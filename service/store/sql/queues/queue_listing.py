"""The parts that wait for a pool: the first ones of every client and priority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from service.messages import Kind, Tag
from service.store.database import Database
from service.store.sql.requests.request_records import CLIENT, LISTED_PROMPT, POOL

MAX_CANDIDATES = 2000  # the first parts of the longest-waiting clients, if there are more

# ?1: kind, ?2: pool, ?3: how many of each client and priority
_CANDIDATES = f"""
WITH waiting AS (
  SELECT CASE priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END AS rank, id,
    {CLIENT} AS client
  FROM requests LEFT JOIN parts ON request_id = id AND kind = ?1
  WHERE requests.status IN ('queued', 'generating') AND tag IN (?1, 'instagram')
    AND coalesce(parts.status, 'queued') = 'queued' AND {POOL.format(kind="?1")} = ?2
), placed AS (
  SELECT rank, client, id, row_number() OVER (PARTITION BY rank, client ORDER BY id) - 1 AS place
  FROM waiting
)
SELECT rank, client, id, place FROM placed WHERE place < ?3
ORDER BY place, id LIMIT {MAX_CANDIDATES}
"""

_LENGTHS = f"""
SELECT CASE priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END, count(*)
FROM requests LEFT JOIN parts ON request_id = id AND kind = ?1
WHERE requests.status IN ('queued', 'generating') AND tag IN (?1, 'instagram')
  AND coalesce(parts.status, 'queued') = 'queued' AND {POOL.format(kind="?1")} = ?2
GROUP BY 1
"""

# ?1: kind, ?2: ids as a JSON array
_DETAILS = f"""
SELECT requests.id, tag, {LISTED_PROMPT}, created_at, coalesce(attempts, 0), retry_at
FROM json_items(?2) AS asked JOIN requests ON requests.id = asked.value
LEFT JOIN parts ON request_id = requests.id AND kind = ?1
"""


class NextCandidate(NamedTuple):
    """A part that may be among the next: the place in the line of its client and priority, from 0.

    `rank` is that of its priority, 0 for the highest.
    """

    rank: int
    client: str
    id: str
    place: int


@dataclass(frozen=True, slots=True)
class WaitingPart:
    """A part that waits, with a long prompt shortened. Times are seconds since the epoch.

    `retry_at` is when it is queued again after a failed attempt.
    """

    id: str
    tag: Tag
    prompt: str
    created_at: float
    attempts: int
    retry_at: float | None


class QueueListing:
    """Lists what waits for a pool; the cost follows the backlog."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lengths(self, kind: Kind, pool: str) -> dict[int, int]:
        """How many parts wait, by the rank of their priority. Raises DatabaseUnavailable."""
        return dict(await self._database.backlog.all(_LENGTHS, kind, pool))

    async def candidates(self, kind: Kind, pool: str, limit: int) -> list[NextCandidate]:
        """The first parts of each client and priority. Raises DatabaseUnavailable."""
        rows = await self._database.backlog.all(_CANDIDATES, kind, pool, limit)
        return [NextCandidate(*row) for row in rows]

    async def details(self, kind: Kind, ids: Sequence[str]) -> dict[str, WaitingPart]:
        """These parts, by the id of their request. Raises DatabaseUnavailable."""
        array = "[" + ",".join(f'"{id_}"' for id_ in ids) + "]"
        rows = await self._database.backlog.all(_DETAILS, kind, array)
        return {row[0]: WaitingPart(*row) for row in rows}
