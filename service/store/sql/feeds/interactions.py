"""What users do with posts, in SQLite: the truth of likes, hides and tastes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from service import clock
from service.store.sql.feeds.posts import MICROSECONDS
from service.store.sqlite.database import Database, Rows, Write

ActKind = Literal["view", "like", "unlike", "hide", "unhide", "more", "less"]
ActOf = Literal["author", "subject"]

VIEWS_KEPT_SECONDS = 30 * 86_400
"""Age at which a view is forgotten. The number of views of the post stays."""
BATCH_VIEWS = 2000  # removed in one commit
BATCH_SWEPT = 2000  # looked at in one turn
FIRST = ("", 0, "")
"""Before the key of every act."""
MOST_ACTS = 300
"""Newest acts of a user that make up a taste."""

_SORTS = {"view": "view", "like": "like", "unlike": "like", "hide": "hide", "unhide": "hide"}
"""Acts of one sort replace each other; those of `more` and `less` are their `of`."""

# The rows: user, post, sort, kind, author, now in microseconds, list. Of several rows for a key the
# last counts.
_GIVEN = """
WITH given AS (
  SELECT value->>0 AS user_id, value->>1 AS post_us, value->>2 AS sort, value->>3 AS kind,
         value->>4 AS author, value->>5 AS now_us, value->>6 AS list_id, key,
         row_number() OVER (
           PARTITION BY value->>0, value->>1, value->>2 ORDER BY key DESC) AS from_last
  FROM json_each(?1)
),
acts AS (SELECT * FROM given WHERE from_last = 1)
"""
_RECORD = Write(
    "record acts",
    (
        f"""
        {_GIVEN}
        INSERT INTO post_counts (post_us, views, likes)
        SELECT post_us, sum(new_views), sum(new_likes) FROM (
          SELECT acts.post_us AS post_us,
                 acts.kind = 'view' AND past.kind IS NULL AS new_views,
                 (acts.kind = 'like') - (coalesce(past.kind, '') = 'like') AS new_likes
          FROM acts LEFT JOIN interactions AS past
            ON past.user_id = acts.user_id AND past.post_us = acts.post_us
            AND past.sort = acts.sort
          WHERE acts.sort IN ('view', 'like')
        ) WHERE new_views <> 0 OR new_likes <> 0
        GROUP BY post_us
        ON CONFLICT (post_us) DO UPDATE
        SET views = views + excluded.views, likes = likes + excluded.likes
        """,
        f"""
        {_GIVEN}
        INSERT INTO interactions (user_id, post_us, sort, kind, author, seq, list_id)
        SELECT user_id, post_us, sort, kind, author,
               max(now_us, coalesce((SELECT max(seq) + 1 FROM interactions INDEXED BY likes_in_order
                                     WHERE sort = 'like'), 0)) + key,
               list_id
        FROM acts
        WHERE kind NOT IN ('unlike', 'unhide') OR EXISTS (
          SELECT 1 FROM interactions AS past
          WHERE past.user_id = acts.user_id AND past.post_us = acts.post_us
            AND past.sort = acts.sort)
        ORDER BY key
        ON CONFLICT (user_id, post_us, sort) DO UPDATE
        SET kind = excluded.kind, seq = excluded.seq, list_id = excluded.list_id
        WHERE interactions.kind <> excluded.kind OR excluded.kind = 'view'
        RETURNING user_id, post_us, kind
        """,
    ),
)

# The rows: user. Hidden posts stay hidden, but say nothing any more.
_FORGET = Write(
    "forget taste",
    (
        """
        UPDATE post_counts SET likes = post_counts.likes - taken.count
        FROM (SELECT post_us, count(*) AS count
              FROM (SELECT DISTINCT value->>0 AS name FROM json_each(?1)) AS named
              CROSS JOIN interactions ON user_id = named.name WHERE kind = 'like'
              GROUP BY post_us) AS taken
        WHERE post_counts.post_us = taken.post_us
        """,
        """
        DELETE FROM interactions
        WHERE user_id IN (SELECT value->>0 FROM json_each(?1)) AND sort <> 'hide'
        """,
        """
        UPDATE interactions SET seq = 0
        WHERE user_id IN (SELECT value->>0 FROM json_each(?1)) AND sort = 'hide'
        """,
        "DELETE FROM served_posts WHERE user_id IN (SELECT value->>0 FROM json_each(?1))",
    ),
)

# The rows: seq of the newest that is removed, how many.
_EXPIRE = Write(
    "expire views",
    (
        """
        DELETE FROM interactions WHERE (user_id, post_us, sort) IN (
          SELECT user_id, post_us, sort FROM interactions INDEXED BY views_in_order
          WHERE sort = 'view' AND seq <= (SELECT value->>0 FROM json_each(?1))
          ORDER BY seq LIMIT (SELECT value->>1 FROM json_each(?1))
        ) RETURNING 1
        """,
    ),
)

# After this user, post and sort, how many.
_NEXT = """
SELECT user_id, post_us, sort, EXISTS (SELECT 1 FROM posts WHERE created_us = post_us)
FROM interactions WHERE (user_id, post_us, sort) > (?1, ?2, ?3)
ORDER BY user_id, post_us, sort LIMIT ?4
"""
# The rows: user, post, sort. The newest like stays: the next one has to be later.
_REMOVE = Write(
    "remove acts",
    (
        """
        DELETE FROM interactions
        WHERE (user_id, post_us, sort) IN (
          SELECT value->>0, value->>1, value->>2 FROM json_each(?1))
        AND (sort <> 'like' OR seq < (
          SELECT max(seq) FROM interactions INDEXED BY likes_in_order WHERE sort = 'like'))
        """,
    ),
)

LIKES = """
SELECT seq, user_id, post_us, kind FROM interactions INDEXED BY likes_in_order
WHERE sort = 'like' AND seq > ? ORDER BY seq LIMIT ?
"""
"""Likes and what takes them back, in their order."""
_NEWEST_LIKES = """
SELECT coalesce(min(seq) - 1, 0) FROM (
  SELECT seq FROM interactions INDEXED BY likes_in_order
  WHERE sort = 'like' ORDER BY seq DESC LIMIT ?)
