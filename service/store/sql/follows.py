"""Which authors users follow, in SQLite."""

from __future__ import annotations

from service import clock
from service.store.sqlite.database import Database, Write

# The rows: user, author, now, the most authors that a user may follow. Existing rows are left out,
# so that following an author twice succeeds at the limit as well.
_FOLLOW = Write(
    "follow",
    (
        """
        INSERT INTO follows (user_id, author, created_at)
        SELECT fan, author, now FROM (
          SELECT value->>0 AS fan, value->>1 AS author, value->>2 AS now, value->>3 AS most,
                 row_number() OVER (PARTITION BY value->>0 ORDER BY key) AS place
          FROM json_each(?1)
          WHERE NOT EXISTS (SELECT 1 FROM follows
                            WHERE user_id = value->>0 AND author = value->>1)
        )
        WHERE place + (SELECT count(*) FROM follows WHERE user_id = fan) <= most
        ON CONFLICT (user_id, author) DO NOTHING
        """,
    ),
)
_UNFOLLOW = Write(
    "unfollow",
    (
        """
        DELETE FROM follows
        WHERE (user_id, author) IN (SELECT value->>0, value->>1 FROM json_each(?1))
        """,
    ),
)

_FOLLOWS = "SELECT 1 FROM follows WHERE user_id = ? AND author = ?"
_FOLLOWED = "SELECT author FROM follows WHERE user_id = ? AND author > ? ORDER BY author LIMIT ?"
_FOLLOWERS = "SELECT user_id FROM follows WHERE author = ? AND user_id > ? ORDER BY user_id LIMIT ?"


class Follows:
    """The authors that users follow. Every change is idempotent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow(self, user: str, author: str, most: int) -> bool:
        """Follow an author; False if the user follows `most` others already."""
        await self._database.write(_FOLLOW, [(user, author, clock.wall(), most)])
        return self._database.get(_FOLLOWS, user, author) is not None

    async def unfollow(self, user: str, author: str) -> None:
        """Stop following an author."""
        await self._database.write(_UNFOLLOW, [(user, author)])

    async def followed(self, user: str, after: str, limit: int, client: str) -> list[str]:
        """The authors that a user follows, by name, after the name `after`."""
        return await self._names(_FOLLOWED, user, after, limit, client)

    async def followers(self, author: str, after: str, limit: int, client: str) -> list[str]:
        """The users who follow an author, by name, after the name `after`."""
        return await self._names(_FOLLOWERS, author, after, limit, client)

    async def _names(self, sql: str, name: str, after: str, limit: int, client: str) -> list[str]:
        rows = await self._database.short.all(sql, name, after, limit, client=client)
        return [found for (found,) in rows]
