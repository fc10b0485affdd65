"""Private notes on requests, for those who review them: never in a post, an event or a webhook."""

from __future__ import annotations

from collections.abc import Iterable

from service.store.database import Database
from service.store.sql.statements import Write

_SET = Write(
    "set note",
    "request_id text, note text",
    (
        """
        INSERT INTO request_notes (request_id, note)
        SELECT request_id, note FROM rows
        WHERE note <> '' AND EXISTS (SELECT 1 FROM requests WHERE id = request_id)
        ON CONFLICT (request_id) DO UPDATE SET note = excluded.note
        """,
        """
        DELETE FROM request_notes
        WHERE request_id IN (SELECT request_id FROM rows WHERE note = '')
        """,
    ),
)
_ADD = Write(
    "add notes",
    "request_id text, note text",
    (
        """
        INSERT INTO request_notes (request_id, note)
        SELECT request_id, note FROM rows
        WHERE note <> '' AND EXISTS (SELECT 1 FROM requests WHERE id = request_id)
        ON CONFLICT (request_id) DO NOTHING
        """,
    ),
)
_GET = "SELECT note FROM request_notes WHERE request_id = ?"


class RequestNotes:
    """The notes, by the id of the request."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(self, id_: str, note: str) -> None:
        """Set the note on a request; an empty one removes it. Raises DatabaseUnavailable."""
        await self._database.write(_SET, [(id_, note)])

    async def add(self, ids: Iterable[str], note: str) -> None:
        """Set a note on requests that have none. Raises DatabaseUnavailable."""
        await self._database.write(_ADD, [(id_, note) for id_ in ids])

    async def get(self, id_: str) -> str | None:
        """The note on a request, or None. Raises DatabaseUnavailable."""
        row = await self._database.get(_GET, id_)
        return None if row is None else str(row[0])
