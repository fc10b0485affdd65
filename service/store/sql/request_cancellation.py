"""Cancels requests, and expires those past their deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from service import clock
from service.messages import Status, Tag
from service.store.sql.request_records import QUEUED_BYTES, Place
from service.store.sqlite.database import Database, Write

EXPIRED = {
    "start": "It was not begun by the time that was set for it.",
    "finish": "It was not finished by the time that was set for it.",
}

# The rows: request id, final status, error, now. The first writer wins: a later result is dropped,
# and an end after the last result changes nothing.
END = (
    # the parts whose places in the queue become free
    f"""
    SELECT requests.id, kind.column1, {QUEUED_BYTES}
    FROM json_each(?) AS v
    JOIN requests ON requests.id = v.value->>0
     AND +requests.status IN ('queued', 'generating')  -- +: by the primary key
    JOIN (VALUES ('text'), ('image')) AS kind ON tag IN (kind.column1, 'instagram')
    LEFT JOIN parts ON request_id = requests.id AND parts.kind = kind.column1
    WHERE coalesce(parts.status, 'queued') IN ('queued', 'generating')
    """,
    """
    UPDATE requests SET status = v.status, error = v.error, finished_at = v.now,
                        notice = webhook IS NOT NULL
    FROM (SELECT value->>0 AS id, value->>1 AS status, value->>2 AS error, value->>3 AS now
          FROM json_each(?)) AS v
    WHERE requests.id = v.id AND +requests.status IN ('queued', 'generating')
      AND (v.status = 'cancelled' OR finish_by <= v.now
           OR (start_by <= v.now AND requests.status = 'queued'))
    RETURNING id, notice, tag, status, finished_at - created_at
    """,
    # a request that was begun at the last moment keeps its retry
    """
    UPDATE parts SET retry_at = NULL
    WHERE request_id IN (SELECT value->>0 FROM json_each(?)) AND retry_at IS NOT NULL
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

    async def cancel(self, id_: str) -> EndedRequests:
        """Cancel a request, unless it is final."""
        return await self._end([(id_, "cancelled", None)])

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
            Write("end", END), timed, lambda returned: self._ended(id_ for id_, *_ in returned[1])
        )
        ids = {row[0] for row in timed}
        mine = {id_: (notice, *end) for id_, notice, *end in ended if id_ in ids}
        return EndedRequests(
            tuple(sorted(mine)),
            tuple((kind, size) for id_, kind, size in parts if id_ in mine),
            tuple(sorted(id_ for id_, (notice, *_) in mine.items() if notice)),
            tuple((tag, status, seconds) for _, tag, status, seconds in mine.values()),
        )
