"""Published posts in SQLite, by author and time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from service import clock
from service.store.sql.feeds.feed_line import HEAD, next_us
from service.store.sqlite.database import Database, Write

MICROSECONDS = 1_000_000
LATEST = 2**63 - 1  # later than every post
MOST_AHEAD_US = 180 * 86_400 * MICROSECONDS  # posts may be ahead of the clock until it catches up

_NOW = "SELECT max(value->>1) FROM json_each(?1)"

# The rows: id, now in microseconds, author, title, content, image URI, the latest time that other
# entries of the line force on later ones, subjects, alternative text. A deleted id is not published
# again, and a post that exists keeps its subjects.
# Every post is later than all before it, even if the clock is set back: a reader that continues
# after the newest created_at must neither miss a post nor see one twice.
_PUBLISH = Write(
    "publish",
    (
        f"""
        INSERT INTO posts (id, created_us, author, title, content, image_uri, alt)
        SELECT value->>0,
               {next_us(_NOW, "SELECT value->>6 FROM json_each(?1) LIMIT 1")} + key,
               value->>2, value->>3, value->>4, value->>5, value->>8
        FROM json_each(?1)
        WHERE NOT EXISTS (SELECT 1 FROM deleted_posts WHERE id = value->>0)
        ON CONFLICT (id) DO NOTHING
        """,
        """
        INSERT INTO post_subjects (post_id, subject)
        SELECT posts.id, named.value FROM json_each(?1) AS draft
        CROSS JOIN posts ON posts.id = draft.value->>0
        CROSS JOIN json_each(draft.value, '$[7]') AS named
        WHERE NOT EXISTS (SELECT 1 FROM post_subjects WHERE post_id = posts.id)
        ON CONFLICT (post_id, subject) DO NOTHING
        """,
    ),
)

# The rows: id, now in microseconds, title, content, image URI, alternative text, subjects. What is
# null stays. One row: of several for the same post, an update takes any.
_EDIT = Write(
    "edit post",
    (
        """
        UPDATE posts SET
          title = coalesce(v.title, posts.title), content = coalesce(v.content, posts.content),
          image_uri = coalesce(v.image_uri, posts.image_uri), alt = coalesce(v.alt, posts.alt),
          edited_us = v.now
        FROM (SELECT value->>0 AS id, value->>1 AS now, value->>2 AS title, value->>3 AS content,
                     value->>4 AS image_uri, value->>5 AS alt FROM json_each(?1)) AS v
        WHERE posts.id = v.id
        """,
        """
        DELETE FROM post_subjects WHERE post_id IN (
          SELECT posts.id FROM json_each(?1) CROSS JOIN posts ON posts.id = value->>0)
        """,
        """
        INSERT INTO post_subjects (post_id, subject)
        SELECT posts.id, named.value FROM json_each(?1) AS edit
        CROSS JOIN posts ON posts.id = edit.value->>0
        CROSS JOIN json_each(edit.value, '$[6]') AS named
        WHERE true ON CONFLICT (post_id, subject) DO NOTHING
        """,
    ),
)

# The rows: id, now in microseconds, now in seconds, the latest time as above. A scheduled post that
# was cancelled while it was published is in deleted_posts already, without a place in the line.
_DELETE = Write(
    "delete posts",
    (
        f"""
        INSERT INTO deleted_posts (id, created_us, author, deleted_at, removed_us)
        SELECT posts.id, created_us, author, value->>2,
               {next_us(_NOW, "SELECT value->>3 FROM json_each(?1) LIMIT 1")} + key
        FROM json_each(?1) CROSS JOIN posts ON posts.id = value->>0
        WHERE true ON CONFLICT (id) DO UPDATE
        SET created_us = excluded.created_us, author = excluded.author,
            deleted_at = excluded.deleted_at, removed_us = excluded.removed_us
        WHERE removed_us = 0
        """,
        """
        DELETE FROM post_counts WHERE post_us IN (
          SELECT created_us FROM json_each(?1) CROSS JOIN posts ON posts.id = value->>0)
        """,
        "DELETE FROM posts WHERE id IN (SELECT value->>0 FROM json_each(?1))",
        "DELETE FROM post_subjects WHERE post_id IN (SELECT value->>0 FROM json_each(?1))",
    ),
)
_DELETED = "SELECT 1 FROM deleted_posts WHERE id = ?"
_AUTHORS_OF_CHANGED = """
SELECT author FROM deleted_posts WHERE deleted_at > ?1
UNION
SELECT author FROM (
  SELECT author FROM posts WHERE created_us > ?2 ORDER BY created_us DESC LIMIT ?3)
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
    (
        """
        INSERT OR REPLACE INTO restamped_posts (was_us, created_us)
        SELECT value->>1, value->>2 FROM json_each(?)
        """,
        """
        UPDATE posts SET created_us = v.created_us
        FROM (SELECT value->>0 AS id, value->>2 AS created_us FROM json_each(?)) AS v
        WHERE posts.id = v.id
        """,
        # what users did with a post goes with it; these tables are read whole, but that is rare
        *(
            f"""
            UPDATE {table} SET post_us = v.created_us
            FROM (SELECT value->>1 AS was_us, value->>2 AS created_us FROM json_each(?)) AS v
            WHERE post_us = v.was_us
            """
            for table in ("interactions", "post_counts", "served_posts")
        ),
    ),
)
_ANY_RESTAMPED = "SELECT 1 FROM restamped_posts LIMIT 1"
_CORRECTED = "SELECT DISTINCT author FROM posts JOIN restamped_posts USING (created_us)"
_RESTAMPED = """
SELECT was_us, created_us FROM restamped_posts WHERE was_us <= ? ORDER BY was_us DESC LIMIT 1
"""

