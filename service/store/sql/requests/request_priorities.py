"""Changes the priority of requests that wait."""

from __future__ import annotations

from service.messages import Priority
from service.store.database import Database
from service.store.sql.requests.request_records import IS_UNFINISHED
from service.store.sql.statements import Write

# A part waits that is neither final nor at work; one without a row has not begun.
_CHANGE = (
    f"""
    UPDATE requests SET priority = rows.priority FROM rows
    WHERE requests.id = rows.id AND {IS_UNFINISHED} AND EXISTS (
      SELECT 1 FROM (SELECT 'text' AS kind UNION ALL SELECT 'image') AS each
      LEFT JOIN parts ON request_id = requests.id AND parts.kind = each.kind
      WHERE tag IN (each.kind, 'instagram') AND coalesce(parts.status, 'queued') = 'queued')
    RETURNING requests.id
    """,
)


class RequestPriorities:
    """The priorities of requests, as long as parts of them wait."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change(self, id_: str, priority: Priority) -> bool:
        """Change the priority of a request; False if nothing of it waits any more.

        Raises DatabaseUnavailable.
        """
        # a new Write is never batched with another caller's, which may change the same request
        write = Write("change priority", "id text, priority text", _CHANGE)
        [changed] = await self._database.write(write, [(id_, priority)])
        return bool(changed)
