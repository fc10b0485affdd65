"""Which authors and subjects users mute, in SQLite."""

from __future__ import annotations

from typing import Literal

from service import clock
from service.store.database import Database
from service.store.sql.statements import Write

Muted = Literal["author", "subject"]
"""What can be muted."""

# A user may mute `most` authors and subjects. Existing rows are left out, so that muting twice
# succeeds at the limit as well.
_ROWS = "reader text, given text, now real, most int"
_MUTE_ONE = """
INSERT INTO {table} (user_id, {name}, created_at)
SELECT reader, given, now FROM (
  SELECT reader, given, now, most,
         row_number() OVER (PARTITION BY reader ORDER BY number) AS place
  FROM rows
  WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE user_id = reader AND {name} = given)
) AS new
WHERE place + (SELECT count(*) FROM mutes WHERE user_id = reader)
            + (SELECT count(*) FROM muted_subjects WHERE user_id = reader) <= most
ON CONFLICT (user_id, {name}) DO NOTHING
"""
_MUTE = {
    "author": Write("mute author", _ROWS, (_MUTE_ONE.format(table="mutes", name="author"),)),
    "subject": Write(
        "mute subject", _ROWS, (_MUTE_ONE.format(table="muted_subjects", name="subject"),)
    ),
}
_MUTES = {
    "author": "SELECT 1 FROM mutes WHERE user_id = ? AND author = ?",
    "subject": "SELECT 1 FROM muted_subjects WHERE user_id = ? AND subject = ?",
}
_UNMUTE = {
    "author": Write(
        "unmute author",
        "reader text, given text",
        ("DELETE FROM mutes WHERE (user_id, author) IN (SELECT reader, given FROM rows)",),
    ),
    "subject": Write(
        "unmute subject",
        "reader text, given text",
        (
            """
            DELETE FROM muted_subjects
            WHERE (user_id, subject) IN (SELECT reader, given FROM rows)
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
) AS muted ORDER BY kind, name LIMIT ?4
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
        return await self._database.get(_MUTES[kind], user, name) is not None

    async def unmute(self, user: str, kind: Muted, name: str) -> None:
        """Show these posts again."""
        await self._database.write(_UNMUTE[kind], [(user, name)])

    async def muted(
        self, user: str, after: tuple[str, str], limit: int, client: str
    ) -> list[tuple[Muted, str]]:
        """What a user mutes, by kind and name, later than `after` in this order."""
        rows = await self._database.short.all(_MUTED, user, *after, limit, client=client)
        return [(kind, name) for kind, name in rows]
