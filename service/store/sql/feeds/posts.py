"""Published posts in SQLite, by author and time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from service import clock
from service.store.change_signal import ChangeSignal
from service.store.database import Database
from service.store.sql.feeds.feed_line import HEAD, next_us
from service.store.sql.feeds.new_authors import WELCOME
from service.store.sql.statements import Write

MICROSECONDS = 1_000_000
LATEST = 2**63 - 1  # later than every post
MOST_AHEAD_US = 180 * 86_400 * MICROSECONDS  # posts may be ahead of the clock until it catches up

_NOW, _LATEST = "SELECT max(now_us) FROM rows", "SELECT max(latest_us) FROM rows"

# `latest_us` is the latest time that other entries of the line force on later ones. A deleted id is
# not published again, and one with `due_us` only as it is scheduled by then. A post that exists
# keeps its subjects.
# Every post is later than all before it, even if the clock is set back: a reader that continues
# after the newest created_at must neither miss a post nor see one twice.
_PUBLISH = Write(
    "publish",
    """id text, now_us int, author text, title text, content text, image_uri text, latest_us int,
    subjects json, alt text, due_us int""",
    (
        f"""
        INSERT INTO posts (id, created_us, author, title, content, image_uri, alt)
        SELECT id, {next_us(_NOW, _LATEST)} + number, author, title, content, image_uri, alt
        FROM rows
        WHERE NOT EXISTS (SELECT 1 FROM deleted_posts WHERE deleted_posts.id = rows.id)
          AND (due_us IS NULL OR EXISTS (
            SELECT 1 FROM scheduled_posts AS due
            WHERE due.id = rows.id AND due.publish_us = rows.due_us
              AND due.author = rows.author AND due.title = rows.title
              AND due.content = rows.content AND coalesce(due.alt, '') = coalesce(rows.alt, '')
              AND coalesce(due.image_uri, '') = coalesce(rows.image_uri, '')))
        ON CONFLICT (id) DO NOTHING
        """,
        """
        INSERT INTO post_subjects (post_id, subject)
        SELECT posts.id, named.value FROM rows
        CROSS JOIN posts ON posts.id = rows.id
        CROSS JOIN json_items(rows.subjects) AS named ON true
        WHERE NOT EXISTS (SELECT 1 FROM post_subjects WHERE post_id = posts.id)
        ON CONFLICT (post_id, subject) DO NOTHING
        """,
        WELCOME,
    ),
    is_serial=True,
)

# What is NULL stays. One row: of several for the same post, an update takes any.
_EDIT = Write(
    "edit post",
    """id text, now_us int, title text, content text, image_uri text, alt text,
    subjects json, latest_us int""",
    (
        f"""
        UPDATE posts SET
          title = coalesce(rows.title, posts.title),
          content = coalesce(rows.content, posts.content),
          image_uri = coalesce(rows.image_uri, posts.image_uri),
          alt = coalesce(rows.alt, posts.alt), edited_us = {next_us(_NOW, _LATEST)}
        FROM rows WHERE posts.id = rows.id
        """,
        """
        DELETE FROM post_subjects WHERE post_id IN (
          SELECT posts.id FROM rows CROSS JOIN posts ON posts.id = rows.id)
        """,
        """
        DELETE FROM post_vectors WHERE post_us IN (
          SELECT created_us FROM rows CROSS JOIN posts ON posts.id = rows.id
          WHERE rows.title IS NOT NULL OR rows.content IS NOT NULL)
        """,
        """
        INSERT INTO post_subjects (post_id, subject)
        SELECT posts.id, named.value FROM rows
        CROSS JOIN posts ON posts.id = rows.id
        CROSS JOIN json_items(rows.subjects) AS named ON true
        WHERE true ON CONFLICT (post_id, subject) DO NOTHING
        """,
    ),
    is_serial=True,
)

# A scheduled post that was cancelled while it was published is in deleted_posts already, without a
# place in the line.
_DELETE = Write(
    "delete posts",
    "id text, now_us int, now real, latest_us int",
    (
        f"""
        INSERT INTO deleted_posts (id, created_us, author, deleted_at, removed_us)
        SELECT posts.id, created_us, author, now, {next_us(_NOW, _LATEST)} + number
        FROM rows CROSS JOIN posts ON posts.id = rows.id
        WHERE true ON CONFLICT (id) DO UPDATE
        SET created_us = excluded.created_us, author = excluded.author,
            deleted_at = excluded.deleted_at, removed_us = excluded.removed_us
        WHERE deleted_posts.removed_us = 0
        """,
        *(
            f"""
            DELETE FROM {table} WHERE post_us IN (
              SELECT created_us FROM rows CROSS JOIN posts ON posts.id = rows.id)
            """
            for table in ("post_counts", "post_vectors")
        ),
        "DELETE FROM posts WHERE id IN (SELECT id FROM rows)",
        "DELETE FROM post_subjects WHERE post_id IN (SELECT id FROM rows)",
    ),
    is_serial=True,
)
_DELETED = "SELECT 1 FROM deleted_posts WHERE id = ?"
_AUTHORS_OF_CHANGED = """
SELECT author FROM deleted_posts WHERE deleted_at > ?1
UNION
SELECT author FROM (
  SELECT author FROM posts WHERE created_us > ?2 ORDER BY created_us DESC LIMIT ?3) AS published
