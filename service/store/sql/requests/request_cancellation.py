"""Cancels requests, and expires those past their deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from service import clock
from service.messages import Status, Tag
from service.store.database import Database
from service.store.sql.requests.request_records import IS_UNFINISHED, POOL, QUEUED_BYTES, Place
from service.store.sql.statements import Write

EXPIRED = {
    "start": "It was not begun by the time that was set for it.",
    "finish": "It was not finished by the time that was set for it.",
}

END_ROWS = "id text, status text, error text, now real"
# The first writer wins: a later result is dropped, and an end after the last result changes
# nothing.
END = (
    # the parts whose places in the queue become free
    f"""
    SELECT requests.id, {POOL.format(kind="each.kind")}, {QUEUED_BYTES}
    FROM rows
    JOIN requests ON requests.id = rows.id AND {IS_UNFINISHED}
    JOIN (SELECT 'text' AS kind UNION ALL SELECT 'image') AS each
      ON tag IN (each.kind, 'instagram')
    LEFT JOIN parts ON request_id = requests.id AND parts.kind = each.kind
    WHERE coalesce(parts.status, 'queued') IN ('queued', 'generating')
    """,
    f"""
    UPDATE requests SET status = rows.status, error = rows.error, finished_at = rows.now,
                        notice = CASE WHEN webhook IS NULL THEN 0 ELSE 1 END
    FROM rows
    WHERE requests.id = rows.id AND {IS_UNFINISHED}
      AND (rows.status = 'cancelled' OR finish_by <= rows.now
           OR (start_by <= rows.now AND requests.status = 'queued'))
    RETURNING requests.id, notice, tag, requests.status, finished_at - created_at
    """,
    # a request that was begun at the last moment keeps its retry
    """
    UPDATE parts SET retry_at = NULL
    WHERE request_id IN (SELECT id FROM rows) AND retry_at IS NOT NULL
      AND EXISTS (SELECT 1 FROM requests
                  WHERE id = request_id AND status NOT IN ('queued', 'generating'))
    """,
)

# Two queries, one for each of the partial indexes.
_OVERDUE = """
SELECT id, 'start' FROM requests
WHERE start_by <= ?1 AND start_by IS NOT NULL AND status = 'queued'
UNION
SELECT id, 'finish' FROM requests
WHERE finish_by <= ?1 AND finish_by IS NOT NULL AND status IN ('queued', 'generating')
LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class EndedRequests:
    """Requests that one call has ended, and the queue places of their unfinished parts.

    `notices` are those whose end has to be published; `ends` has tag, final status and seconds
    since acceptance of each.
    """

    ids: tuple[str, ...]
    parts: tuple[Place, ...]
    notices: tuple[str, ...] = ()
    ends: tuple[tuple[Tag, Status, float], ...] = ()


class RequestCancellation:
    """Cancels and expires requests; of a simultaneous result and end, one wins."""

    def __init__(
        self, database: Database, ended: Callable[[Iterable[str]], None] = lambda _: None
    ) -> None:
        """`ended` is called before waiting clients are notified."""
        self._database = database
        self._ended = ended

    async def cancel(self, *ids: str) -> EndedRequests:
        """Cancel those of these requests that are not final, in one step: none begins meanwhile."""
        return await self._end([(id_, "cancelled", None) for id_ in ids])

    async def expire(self) -> EndedRequests:
        """Expire every request past its deadline."""
        overdue = await self._database.all(_OVERDUE, clock.now())
        if not overdue:
            return EndedRequests((), ())
        return await self._end([(id_, "expired", EXPIRED[which]) for id_, which in overdue])

    async def _end(
        self, rows: Iterable[tuple[str, Literal["cancelled", "expired"], str | None]]
    ) -> EndedRequests:
        now = clock.now()
        timed: Sequence[Sequence[object]] = [(*row, now) for row in rows]
        # a new Write is never batched with another caller's: only one of them ends the request
        parts, ended, _ = await self._database.write(
            Write("end", END_ROWS, END),
            timed,
            lambda returned: self._ended(id_ for id_, *_ in returned[1]),
        )
        ids = {row[0] for row in timed}
        mine = {id_: (notice, *end) for id_, notice, *end in ended if id_ in ids}
        return EndedRequests(
            tuple(sorted(mine)),
            tuple((kind, size) for id_, kind, size in parts if id_ in mine),
            tuple(sorted(id_ for id_, (notice, *_) in mine.items() if notice)),
            tuple((tag, status, seconds) for _, tag, status, seconds in mine.values()),
        )
