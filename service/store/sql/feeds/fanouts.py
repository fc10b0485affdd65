"""Posts on their way to the stored home feeds of followers, in SQLite.

A trigger adds a row with each post of an author who has followers, in the same commit. The row
stays for a while after the last feed has the post: a reader may have read its feed before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from service import clock
from service.messages import FanoutSlice, encode
from service.store.database import Database
from service.store.sql.feeds.posts import MICROSECONDS, Post
from service.store.sql.statements import Write

LINGER_SECONDS = 60.0  # a read of a feed takes less, from Redis to its answer

# Those that were finished before `before` are removed.
_DONE = Write(
    "fan-outs done",
    "created_us int, now real, before real",
    (
        """
        UPDATE fanouts SET done_at = rows.now
        FROM rows WHERE fanouts.created_us = rows.created_us
        """,
        "DELETE FROM fanouts WHERE done_at < (SELECT min(before) FROM rows)",
    ),
)
_PULL = Write(
    "pull authors",
    "author text",
    (
        """
        INSERT INTO pulled_authors SELECT author FROM rows WHERE true
        ON CONFLICT (author) DO NOTHING
        """,
    ),
)
_OUTDATE = Write(
    "outdate stored feeds",
    "fan text, now int",
    (
        """
        UPDATE follow_versions SET version = greatest(version + 1, rows.now)
        FROM rows WHERE follow_versions.user_id = rows.fan
        """,
    ),
)
# A later post may have been left out of feeds that were rebuilt before it: then the next time.
_RETURN = Write(
    "return authors",
    "author text, newest_us int",
    (
        """
        DELETE FROM pulled_authors WHERE author IN (
          SELECT rows.author FROM rows WHERE NOT EXISTS (
            SELECT 1 FROM posts WHERE posts.author = rows.author AND created_us > newest_us))
        """,
    ),
)
_UNDER_WAY = """
SELECT posts.id, fanouts.created_us, fanouts.author FROM json_items(?) AS asked
CROSS JOIN fanouts ON fanouts.created_us = CAST(asked.value AS bigint)
CROSS JOIN posts ON posts.created_us = fanouts.created_us WHERE done_at IS NULL
"""
_ALL_UNDER_WAY = """
SELECT posts.id, fanouts.created_us, fanouts.author
FROM fanouts CROSS JOIN posts ON posts.created_us = fanouts.created_us WHERE done_at IS NULL
"""
_OLDEST = "SELECT min(created_us), count(*) FROM fanouts WHERE done_at IS NULL"
_COUNT = "SELECT followers FROM follower_counts WHERE author = ?"
_MERGED = """
SELECT author FROM pulled_authors WHERE coalesce(
  (SELECT followers FROM follower_counts WHERE follower_counts.author = pulled_authors.author), 0
) <= ?
"""
_NEWEST = "SELECT max(created_us) FROM posts WHERE author = ?"
# in one row: each row of a result costs a turn of the interpreter lock
_FOLLOWERS = """
SELECT json_sorted(user_id) FROM (
  SELECT user_id FROM follows WHERE author = ? AND user_id > ? ORDER BY user_id LIMIT ?) AS slice
"""


class FanoutLag(msgspec.Struct, frozen=True):
    """How many posts are not in all stored feeds, and the age of the oldest of them."""

    posts: int
    seconds: float


class Fanouts:
    """The posts that are not in all feeds yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def slices(self, posts: Iterable[Post]) -> list[FanoutSlice]:
        """The messages that begin the fan-out of these posts; none for authors no one follows."""
        times = [post.created_us for post in posts]
        if not times:
            return []
        rows = await self._database.few(_UNDER_WAY, encode(times).decode())
        return [FanoutSlice(*row) for row in rows]

    async def under_way(self) -> list[FanoutSlice]:
        """The messages that begin the fan-out of every post that is not in all feeds."""
        return [FanoutSlice(*row) for row in await self._database.all(_ALL_UNDER_WAY)]

    async def lag(self) -> FanoutLag:
        """How far the stored feeds are behind."""
        [(oldest_us, count)] = await self._database.all(_OLDEST)
        seconds = clock.wall() - oldest_us / MICROSECONDS if count else 0.0
        return FanoutLag(count, max(0.0, seconds))

    async def count_followers(self, author: str) -> int:
        """How many users follow an author. Raises DatabaseUnavailable."""
        row = await self._database.get(_COUNT, author)
        return 0 if row is None else int(row[0])

    async def followers(self, author: str, after: str, limit: int) -> list[str]:
        """The users who follow an author, by name, after the name `after`."""
        [(users,)] = await self._database.all(_FOLLOWERS, author, after, limit)
        return msgspec.json.decode(users, type=list[str])

    async def pull(self, authors: Iterable[str]) -> None:
        """From now on, every read merges the posts of these authors."""
        await self._database.write(_PULL, [(author,) for author in authors])

    async def merged_authors(self, most: int) -> list[str]:
        """Those of the merged authors who have at most `most` followers."""
        return [author for (author,) in await self._database.all(_MERGED, most)]

    async def newest(self, author: str) -> int:
        """The time of the newest post of an author; 0 without one."""
        [(newest_us,)] = await self._database.all(_NEWEST, author)
        return newest_us or 0

    async def outdate(self, users: Iterable[str]) -> None:
        """The next reads of these users rebuild their feeds."""
        now = int(clock.wall() * 1000)
        await self._database.write(_OUTDATE, [(user, now) for user in users])

    async def return_author(self, author: str, newest_us: int) -> None:
        """Reads no longer merge the posts of an author, unless there are some after `newest_us`."""
        await self._database.write(_RETURN, [(author, newest_us)])

    async def done(self, posts: Sequence[int]) -> None:
        """All feeds have these posts."""
        now = clock.now()
        await self._database.write(_DONE, [(time, now, now - LINGER_SECONDS) for time in posts])
