"""The backlog in SQLite: how much waits for each pool, whose it is, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

from service import clock
from service.messages import KINDS, Kind, client_of
from service.store.sql.requests.request_records import POOL, QUEUED_BYTES, Load, RequestRecords

_BACKLOG = f"""
SELECT {POOL.format(kind="?1")} AS pool, count(*), sum({QUEUED_BYTES})
FROM (
  SELECT id AS wanted, parts.model FROM requests INDEXED BY unfinished
  LEFT JOIN parts ON request_id = id AND kind = ?1
  WHERE requests.status IN ('queued', 'generating') AND tag IN (?1, 'instagram')
    AND coalesce(parts.status, 'queued') IN ('queued', 'generating')
) AS parts CROSS JOIN requests ON id = wanted
GROUP BY pool
"""

_UNFINISHED_CLIENTS = """
SELECT id, owner, user_id, client FROM requests INDEXED BY unfinished
WHERE status IN ('queued', 'generating')
"""

# ?1: kind. The acceptance time of the oldest request that waits for a worker of this kind (or for
# its next attempt), and the start time of the oldest that is being generated.
_OLDEST = """
SELECT (
  SELECT created_at FROM requests LEFT JOIN parts ON request_id = id AND kind = ?1
  WHERE requests.status IN ('queued', 'generating') AND tag IN (?1, 'instagram')
    AND coalesce(parts.status, 'queued') = 'queued'
  ORDER BY id LIMIT 1
), (
  SELECT min(started_at) FROM (
    -- from the index alone: few of the unfinished requests are being generated
    SELECT id AS at_work FROM requests INDEXED BY unfinished
    WHERE status IN ('queued', 'generating') AND status = 'generating'
  ) AS running
  CROSS JOIN parts ON request_id = at_work AND kind = ?1 AND parts.status = 'generating'
  CROSS JOIN requests ON id = at_work
)
"""

# The same for every pool of a kind, with a look at all of the backlog.
_OLDEST_OF_POOLS = f"""
SELECT {POOL.format(kind="?1")} AS pool,
  min(CASE coalesce(parts.status, 'queued') WHEN 'queued' THEN created_at END),
  min(CASE parts.status WHEN 'generating' THEN started_at END)
FROM requests LEFT JOIN parts ON request_id = id AND kind = ?1
WHERE requests.status IN ('queued', 'generating') AND tag IN (?1, 'instagram')
  AND coalesce(parts.status, 'queued') IN ('queued', 'generating')
GROUP BY pool
"""


@dataclass(frozen=True, slots=True)
class Ages:
    """The ages of the oldest waiting and the oldest running part, in seconds; None for none."""

    waiting: float | None
    running: float | None


class RequestLoads(RequestRecords):
    """Counts unfinished requests and their parts."""

    async def unfinished_clients(self) -> dict[str, str]:
        """The client of every unfinished request, by the id of the request."""
        rows = await self._database.backlog.all(_UNFINISHED_CLIENTS)
        return {id_: client_of(*who) for id_, *who in rows}

    async def kinds_of_pools(self) -> dict[str, Kind]:
        """The pools with unfinished parts, and their kinds."""
        return {
            pool: kind
            for kind in KINDS
            for pool, *_ in await self._database.backlog.all(_BACKLOG, kind)
        }

    async def ages(self, *, of_models: bool = False) -> dict[str, Ages]:
        """Ages of the oldest unfinished parts, by pool; also of models that are not the kinds'.

        Raises DatabaseUnavailable.
        """
        ages: dict[str, Ages] = {}
        for kind in KINDS:
            rows = [(kind, None, None)] if of_models else []
            statement = _OLDEST_OF_POOLS if of_models else _OLDEST
            rows += await self._database.backlog.all(statement, kind)
            now = clock.now()
            for *pool, waiting, running in rows:
                moments = [None if at is None else max(0.0, now - at) for at in (waiting, running)]
                ages[pool[0] if pool else kind] = Ages(*moments)
        return ages

    async def backlog(self) -> dict[str, Load]:
        """Number and size of the unfinished parts of each pool."""
        loads: dict[str, Load] = {kind: Load(0, 0) for kind in KINDS}
        for kind in KINDS:
            for pool, *load in await self._database.backlog.all(_BACKLOG, kind):
                loads[pool] = Load(*load)
        return loads
