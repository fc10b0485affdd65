"""Values that all nodes need and that none was configured with: the first one counts."""

from __future__ import annotations

from service.store.database import Database
from service.store.sql.statements import Write

_KEEP = Write(
    "keep value",
    "name text, value text",
    (
        """
        INSERT INTO shared_values (name, value)
        SELECT name, value FROM rows WHERE true
        ON CONFLICT (name) DO NOTHING
        """,
    ),
)
_VALUE = "SELECT value FROM shared_values WHERE name = ?"


class SharedValues:
    """The values by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def kept(self, name: str, value: str) -> str:
        """The value of this name; this one, if there was none. Raises DatabaseUnavailable."""
        if (row := await self._database.get(_VALUE, name)) is None:
            await self._database.write(_KEEP, [(name, value)])
            row = await self._database.get(_VALUE, name)
        return value if row is None else str(row[0])
