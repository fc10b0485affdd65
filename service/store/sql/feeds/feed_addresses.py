"""Addresses of authors' feeds that need no key: one for each author and key, until revoked."""

from __future__ import annotations

from service.store.database import Database
from service.store.sql.statements import Write

_MAKE = Write(
    "make feed address",
    "author text, owner text",
    (
        """
        INSERT INTO feed_addresses (author, owner)
        SELECT author, owner FROM rows WHERE true
        ON CONFLICT (author, owner) DO NOTHING
        """,
    ),
)
_REVOKE = Write(
    "revoke feed addresses",
    "author text, owner text",
    (
        """
        DELETE FROM feed_addresses WHERE number IN (
          SELECT there.number FROM rows CROSS JOIN feed_addresses AS there
          ON there.author = rows.author AND (rows.owner = '' OR there.owner = rows.owner))
        """,
    ),
)
_NUMBER = "SELECT number FROM feed_addresses WHERE author = ? AND owner = ?"
_FIND = "SELECT author, owner FROM feed_addresses WHERE number = ?"


class FeedAddresses:
    """The numbers of addresses. A number that was revoked is never used again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, author: str, owner: str) -> int:
        """The number of the address that a key has for an author. Raises DatabaseUnavailable."""
        await self._database.write(_MAKE, [(author, owner)])
        [number] = await self._database.get(_NUMBER, author, owner) or [0]
        return int(number)

    async def revoke(self, author: str, owner: str) -> None:
        """Revoke the address that a key has for an author; with "" those of all keys."""
        await self._database.write(_REVOKE, [(author, owner)])

    async def find(self, number: int) -> tuple[str, str] | None:
        """The author and the key's name of a number in use. Raises DatabaseUnavailable."""
        row = await self._database.get(_FIND, number)
        return None if row is None else (str(row[0]), str(row[1]))
