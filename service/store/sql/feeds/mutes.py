"""Which authors and subjects users mute, in SQLite."""

from __future__ import annotations

from typing import Literal

from service import clock
from service.store.sqlite.database import Database, Write

Muted = Literal["author", "subject"]
"""What can be muted."""

_MUTE = {
    "author": Write(
        "mute author",
        (
            """
            INSERT INTO mutes (user_id, author, created_at)
            SELECT value->>0, value->>1, value->>2 FROM json_each(?1) WHERE true
            ON CONFLICT (user_id, author) DO NOTHING
            """,
        ),
    ),
    "subject": Write(
        "mute subject",
        (
            """
            INSERT INTO muted_subjects (user_id, subject, created_at)
            SELECT value->>0, value->>1, value->>2 FROM json_each(?1) WHERE true
            ON CONFLICT (user_id, subject) DO NOTHING
            """,
        ),
    ),
}
_UNMUTE = {
    "author": Write(
        "unmute author",
        (
            """
            DELETE FROM mutes
            WHERE (user_id, author) IN (SELECT value->>0, value->>1 FROM json_each(?1))
            """,
        ),
    ),
    "subject": Write(
        "unmute subject",
        (
            """
            DELETE FROM muted_subjects
            WHERE (user_id, subject) IN (SELECT value->>0, value->>1 FROM json_each(?1))
            """,
        ),
    ),
}

# ?1: user, ?2 and ?3: after this kind and name, ?4: limit. Authors come before subjects.
_MUTED = """
SELECT kind, name FROM (
  SELECT 'author' AS kind, author AS name FROM mutes
  WHERE user_id = ?1 AND ('author', author) > (?2, ?3)
  UNION ALL
  SELECT 'subject', subject FROM muted_subjects
  WHERE user_id = ?1 AND ('subject', subject) > (?2, ?3)
) ORDER BY kind, name LIMIT ?4
"""


class Mutes:
    """The authors and subjects that users mute. Every change is idempotent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mute(self, user: str, kind: Muted, name: str) -> None:
        """Hide the posts of an author, or about a subject, from a user."""
        await self._database.write(_MUTE[kind], [(user, name, clock.wall())])

    async def unmute(self, user: str, kind: Muted, name: str) -> None:
        """Show these posts again."""
        await self._database.write(_UNMUTE[kind], [(user, name)])

    async def muted(
        self, user: str, after: tuple[str, str], limit: int, client: str
    ) -> list[tuple[Muted, str]]:
        """What a user mutes, by kind and name, later than `after` in this order."""
        rows = await self._database.short.all(_MUTED, user, *after, limit, client=client)
        return [(kind, name) for kind, name in rows]
