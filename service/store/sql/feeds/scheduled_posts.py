"""Posts that are published later, in SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from service import clock
from service.store.database import Database
from service.store.sql.feeds.posts import MICROSECONDS, PostChange, UnpublishedPost
from service.store.sql.statements import Write

BATCH_POSTS = 100  # published in one step

_COLUMNS = "id, author, title, content, image_uri, subjects, alt"
_ROWS = """id text, author text, title text, content text, image_uri text, subjects json, alt text,
publish_us int, most int"""
# `most` posts of an author may wait.
_INSERT = f"""
INSERT INTO scheduled_posts ({_COLUMNS}, publish_us)
SELECT {_COLUMNS}, publish_us
FROM (SELECT {_COLUMNS}, publish_us, most,
             row_number() OVER (PARTITION BY author ORDER BY number) AS place
      FROM rows) AS new
WHERE place + (SELECT count(*) FROM scheduled_posts AS there
               WHERE there.author = new.author AND there.id <> new.id) <= most
"""
_SCHEDULE = Write("schedule posts", _ROWS, (f"{_INSERT} ON CONFLICT (id) DO NOTHING",))
_MOVE = Write(
    "move scheduled posts",
    _ROWS,
    (
        f"""
        {_INSERT} ON CONFLICT (id) DO UPDATE SET
          title = excluded.title, content = excluded.content, image_uri = excluded.image_uri,
          subjects = excluded.subjects, alt = excluded.alt, publish_us = excluded.publish_us
        WHERE scheduled_posts.author = excluded.author
        """,
    ),
)
# What is NULL stays.
_CHANGE = Write(
    "change scheduled posts",
    """id text, title text, content text, image_uri text, alt text, subjects json,
    publish_us int""",
    (
        """
        UPDATE scheduled_posts SET
          title = coalesce(rows.title, scheduled_posts.title),
          content = coalesce(rows.content, scheduled_posts.content),
          image_uri = coalesce(rows.image_uri, scheduled_posts.image_uri),
          alt = coalesce(rows.alt, scheduled_posts.alt),
          subjects = coalesce(rows.subjects, scheduled_posts.subjects),
          publish_us = coalesce(rows.publish_us, scheduled_posts.publish_us)
        FROM rows WHERE scheduled_posts.id = rows.id
        RETURNING scheduled_posts.id
        """,
    ),
)
# A post that has changed since it was read stays, and is published as it is then.
_REMOVE_PUBLISHED = Write(
    "remove published scheduled posts",
    "id text",
    (
        """
        DELETE FROM scheduled_posts WHERE id IN (SELECT id FROM rows)
          AND (EXISTS (SELECT 1 FROM posts WHERE posts.id = scheduled_posts.id)
               OR EXISTS (SELECT 1 FROM deleted_posts WHERE deleted_posts.id = scheduled_posts.id))
        """,
    ),
)
_TAKE_BACK = Write(
    "take scheduled posts back",
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
SELECT publish_us, {_COLUMNS} FROM scheduled_posts WHERE publish_us <= ? ORDER BY publish_us LIMIT ?
"""
_BY_ID = f"SELECT publish_us, {_COLUMNS} FROM scheduled_posts WHERE id = ?"
_OF_AUTHOR = f"""
SELECT publish_us, {_COLUMNS} FROM scheduled_posts
WHERE author = ?1 AND (publish_us, id) > (?2, ?3) ORDER BY publish_us, id LIMIT ?4
"""


class ScheduledPosts:
    """Keeps posts until their time has come."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def schedule(
        self, draft: UnpublishedPost, publish_us: int, most: int, *, moves: bool = False
    ) -> None:
        """Keep a post, unless `most` of its author wait.

        One with the same id stays as it is; with `moves` it gives way, if it is the same author's.
        """
        d = draft
        row = (d.id, d.author, d.title, d.content, d.image_uri, d.subjects, d.alt, publish_us)
        await self._database.write(_MOVE if moves else _SCHEDULE, [(*row, most)])

    async def get(self, id_: str) -> tuple[int, UnpublishedPost] | None:
        """When a post is published, and the post. Raises DatabaseUnavailable."""
        row = await self._database.get(_BY_ID, id_)
        return None if row is None else _scheduled(row)

    async def of_author(
        self, author: str, after: tuple[int, str], limit: int, *, client: str
    ) -> list[tuple[int, UnpublishedPost]]:
        """An author's posts after this time and id, the earliest first; `client` is the caller."""
        rows = await self._database.short.all(_OF_AUTHOR, author, *after, limit, client=client)
        return [_scheduled(row) for row in rows]

    async def due(self) -> list[UnpublishedPost]:
        """The posts whose time has come, the earliest first, a batch of them at most."""
        now = int(clock.wall() * MICROSECONDS)
        rows = await self._database.all(_DUE, now, BATCH_POSTS)
        return [replace(draft, due_us=due_us) for due_us, draft in map(_scheduled, rows)]

    async def remove_published(self, ids: Iterable[str]) -> None:
        """Forget those of these posts that are published, or deleted."""
        await self._database.write(_REMOVE_PUBLISHED, [(id_,) for id_ in ids])

    async def change(self, id_: str, change: PostChange, publish_us: int | None) -> bool:
        """Change a post or its time; False if it is not scheduled (any more)."""
        c = change
        row = (id_, c.title, c.content, c.image_uri, c.alt, c.subjects, publish_us)
        [changed] = await self._database.write(_CHANGE, [row])
        return any(id_ == found for (found,) in changed)

    async def take_back(self, id_: str) -> None:
        """Do not publish a post now; it may be scheduled or published later."""
        await self._database.write(_TAKE_BACK, [(id_,)])

    async def cancel(self, id_: str) -> None:
        """Make sure that a post is never published."""
        await self._database.write(_CANCEL, [(id_, clock.wall())])


def _scheduled(row: Sequence[Any]) -> tuple[int, UnpublishedPost]:
    return int(row[0]), _draft(*row[1:])


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