WHOLE = """
posts.id, posts.created_us, author, title, content, image_uri, alt, edited_us,
(SELECT json_group_array(subject) FROM post_subjects WHERE post_id = posts.id)
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
        self._restamped = database.get(_ANY_RESTAMPED) is not None
        self._editing = asyncio.Lock()
        self.changed = asyncio.Event()
        """Set whenever this process publishes or deletes posts."""

    async def publish(self, drafts: Sequence[UnpublishedPost]) -> list[Post]:
        """Publish `drafts`; a post with the same id that exists is returned unchanged.

        A post that was deleted is left out.
        """
        now = int(clock.wall() * MICROSECONDS)
        latest = now + MOST_AHEAD_US
        rows = [
            (d.id, now, d.author, d.title, d.content, d.image_uri, latest, d.subjects, d.alt)
            for d in drafts
        ]
        await self._database.write(_PUBLISH, rows)
        self.changed.set()
        return [post for draft in drafts if (post := self.get(draft.id))]

    def get(self, id_: str) -> Post | None:
        """A post; None if there is none with this id. Raises DatabaseUnavailable."""
        row = self._database.get(_BY_ID, id_)
        return None if row is None else whole_post(row)

    def head(self) -> int:
        """The newest microsecond of the line of feeds. Raises DatabaseUnavailable."""
        [head] = self._database.get(HEAD, int(clock.wall() * MICROSECONDS) + MOST_AHEAD_US) or [0]
        return int(head)

    def is_deleted(self, id_: str) -> bool:
        """Whether there was a post with this id. Raises DatabaseUnavailable."""
        return self._database.get(_DELETED, id_) is not None

    async def edit(self, id_: str, change: PostChange) -> None:
        """Change a post that exists; it keeps its place in feeds."""
        async with self._editing:
            now = int(clock.wall() * MICROSECONDS)
            row = (id_, now, change.title, change.content, change.image_uri, change.alt)
            await self._database.write(_EDIT, [(*row, change.subjects)])

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
        self._restamped = self._database.get(_ANY_RESTAMPED) is not None
        return sorted({author for _, author, _ in far})

    async def corrected(self) -> list[str]:
        """The authors of posts that were restamped."""
        return [author for (author,) in await self._database.all(_CORRECTED)]

    def after(self, after_us: int) -> int:
        """The time to read a feed from; the old time of a restamped post becomes its new one."""
        if not self._restamped:
            return after_us
        row = self._database.get(_RESTAMPED, after_us)
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

    def has_any(self, author: str) -> bool:
        """Whether an author has posts. Raises DatabaseUnavailable."""
        return self._database.get(_ANY, author) is not None