"""
LIKES_OF = """
SELECT post_us, seq FROM interactions INDEXED BY interactions_of_user
WHERE user_id = ? AND seq < ? AND kind = 'like' ORDER BY seq DESC LIMIT ?
"""
"""The likes of a user before a time, newest first."""
ACTS = """
SELECT kind, sort, post_us, acts.author,
       (SELECT json_group_array(subject) FROM posts JOIN post_subjects ON post_id = posts.id
        WHERE created_us = post_us), list_id, seq
FROM interactions AS acts INDEXED BY interactions_of_user
WHERE user_id = ? AND seq > 0 ORDER BY seq DESC LIMIT ?
"""
"""The newest acts of a user, newest first."""


@dataclass(frozen=True, slots=True)
class UserAct:
    """Something that a user does with a post of somebody else."""

    user: str
    post_us: int
    author: str
    kind: ActKind
    of: ActOf | None = None
    list_id: str | None = None


@dataclass(frozen=True, slots=True)
class Like:
    """A like, or one that is taken back."""

    seq: int
    user: str
    post_us: int
    is_taken_back: bool

    @property
    def at_seconds(self) -> float:
        return self.seq / MICROSECONDS


class Interactions:
    """Stores what users do with posts. The same act twice counts once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._swept: Sequence[Any] = FIRST
        self.changed = asyncio.Event()
        """Set whenever this process records an act."""

    async def record(self, acts: Iterable[UserAct]) -> list[UserAct]:
        """Store acts; those with own posts are left out. Returns those that change something."""
        now = int(clock.wall() * MICROSECONDS)
        given = [act for act in acts if act.author != act.user]
        rows = [
            (a.user, a.post_us, a.of or _SORTS[a.kind], a.kind, a.author, now, a.list_id)
            for a in given
        ]
        if not rows:
            return []
        *_, stored = await self._database.write(_RECORD, rows)
        self.changed.set()
        new = set(map(tuple, stored))
        return [act for act in given if (act.user, act.post_us, act.kind) in new]

    async def forget(self, user: str) -> None:
        """Remove what a taste is made of; hidden posts stay hidden."""
        await self._database.write(_FORGET, [(user,)])

    async def expire_views(self) -> int:
        """Remove a batch of old views; returns their number."""
        before = int((clock.wall() - VIEWS_KEPT_SECONDS) * MICROSECONDS)
        [gone] = await self._database.write(_EXPIRE, [(before, BATCH_VIEWS)])
        return len(gone)

    async def sweep(self) -> None:
        """Look at the next batch of acts, and remove those with posts that were deleted."""
        rows = await self._database.all(_NEXT, *self._swept, BATCH_SWEPT)
        self._swept = rows[-1][:3] if len(rows) == BATCH_SWEPT else FIRST
        if gone := [row[:3] for row in rows if not row[3]]:
            await self._database.write(_REMOVE, gone)

    async def acts_of(self, user: str, client: str = "") -> Rows:
        """The newest acts of a user, newest first: the columns of ACTS."""
        if client:
            return await self._database.short.all(ACTS, user, MOST_ACTS, client=client)
        return await self._database.all(ACTS, user, MOST_ACTS)

    async def likes_after(self, seq: int, limit: int) -> list[Like]:
        """Likes and what takes them back, in their order."""
        rows = await self._database.all(LIKES, seq, limit)
        return [Like(seq, user, post_us, kind != "like") for seq, user, post_us, kind in rows]

    async def start_of_newest_likes(self, count: int) -> int:
        """The seq after which there are `count` likes; 0 if there are not more."""
        [(seq,)] = await self._database.all(_NEWEST_LIKES, count)
        return int(seq)

    async def likes_until(self, user: str, seq: int, limit: int) -> Rows:
        """Posts that a user liked up to `seq`, with the seq of each, newest first."""
        return await self._database.all(LIKES_OF, user, seq + 1, limit)

    def likes_before(self, user: str, seq: int, limit: int) -> Sequence[tuple[Any, ...]]:
        """Posts that a user liked before `seq`, with the seq of each, oldest first."""
        return self._database.few(LIKES_OF, user, seq, limit)[::-1]