"""

_NEWEST = """
SELECT id, created_us, author, title, content, image_uri FROM posts
WHERE author = ? AND created_us > ? AND created_us < ? ORDER BY created_us DESC LIMIT ?
"""
_ANY = "SELECT 1 FROM posts WHERE author = ? LIMIT 1"

# A post far ahead of the clock would force its time on all later posts, so it is restamped: just
# after the newest post that is not far ahead.
_FAR_AHEAD = "SELECT id, author, created_us FROM posts WHERE created_us > ? ORDER BY created_us"
_NEWEST_UNTIL = "SELECT max(created_us) FROM posts WHERE created_us <= ?"
_RESTAMP = Write(
    "restamp",
    "id text, was_us int, created_us int",
    (
        """
        INSERT INTO restamped_posts (was_us, created_us)
        SELECT was_us, created_us FROM rows WHERE true
        ON CONFLICT (was_us) DO UPDATE SET created_us = excluded.created_us
        """,
        "UPDATE posts SET created_us = rows.created_us FROM rows WHERE posts.id = rows.id",
        # what users did with a post goes with it; these tables are read whole, but that is rare
        *(
            f"UPDATE {table} SET post_us = rows.created_us FROM rows WHERE post_us = rows.was_us"
            for table in ("interactions", "post_counts", "post_vectors", "served_posts")
        ),
    ),
    is_serial=True,
)
_ANY_RESTAMPED = "SELECT 1 FROM restamped_posts LIMIT 1"
_CORRECTED = "SELECT DISTINCT author FROM posts JOIN restamped_posts USING (created_us)"
_RESTAMPED = """
SELECT was_us, created_us FROM restamped_posts WHERE was_us <= ? ORDER BY was_us DESC LIMIT 1
"""

WHOLE = """
posts.id, posts.created_us, author, title, content, image_uri, alt, edited_us,
(SELECT json_sorted(subject) FROM post_subjects WHERE post_id = posts.id)
"""
"""The columns of a post with its subjects, as `whole_post` takes them."""
_OF_AUTHOR = f"""
SELECT {WHOLE} FROM posts WHERE author = ? AND created_us < ? ORDER BY created_us DESC LIMIT ?
"""
_BY_ID = f"SELECT {WHOLE} FROM posts WHERE id = ?"


@dataclass(frozen=True, slots=True)
class UnpublishedPost:
    """A post to publish. The same id is published once."""

    id: str
    author: str
    title: str
    content: str
    image_uri: str | None
    subjects: Sequence[str] = ()
    alt: str | None = None
    """What is in the picture."""
    due_us: int | None = None
    """The time that it is scheduled for: it is published only as it is scheduled then."""


@dataclass(frozen=True, slots=True)
class PostChange:
    """New values for a post; what is None stays. It is about `subjects` then."""

    title: str | None
    content: str | None
    image_uri: str | None
    alt: str | None
    subjects: Sequence[str]


@dataclass(frozen=True, slots=True)
class Post:
    """A published post; `created_us` is in microseconds since the epoch and unique."""

    id: str
    created_us: int
    author: str
    title: str
    content: str
    image_uri: str | None
    subjects: Sequence[str] = ()
    """By name; empty where a read leaves them out, as the next two."""
    alt: str | None = None
    edited_us: int | None = None
    """When it was edited last."""

    def body(self) -> bytes:
        """The post as the JSON object in feeds."""
        return msgspec.json.encode(
            {
                "id": self.id,
                "title": self.title,
                "content": self.content,
                "imageUri": self.image_uri,
                "created_at": iso(self.created_us),
            }
        )


def whole_post(row: Sequence[Any]) -> Post:
    """A post with its subjects, from the columns `WHOLE`."""
    id_, created_us, author, title, content, image_uri, alt, edited_us, names = row
    subjects = msgspec.json.decode(names)
    return Post(id_, created_us, author, title, content, image_uri, subjects, alt, edited_us)


def iso(created_us: int) -> str:
    """ISO 8601 in UTC with all six digits of the microseconds: 2026-01-31T08:00:00.000001Z."""
    seconds, micros = divmod(created_us, MICROSECONDS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{micros:06d}Z"


class Posts:
    """Stores posts, and reads them by author and time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_restamped: bool | None = None
        """Whether any posts are restamped; None: not read yet."""
        self._editing = asyncio.Lock()
        self.changed = ChangeSignal()
        """Set whenever posts are published, edited or deleted."""

    async def publish(self, drafts: Sequence[UnpublishedPost]) -> list[Post]:
        """Publish `drafts`; a post with the same id that exists is returned unchanged.

        A post that was deleted is left out.
        """
        now = int(clock.wall() * MICROSECONDS)
        latest = now + MOST_AHEAD_US
        rows = [
            (
                *(d.id, now, d.author, d.title, d.content, d.image_uri, latest),
                *(d.subjects, d.alt, d.due_us),
            )
            for d in drafts
        ]
        await self._database.write(_PUBLISH, rows)
        self.changed.set()
        return [post for draft in drafts if (post := await self.get(draft.id))]

    async def get(self, id_: str) -> Post | None:
        """A post; None if there is none with this id. Raises DatabaseUnavailable."""
        row = await self._database.get(_BY_ID, id_)
        return None if row is None else whole_post(row)

    async def head(self) -> int:
        """The newest microsecond of the line of feeds. Raises DatabaseUnavailable."""
        latest = int(clock.wall() * MICROSECONDS) + MOST_AHEAD_US
        [head] = await self._database.get(HEAD, latest) or [0]
        return int(head)

    async def is_deleted(self, id_: str) -> bool:
        """Whether there was a post with this id. Raises DatabaseUnavailable."""
        return await self._database.get(_DELETED, id_) is not None

    async def edit(self, id_: str, change: PostChange) -> None:
        """Change a post that exists; it keeps its place in feeds."""
        async with self._editing:
            now = int(clock.wall() * MICROSECONDS)
            row = (id_, now, change.title, change.content, change.image_uri, change.alt)
            await self._database.write(_EDIT, [(*row, change.subjects, now + MOST_AHEAD_US)])
        self.changed.set()

    async def delete(self, id_: str) -> None:
        """Delete a post; its id is never published again."""
        wall = clock.wall()
        now = int(wall * MICROSECONDS)
        await self._database.write(_DELETE, [(id_, now, wall, now + MOST_AHEAD_US)])
        self.changed.set()

    async def changed_since(self, since: float, limit: int) -> list[str]:
        """The authors of posts that were deleted after this time, in seconds since the epoch.

        And the authors of the newest posts that were published after it, of so many at most.
        """
        times = (since, int(since * MICROSECONDS))
        return [
            author for (author,) in await self._database.all(_AUTHORS_OF_CHANGED, *times, limit)
        ]

    async def correct(self) -> list[str]:
        """Restamp posts that are half a year ahead of the clock; returns their authors."""
        now = int(clock.wall() * MICROSECONDS)
        latest = now + MOST_AHEAD_US
        far = await self._database.all(_FAR_AHEAD, latest)
        if far:
            [(newest,)] = await self._database.all(_NEWEST_UNTIL, latest)
            first = max(now - len(far), (newest or 0) + 1)
            rows = [(id_, was, first + rank) for rank, (id_, _, was) in enumerate(far)]
            await self._database.write(_RESTAMP, rows)
        self.is_restamped = await self._database.get(_ANY_RESTAMPED) is not None
        return sorted({author for _, author, _ in far})

    async def corrected(self) -> list[str]:
        """The authors of posts that were restamped."""
        return [author for (author,) in await self._database.all(_CORRECTED)]

    async def after(self, after_us: int) -> int:
        """The time to read a feed from; the old time of a restamped post becomes its new one."""
        if self.is_restamped is None:
            self.is_restamped = await self._database.get(_ANY_RESTAMPED) is not None
        if not self.is_restamped:
            return after_us
        row = await self._database.get(_RESTAMPED, after_us)
        if row is None or (row[0] < after_us <= clock.wall() * MICROSECONDS):
            return after_us
        return int(row[1])

    async def newest(
        self,
        author: str,
        after_us: int,
        limit: int,
        before_us: int = LATEST,
        *,
        client: str = "",
    ) -> list[Post]:
        """Posts of an author later than `after_us` and before `before_us`, newest first.

        Reads of clients take turns, and may be refused when there are too many; "" is the service.
        """
        parameters = (author, after_us, before_us, limit)
        if client:
            rows = await self._database.short.all(_NEWEST, *parameters, client=client)
        else:
            rows = await self._database.all(_NEWEST, *parameters)
        return [Post(*row) for row in rows]

    async def of_author(
        self, author: str, before_us: int, limit: int, *, client: str = ""
    ) -> list[Post]:
        """Posts of an author with their subjects, newest first.

        `client` identifies the caller. Raises DatabaseUnavailable, ReadRejected.
        """
        rows = await self._database.short.all(_OF_AUTHOR, author, before_us, limit, client=client)
        return [whole_post(row) for row in rows]

    async def has_any(self, author: str) -> bool:
        """Whether an author has posts. Raises DatabaseUnavailable."""
        return await self._database.get(_ANY, author) is not None
