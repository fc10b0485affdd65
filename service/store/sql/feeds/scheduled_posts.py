"""Posts that are published later, in SQLite."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from service import clock
from service.store.sql.feeds.posts import MICROSECONDS, UnpublishedPost
from service.store.sqlite.database import Database, Write

BATCH_POSTS = 100  # published in one step

_COLUMNS = "id, author, title, content, image_uri, subjects, alt"
# The rows: the columns in this order, the subjects as a list, the time, how many posts of an author
# may wait.
_SCHEDULE = Write(
    "schedule posts",
    (
        f"""
        INSERT INTO scheduled_posts ({_COLUMNS}, publish_us)
        SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->5, value->>6,
               value->>7
        FROM (SELECT value, row_number() OVER (PARTITION BY value->>1 ORDER BY key) AS place
              FROM json_each(?1))
        WHERE place + (SELECT count(*) FROM scheduled_posts WHERE author = value->>1) <= value->>8
        ON CONFLICT (id) DO NOTHING
        """,
    ),
)
_REMOVE = Write(
    "remove scheduled posts",
    ("DELETE FROM scheduled_posts WHERE id IN (SELECT value->>0 FROM json_each(?1))",),
)
# The rows: id, now in seconds. The id is never published then, even if that has begun.
_CANCEL = Write(
    "cancel scheduled posts",
    (
        """
        INSERT INTO deleted_posts (id, created_us, author, deleted_at)
        SELECT scheduled_posts.id, 0, author, value->>1
        FROM json_each(?1) CROSS JOIN scheduled_posts ON scheduled_posts.id = value->>0
        WHERE true ON CONFLICT (id) DO NOTHING
        """,
        "DELETE FROM scheduled_posts WHERE id IN (SELECT value->>0 FROM json_each(?1))",
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
