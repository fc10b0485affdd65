"""Posts that are published later, in SQLite."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from service import clock
from service.store.sql.feeds.posts import MICROSECONDS, UnpublishedPost
from service.store.sql.statements import Write
from service.store.sqlite.database import Database

BATCH_POSTS = 100  # published in one step

_COLUMNS = "id, author, title, content, image_uri, subjects, alt"
# `most` posts of an author may wait.
_SCHEDULE = Write(
    "schedule posts",
    """id text, author text, title text, content text, image_uri text, subjects json, alt text,
    publish_us int, most int""",
    (
        f"""
        INSERT INTO scheduled_posts ({_COLUMNS}, publish_us)
        SELECT {_COLUMNS}, publish_us
        FROM (SELECT {_COLUMNS}, publish_us, most,
                     row_number() OVER (PARTITION BY author ORDER BY number) AS place
              FROM rows) AS new
        WHERE place + (SELECT count(*) FROM scheduled_posts AS there
                       WHERE there.author = new.author) <= most
        ON CONFLICT (id) DO NOTHING
        """,
    ),
)
_REMOVE = Write(
    "remove scheduled posts",
    "id text",
    ("DELETE FROM scheduled_posts WHERE id IN (SELECT id FROM rows)",),
)
# The id is never published then, even if that has begun.
_CANCEL = Write(
    "cancel scheduled posts",
    "id text, now real",
    (
        """
        INSERT INTO deleted_posts (id, created_us, author, deleted_at)
        SELECT scheduled_posts.id, 0, author, now
        FROM rows CROSS JOIN scheduled_posts ON scheduled_posts.id = rows.id
        WHERE true ON CONFLICT (id) DO NOTHING
        """,
        "DELETE FROM scheduled_posts WHERE id IN (SELECT id FROM rows)",
    ),
)
_DUE = f"""
SELECT {_COLUMNS} FROM scheduled_posts WHERE publish_us <= ? ORDER BY publish_us LIMIT ?
"""
_BY_ID = f"SELECT publish_us, {_COLUMNS} FROM scheduled_posts WHERE id = ?"


class ScheduledPosts:
    """Keeps posts until their time has come."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def schedule(self, draft: UnpublishedPost, publish_us: int, most: int) -> None:
        """Keep a post, unless `most` of its author wait; one with the same id stays as it is."""
        d = draft
        row = (d.id, d.author, d.title, d.content, d.image_uri, d.subjects, d.alt, publish_us)
        await self._database.write(_SCHEDULE, [(*row, most)])

    def get(self, id_: str) -> tuple[int, UnpublishedPost] | None:
        """When a post is published, and the post. Raises DatabaseUnavailable."""
        row = self._database.get(_BY_ID, id_)
        return None if row is None else (int(row[0]), _draft(*row[1:]))

    async def due(self) -> list[UnpublishedPost]:
        """The posts whose time has come, the earliest first, a batch of them at most."""
        now = int(clock.wall() * MICROSECONDS)
        return [_draft(*row) for row in await self._database.all(_DUE, now, BATCH_POSTS)]

    async def remove(self, ids: Iterable[str]) -> None:
        """Forget posts that are published."""
        await self._database.write(_REMOVE, [(id_,) for id_ in ids])

    async def cancel(self, id_: str) -> None:
        """Make sure that a post is not published."""
        await self._database.write(_CANCEL, [(id_, clock.wall())])


def _draft(
    id_: str,
    author: str,
    title: str,
    content: str,
    image_uri: str | None,
    subjects: str,
    alt: str | None,
) -> UnpublishedPost:
    names = msgspec.json.decode(subjects, type=list[str])
    return UnpublishedPost(id_, author, title, content, image_uri, names, alt)
