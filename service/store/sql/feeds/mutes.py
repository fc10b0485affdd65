"""Which authors and subjects users mute, in SQLite."""

from __future__ import annotations

from typing import Literal

from service import clock
from service.store.sqlite.database import Database, Write

Muted = Literal["author", "subject"]
"""What can be muted."""

# The rows: user, name, now, how much a user may mute. Existing rows are left out, so that muting
# twice succeeds at the limit as well.
_MUTE_ONE = """
INSERT INTO {table} (user_id, {name}, created_at)
SELECT reader, given, now FROM (
  SELECT value->>0 AS reader, value->>1 AS given, value->>2 AS now, value->>3 AS most,
         row_number() OVER (PARTITION BY value->>0 ORDER BY key) AS place
  FROM json_each(?1)
  WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE user_id = value->>0 AND {name} = value->>1)
)
WHERE place + (SELECT count(*) FROM mutes WHERE user_id = reader)
            + (SELECT count(*) FROM muted_subjects WHERE user_id = reader) <= most
ON CONFLICT (user_id, {name}) DO NOTHING
"""
_MUTE = {
    "author": Write("mute author", (_MUTE_ONE.format(table="mutes", name="author"),)),
    "subject": Write("mute subject", (_MUTE_ONE.format(table="muted_subjects", name="subject"),)),
}
_MUTES = {
    "author": "SELECT 1 FROM mutes WHERE user_id = ? AND author = ?",
    "subject": "SELECT 1 FROM muted_subjects WHERE user_id = ? AND subject = ?",
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

    async def mute(self, user: str, kind: Muted, name: str, most: int) -> bool:
        """Hide the posts of an author, or about a subject, from a user.

        False if the user mutes `most` other authors and subjects already.
        """
        await self._database.write(_MUTE[kind], [(user, name, clock.wall(), most)])
        return self._database.get(_MUTES[kind], user, name) is not None

    async def unmute(self, user: str, kind: Muted, name: str) -> None:
        """Show these posts again."""
        await self._database.write(_UNMUTE[kind], [(user, name)])

    async def muted(
        self, user: str, after: tuple[str, str], limit: int, client: str
    ) -> list[tuple[Muted, str]]:
        """What a user mutes, by kind and name, later than `after` in this order."""
        rows = await self._database.short.all(_MUTED, user, *after, limit, client=client)
        return [(kind, name) for kind, name in rows]
