"""What users do with posts, in SQLite: the truth of likes, hides and tastes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from service import clock
from service.ranking.sources import NEW_SECONDS
from service.store.change_signal import ChangeSignal
from service.store.database import Database, Rows
from service.store.sql.feeds import new_authors
from service.store.sql.feeds.posts import MICROSECONDS
from service.store.sql.statements import Write

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

# Of several rows for a key the last counts.
_GIVEN = """
WITH given AS (
  SELECT user_id, post_us, sort, kind, author, now_us, list_id, number,
         row_number() OVER (PARTITION BY user_id, post_us, sort ORDER BY number DESC) AS from_last
  FROM rows
),
acts AS (SELECT * FROM given WHERE from_last = 1)
"""
_RECORD = Write(
    "record acts",
    """user_id text, post_us int, sort text, kind text, author text, now_us int,
    list_id text""",
    (
        f"""
        {_GIVEN}
        INSERT INTO post_counts (post_us, views, likes)
        SELECT post_us, sum(new_views), sum(new_likes) FROM (
          SELECT acts.post_us AS post_us,
                 CASE WHEN acts.kind = 'view' AND past.kind IS NULL THEN 1 ELSE 0 END
                   AS new_views,
                 CASE acts.kind WHEN 'like' THEN 1 ELSE 0 END
                   - CASE past.kind WHEN 'like' THEN 1 ELSE 0 END AS new_likes
          FROM acts LEFT JOIN interactions AS past
            ON past.user_id = acts.user_id AND past.post_us = acts.post_us
            AND past.sort = acts.sort
          WHERE acts.sort IN ('view', 'like')
        ) AS new WHERE new_views <> 0 OR new_likes <> 0
        GROUP BY post_us
        ON CONFLICT (post_us) DO UPDATE SET
          views = post_counts.views + excluded.views, likes = post_counts.likes + excluded.likes
        """,
        f"{_GIVEN} {new_authors.COUNT_READERS}",
        f"""
        {_GIVEN}
        INSERT INTO interactions (user_id, post_us, sort, kind, author, seq, list_id)
        SELECT user_id, post_us, sort, kind, author,
               greatest(now_us, coalesce(
                 (SELECT max(seq) + 1 FROM interactions INDEXED BY likes_in_order
                  WHERE sort = 'like'), 0)) + number,
               list_id
        FROM acts
        WHERE kind NOT IN ('unlike', 'unhide') OR EXISTS (
          SELECT 1 FROM interactions AS past
          WHERE past.user_id = acts.user_id AND past.post_us = acts.post_us
            AND past.sort = acts.sort)
        ORDER BY number
        ON CONFLICT (user_id, post_us, sort) DO UPDATE
        SET kind = excluded.kind, seq = excluded.seq, list_id = excluded.list_id
        WHERE interactions.kind <> excluded.kind OR excluded.kind = 'view'
        RETURNING user_id, post_us, kind
        """,
    ),
    is_serial=True,
)

# Hidden posts stay hidden, but say nothing any more.
_FORGET = Write(
    "forget taste",
    "name text",
    (
        """
        UPDATE post_counts SET likes = post_counts.likes - taken.count
        FROM (SELECT post_us, count(*) AS count
              FROM (SELECT DISTINCT name FROM rows) AS named
              CROSS JOIN interactions ON user_id = named.name WHERE kind = 'like'
              GROUP BY post_us) AS taken
        WHERE post_counts.post_us = taken.post_us
        """,
        """
        DELETE FROM interactions
        WHERE user_id IN (SELECT name FROM rows) AND sort <> 'hide'
        """,
        """
        UPDATE interactions SET seq = 0
        WHERE user_id IN (SELECT name FROM rows) AND sort = 'hide'
        """,
        "DELETE FROM served_posts WHERE user_id IN (SELECT name FROM rows)",
    ),
)

_EXPIRE = Write(
    "expire views",
    "last_seq int, most int",
    (
        """
        DELETE FROM interactions WHERE (user_id, post_us, sort) IN (
          SELECT user_id, post_us, sort FROM interactions INDEXED BY views_in_order
          WHERE sort = 'view' AND seq <= (SELECT last_seq FROM rows)
          ORDER BY seq LIMIT (SELECT most FROM rows)
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
# The newest like stays: the next one has to be later.
_REMOVE = Write(
    "remove acts",
    "user_id text, post_us int, sort text",
    (
        """
        DELETE FROM interactions
        WHERE (user_id, post_us, sort) IN (SELECT user_id, post_us, sort FROM rows)
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
  WHERE sort = 'like' ORDER BY seq DESC LIMIT ?) AS newest
"""
LIKES_OF = """
SELECT post_us, seq FROM interactions INDEXED BY interactions_of_user
WHERE user_id = ? AND seq < ? AND kind = 'like' ORDER BY seq DESC LIMIT ?
"""
"""The likes of a user before a time, newest first."""
ACTS = """
SELECT json_rows(seq, kind, sort, post_us, author, subjects) FROM (
  SELECT seq, kind, sort, acts.post_us AS post_us, acts.author AS author,
         coalesce(subjects, '[]') AS subjects
  FROM interactions AS acts INDEXED BY interactions_of_user
  LEFT JOIN post_features ON post_features.post_us = acts.post_us
  WHERE user_id = ? AND seq > 0 ORDER BY seq DESC LIMIT ?) AS newest
"""
"""The newest acts of a user as JSON."""


@dataclass(frozen=True, slots=True)
class UserAct:
    """Something that a user does with another user's post."""

    user: str
    post_us: int
    author: str
    kind: ActKind
    of: ActOf | None = None
    list_id: str | None = None


class RecordedAct(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An act of a user, with the author and the subjects of the post."""

    seq: int
    kind: ActKind
    sort: str
    post_us: int
    author: str
    subjects: str
    """A JSON array."""


_ACTS = msgspec.json.Decoder(list[RecordedAct])


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
        self.changed = ChangeSignal()
        """Set whenever an act is recorded."""

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

    async def expire_new_authors(self) -> None:
        """Forget who has been new for long enough, or has readers."""
        before = int((clock.wall() - NEW_SECONDS) * MICROSECONDS)
        await self._database.write(new_authors.EXPIRE, [(before,)])

    async def sweep(self) -> None:
        """Look at the next batch of acts, and remove those with posts that were deleted."""
        rows = await self._database.all(_NEXT, *self._swept, BATCH_SWEPT)
        self._swept = rows[-1][:3] if len(rows) == BATCH_SWEPT else FIRST
        if gone := [row[:3] for row in rows if not row[3]]:
            await self._database.write(_REMOVE, gone)

    async def acts_of(self, user: str, client: str = "") -> list[RecordedAct]:
        """The newest acts of a user, oldest first. Raises ReadRejected, too."""
        [(found,)] = await self._database.short.all(ACTS, user, MOST_ACTS, client=client)
        return sorted(_ACTS.decode(found), key=lambda act: act.seq)

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

    async def likes_before(self, user: str, seq: int, limit: int) -> Sequence[tuple[Any, ...]]:
        """Posts that a user liked before `seq`, with the seq of each, oldest first."""
        return (await self._database.few(LIKES_OF, user, seq, limit))[::-1]
