"""Which authors users follow, in SQLite."""

from __future__ import annotations

from collections.abc import Sequence

from service import clock
from service.store.database import Database, Rows
from service.store.sql.statements import Write

_VERSIONS = """
SELECT fan, coalesce((SELECT version FROM follow_versions WHERE user_id = fan), 0) FROM rows
"""

# A user may follow `most` authors. Existing rows are left out, so that following an author twice
# succeeds at the limit as well.
_FOLLOW = Write(
    "follow",
    "fan text, author text, now real, most int",
    (
        _VERSIONS,
        """
        INSERT INTO follows (user_id, author, created_at)
        SELECT fan, author, now FROM (
          SELECT fan, author, now, most,
                 row_number() OVER (PARTITION BY fan ORDER BY number) AS place
          FROM rows
          WHERE NOT EXISTS (SELECT 1 FROM follows AS there
                            WHERE there.user_id = fan AND there.author = rows.author)
        ) AS new
        WHERE place + (SELECT count(*) FROM follows WHERE user_id = fan) <= most
        ON CONFLICT (user_id, author) DO NOTHING
        """,
        _VERSIONS,
    ),
)
_UNFOLLOW = Write(
    "unfollow",
    "fan text, author text",
    (
        _VERSIONS,
        """
        DELETE FROM follows
        WHERE (user_id, author) IN (SELECT fan, author FROM rows)
        """,
        _VERSIONS,
    ),
)

_FOLLOWS = "SELECT 1 FROM follows WHERE user_id = ? AND author = ?"
_FOLLOWED = "SELECT author FROM follows WHERE user_id = ? AND author > ? ORDER BY author LIMIT ?"
_FOLLOWERS = "SELECT user_id FROM follows WHERE author = ? AND user_id > ? ORDER BY user_id LIMIT ?"


Versions = tuple[int, int]
"""Versions of what a user follows, before and after a change."""


class Follows:
    """The authors that users follow. Every change is idempotent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow(self, user: str, author: str, most: int) -> Versions | None:
        """Follow an author; None if the user follows `most` others already."""
        outcome = await self._database.write(_FOLLOW, [(user, author, clock.wall(), most)])
        if await self._database.get(_FOLLOWS, user, author) is None:
            return None
        return _versions(user, outcome)

    async def unfollow(self, user: str, author: str) -> Versions:
        """Stop following an author."""
        return _versions(user, await self._database.write(_UNFOLLOW, [(user, author)]))

    async def followed(self, user: str, after: str, limit: int, client: str) -> list[str]:
        """The authors that a user follows, by name, after the name `after`."""
        return await self._names(_FOLLOWED, user, after, limit, client)

    async def followers(self, author: str, after: str, limit: int, client: str) -> list[str]:
        """The users who follow an author, by name, after the name `after`."""
        return await self._names(_FOLLOWERS, author, after, limit, client)

    async def _names(self, sql: str, name: str, after: str, limit: int, client: str) -> list[str]:
        rows = await self._database.short.all(sql, name, after, limit, client=client)
        return [found for (found,) in rows]


def _versions(user: str, outcome: Sequence[Rows]) -> Versions:
    """The versions of one user: the commit may have had changes of others."""
    before, _, after = (dict[str, int](rows) for rows in outcome)
    return before[user], after[user]
