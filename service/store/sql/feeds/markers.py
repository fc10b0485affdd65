"""Up to where users have seen their feeds, in SQLite."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from service import clock
from service.store.database import Database
from service.store.sql.feeds.feed_line import next_us
from service.store.sql.feeds.posts import MICROSECONDS, MOST_AHEAD_US
from service.store.sql.feeds.visible_posts import AUTHORS, UNMUTED
from service.store.sql.statements import Write

MOST_NEWER = 1000  # posts that are counted at most

# The newest wins, unless it comes from a clock that was far ahead; `latest_us` is as for posts.
_NOW, _LATEST = "SELECT max(now_us) FROM rows", "SELECT max(latest_us) FROM rows"
_ADVANCE = Write(
    "advance markers",
    "user_id text, viewed_us int, now_us int, latest_us int",
    (
        f"""
        INSERT INTO feed_markers (user_id, viewed_us, changed_us)
        SELECT user_id, viewed_us, {next_us(_NOW, _LATEST)} + number FROM rows WHERE true
        ON CONFLICT (user_id) DO UPDATE
        SET viewed_us = excluded.viewed_us, changed_us = excluded.changed_us
        WHERE excluded.viewed_us > feed_markers.viewed_us
           OR feed_markers.viewed_us > ({_LATEST})
        """,
    ),
    is_serial=True,
)
_MARKER = "SELECT viewed_us, changed_us FROM feed_markers WHERE user_id = ?"

# ?1: user, ?2: later than, ?3: limit.
_NEWER = f"""
WITH {AUTHORS}
SELECT count(*) FROM (
  SELECT 1 FROM authors
  CROSS JOIN posts INDEXED BY posts_of_author ON posts.author = authors.author
  WHERE created_us > ?2 AND {UNMUTED} LIMIT ?3
) AS newer
"""


@dataclass(frozen=True, slots=True)
class Marker:
    """Up to where a user has seen the feed, in microseconds."""

    viewed_us: int
    changed_us: int
    """When that was said, on the line of posts."""


class Markers:
    """The markers of users. A marker never goes back."""

    def __init__(self, database: Database, changed: asyncio.Event) -> None:
        """`changed` is set whenever a marker may have advanced."""
        self._database = database
        self._changed = changed

    async def get(self, user: str) -> Marker | None:
        """The marker of a user; None without one. Raises DatabaseUnavailable."""
        row = await self._database.get(_MARKER, user)
        return None if row is None else Marker(*row)

    async def advance(self, user: str, viewed_us: int) -> None:
        """Set the marker of a user, unless it is further already."""
        now = int(clock.wall() * MICROSECONDS)
        await self._database.write(_ADVANCE, [(user, viewed_us, now, now + MOST_AHEAD_US)])
        self._changed.set()

    async def newer(self, user: str, viewed_us: int, *, client: str = "") -> int:
        """How many posts of the feed are later; MOST_NEWER for as many or more."""
        [(count,)] = await self._database.short.all(
            _NEWER, user, viewed_us, MOST_NEWER, client=client
        )
        return int(count)
