"""The log of posts that were served in ranked lists: the newest of each user, for a week."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from service import clock
from service.store.database import Database, Rows
from service.store.sql.feeds.posts import MICROSECONDS
from service.store.sql.statements import Write

KEPT_SECONDS = 7 * 86_400
LATELY_SECONDS = 86_400
"""A post that was served is not served again for so long."""
MOST_OF_USER = 2000
"""Newest rows of a user that are kept, and those that were served with the last of them."""
COVERAGE_SECONDS = 60.0
BATCH_ROWS = 2000  # removed in one commit

_LOG = Write(
    "log served posts",
    """list_id text, place int, user_id text, post_us int, now_us int, source text,
    probability real""",
    (
        """
        INSERT INTO served_posts
          (list_id, place, user_id, post_us, served_us, source, probability)
        SELECT list_id, place, user_id, post_us, now_us, source, probability
        FROM rows WHERE true ON CONFLICT (list_id, place) DO NOTHING
        """,
        f"""
        DELETE FROM served_posts WHERE (list_id, place) IN (
          SELECT list_id, place
          FROM (SELECT DISTINCT user_id AS name FROM rows) AS named
          CROSS JOIN served_posts INDEXED BY served_to_user ON user_id = name
          WHERE served_us < (
            SELECT served_us FROM served_posts INDEXED BY served_to_user WHERE user_id = name
            ORDER BY served_us DESC LIMIT 1 OFFSET {MOST_OF_USER - 1}))
        """,
    ),
)
_EXPIRE = Write(
    "expire served posts",
    "before_us int, most int",
    (
        """
        DELETE FROM served_posts WHERE (list_id, place) IN (
          SELECT list_id, place FROM served_posts INDEXED BY served_in_order
          WHERE served_us < (SELECT before_us FROM rows)
          ORDER BY served_us LIMIT (SELECT most FROM rows)
        ) RETURNING 1
        """,
    ),
)
_FIND = """
SELECT place, source, probability FROM served_posts
WHERE list_id = ? AND post_us = ? AND user_id = ?
"""
LATELY = f"""
SELECT post_us FROM served_posts INDEXED BY served_to_user WHERE user_id = ? AND served_us > ?
ORDER BY served_us DESC LIMIT {MOST_OF_USER}
"""

# ?1: since
COVERAGE = """
SELECT count(*), count(served.post_us)
FROM (SELECT created_us FROM posts WHERE created_us > ?1) AS published
LEFT JOIN (
  SELECT DISTINCT post_us FROM served_posts INDEXED BY served_in_order WHERE served_us > ?1
) AS served ON served.post_us = published.created_us
"""


@dataclass(frozen=True, slots=True)
class ServedPost:
    """A post at its place in a list; `probability` is less than 1 for a post that was drawn."""

    list_id: str
    place: int
    post: int
    source: str
    probability: float


class ServedPosts:
    """Logs what is served. Readers do not wait for the log; what it takes in counts at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._on_their_way: dict[str, list[set[int]]] = {}
        self._coverage: float | None = None
        self._covered_until = 0.0  # time.monotonic() until which `_coverage` is new enough

    def log(self, user: str, served: Sequence[ServedPost]) -> None:
        """Log posts of a page."""
        if not served:
            return
        now = int(clock.wall() * MICROSECONDS)
        rows = [(s.list_id, s.place, user, s.post, now, s.source, s.probability) for s in served]
        posts = {s.post for s in served}
        waiting = self._on_their_way.setdefault(user, [])
        waiting.append(posts)

        def arrived(done: asyncio.Future[list[Rows]]) -> None:
            done.exception()  # a page without a log is better than no page; the writer logs it
            waiting.remove(posts)
            if not waiting and self._on_their_way.get(user) is waiting:
                del self._on_their_way[user]

        self._database.write(_LOG, rows).add_done_callback(arrived)

    async def lately(self, user: str, client: str) -> set[int]:
        """Posts that were served to a user in the last day: the newest MOST_OF_USER."""
        since = int((clock.wall() - LATELY_SECONDS) * MICROSECONDS)
        on_their_way = set().union(*self._on_their_way.get(user, ()))
        rows: Rows = await self._database.short.all(LATELY, user, since, client=client)
        return {post for (post,) in rows} | on_their_way

    async def find(self, user: str, list_id: str, post: int) -> ServedPost | None:
        """A post of a list as it was served to a user. Raises DatabaseUnavailable."""
        row = await self._database.get(_FIND, list_id, post, user)
        return None if row is None else ServedPost(list_id, row[0], post, row[1], row[2])

    async def coverage(self) -> float | None:
        """The share of the posts of the last day that are in its log; None without posts.

        COVERAGE_SECONDS old at most: it is read from all that was served in the day.
        """
        if time.monotonic() >= self._covered_until:
            since = int((clock.wall() - LATELY_SECONDS) * MICROSECONDS)
            [(posts, served)] = await self._database.backlog.all(COVERAGE, since)
            self._coverage = served / posts if posts else None
            self._covered_until = time.monotonic() + COVERAGE_SECONDS
        return self._coverage

    async def expire(self) -> int:
        """Remove a batch of old rows; returns their number."""
        before = int((clock.wall() - KEPT_SECONDS) * MICROSECONDS)
        [gone] = await self._database.write(_EXPIRE, [(before, BATCH_ROWS)])
        return len(gone)
