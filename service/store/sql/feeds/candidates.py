"""Posts that may be recommended to a user, with what decides whether they are, in SQLite."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from service import clock
from service.messages import encode
from service.ranking.filters import Facts
from service.ranking.sources import NEW_SECONDS, QUOTAS, SourceQuery
from service.ranking.types import Candidate
from service.store.database import Database
from service.store.sql.feeds.new_authors import VOICES
from service.store.sql.feeds.posts import LATEST, MICROSECONDS, WHOLE, Post, whole_post
from service.store.sql.feeds.visible_posts import NEWEST_VISIBLE, UNMUTED

POSTS_OF_NAME = 10
"""Newest posts of each author, and about each subject, that the reader likes."""
SAME_CHARACTERS = 200
"""Posts with the same title, length and first characters say the same."""
_SOURCES = tuple(QUOTAS)
_PLACES = {name: place for place, name in enumerate(_SOURCES)}
"""In SQL a source is its place, so that the first one is the least."""
_UNUSED = ("", "", "")
"""For the parameters of a statement between those that it shares with others."""
_HIDDEN = 100
"""What a `hide` adds to the acts of a user with a post, where a view and a like add 1 each."""

# ?1: user
_FACTS = f"""
SELECT json_rows(post_us, source, last_source, post_id, author, subjects, follows, views, likes,
                 acts, mutes_author, mutes_subject, title, content_characters)
FROM (
  SELECT each.created_us AS post_us, source, last_source, post_id, features.author AS author,
    subjects, title, content_characters,
    CASE WHEN EXISTS (SELECT 1 FROM follows
                      WHERE user_id = ?1 AND follows.author = features.author)
      THEN 1 ELSE 0 END AS follows,
    coalesce(views, 0) AS views, greatest(coalesce(likes, 0), 0) AS likes,
    coalesce((SELECT sum(CASE kind WHEN 'hide' THEN {_HIDDEN} WHEN 'view' THEN 1
                                   WHEN 'like' THEN 1 ELSE 0 END) FROM interactions
              WHERE user_id = ?1 AND post_us = each.created_us
                AND sort IN ('view', 'like', 'hide')), 0) AS acts,
    CASE WHEN EXISTS (SELECT 1 FROM mutes WHERE user_id = ?1)
          AND EXISTS (SELECT 1 FROM mutes WHERE user_id = ?1 AND mutes.author = features.author)
      THEN 1 ELSE 0 END AS mutes_author,
    CASE WHEN EXISTS (SELECT 1 FROM muted_subjects WHERE user_id = ?1)
          AND EXISTS (SELECT 1 FROM post_subjects CROSS JOIN muted_subjects USING (subject)
                      WHERE post_subjects.post_id = features.post_id AND user_id = ?1)
      THEN 1 ELSE 0 END AS mutes_subject
  FROM {{each}} AS each
  CROSS JOIN post_features AS features ON features.post_us = each.created_us
  LEFT JOIN post_counts ON post_counts.post_us = each.created_us
  ORDER BY each.created_us
) AS facts
"""

_EACH = """(SELECT created_us, min(source) AS source, max(source) AS last_source FROM found
        GROUP BY created_us)"""
# ?2 to ?4: later than, earlier than, how many posts of followed authors; ?8: fewer views than; ?9:
# how many new posts; ?10: authors who began later are new
FOR_ANYONE = f"""
WITH found (source, created_us) AS MATERIALIZED (
  SELECT {_PLACES["follows"]}, created_us FROM ({NEWEST_VISIBLE}) AS followed
  UNION ALL SELECT {_PLACES["voices"]}, created_us FROM ({VOICES}) AS voices
  UNION ALL
  SELECT {_PLACES["new"]}, created_us FROM (
    SELECT created_us FROM posts ORDER BY created_us DESC LIMIT ?9) AS newest
  LEFT JOIN post_counts ON post_us = created_us WHERE coalesce(views, 0) < ?8
)
""" + _FACTS.format(each=_EACH)
# ?2: pairs of source and post as JSON; ?3, ?4: authors and subjects as JSON
BY_TASTE = f"""
WITH found (source, created_us) AS MATERIALIZED (
  SELECT known.source, known.post_us FROM rows(?2: source int, post_us int) AS known
  UNION ALL
  SELECT {_PLACES["authors"]}, posts.created_us FROM json_items(?3) AS named
  CROSS JOIN posts INDEXED BY posts_of_author ON posts.author = named.value
  WHERE posts.created_us IN (
    SELECT created_us FROM posts INDEXED BY posts_of_author
    WHERE author = named.value ORDER BY created_us DESC LIMIT {POSTS_OF_NAME})
  UNION ALL
  SELECT {_PLACES["subjects"]}, posts.created_us FROM json_items(?4) AS named
  CROSS JOIN posts ON true
  WHERE posts.id IN (
    SELECT post_id FROM post_subjects INDEXED BY posts_of_subject
    WHERE subject = named.value ORDER BY post_id DESC LIMIT {POSTS_OF_NAME})
)
""" + _FACTS.format(each=_EACH)
ONE = _FACTS.format(
    each=f"""(SELECT created_us, {_PLACES["follows"]} AS source, 0 AS last_source FROM posts
        WHERE id = ?2)"""
)
# ?1: posts as JSON, ?2: how many characters
BEGINNINGS = """
SELECT created_us, substr(content, 1, ?2) FROM json_items(?1) AS asked
CROSS JOIN posts ON posts.created_us = CAST(asked.value AS bigint)
"""
# ?2: posts as JSON
VISIBLE_OF = f"""
SELECT {WHOLE} FROM json_items(?2) AS asked
CROSS JOIN posts ON posts.created_us = CAST(asked.value AS bigint)
WHERE NOT EXISTS (SELECT 1 FROM mutes WHERE user_id = ?1 AND mutes.author = posts.author)
  AND {UNMUTED}
"""
TITLES = """
SELECT post_us, post_id, title FROM json_items(?1) AS asked
CROSS JOIN post_features ON post_us = CAST(asked.value AS bigint)
"""


class _Row(msgspec.Struct, array_like=True, gc=False):
    """A row of _FACTS."""

    post: int
    source: int
    last_source: int
    post_id: str
    author: str
    subjects: str
    follows: int
    views: int
    likes: int
    acts: int
    mutes_author: int
    mutes_subject: int
    title: str
    characters: int


_ROWS = msgspec.json.Decoder(list[_Row])
_SUBJECTS = msgspec.json.Decoder(list[str])


class Candidates:
    """Reads candidates and their facts. Each method may raise DatabaseUnavailable, ReadRejected."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def for_anyone(self, user: str, few_views: float, client: str) -> list[Facts]:
        """The posts of the sources that need no taste, each once."""
        rows = await self._rows(
            FOR_ANYONE,
            *(user, -1, LATEST, QUOTAS["follows"], *_UNUSED, few_views, QUOTAS["new"]),
            int((clock.wall() - NEW_SECONDS) * MICROSECONDS),
            client=client,
        )
        return [_facts(row, user) for row in rows]

    async def by_taste(self, user: str, query: SourceQuery, client: str) -> list[Facts]:
        """The posts of the other sources, each once."""
        known = [(_PLACES["neighbours"], post) for post in query.neighbours]
        known += [(_PLACES["popular"], post) for post in query.popular]
        given = [encode(values).decode() for values in (known, query.authors, query.subjects)]
        return [
            _facts(row, user) for row in await self._rows(BY_TASTE, user, *given, client=client)
        ]

    async def with_beginnings(self, found: Sequence[Facts], client: str) -> list[Facts]:
        """The same, with the beginnings of those that are alike in title and length."""
        alike = Counter(facts.content for facts in found)
        asked = [facts.candidate.post for facts in found if alike[facts.content] > 1]
        if not asked:
            return [*found]
        given = (encode(asked).decode(), SAME_CHARACTERS)
        rows = await self._database.short.all(BEGINNINGS, *given, client=client)
        begins: dict[int, str] = dict(rows)
        return [
            replace(facts, content=(*facts.content, begins.get(facts.candidate.post, "")))
            for facts in found
        ]

    async def one(self, user: str, post_id: str, client: str) -> Facts | None:
        """The facts about one post; None if there is none."""
        rows = await self._rows(ONE, user, post_id, client=client)
        return _facts(rows[0], user) if rows else None

    async def _rows(self, sql: str, *parameters: str | float, client: str) -> list[_Row]:
        [(found,)] = await self._database.short.all(sql, *parameters, client=client)
        return _ROWS.decode(found)

    async def visible(self, user: str, posts: Sequence[int], client: str) -> dict[int, Post]:
        """The posts that a user may see now: neither deleted nor hidden nor muted."""
        rows = await self._database.short.all(
            VISIBLE_OF, user, encode(posts).decode(), client=client
        )
        return {post.created_us: post for post in map(whole_post, rows)}

    async def titles(self, posts: Iterable[int]) -> dict[int, tuple[str, str]]:
        """The id and the title of each of a few posts; without those that were deleted."""
        asked = encode(sorted({*posts})).decode()
        rows = [] if asked == "[]" else await self._database.few(TITLES, asked)
        return {post: (post_id, title) for post, post_id, title in rows}


def _facts(row: _Row, user: str) -> Facts:
    return Facts(
        Candidate(
            row.post,
            row.author,
            tuple(_SUBJECTS.decode(row.subjects)),
            is_followed=row.follows > 0,
            views=row.views,
            likes=row.likes,
            source=_SOURCES[row.source],
            is_new_voice=row.last_source == _PLACES["voices"],
        ),
        row.post_id,
        (row.title, str(row.characters)),
        is_own=row.author == user,
        is_seen=row.acts % _HIDDEN > 0,
        is_hidden=row.acts >= _HIDDEN,
        is_author_muted=row.mutes_author > 0,
        is_subject_muted=row.mutes_subject > 0,
    )


def merged(*found: Iterable[Facts]) -> list[Facts]:
    """The posts of several reads, each once, newest first; the first source counts."""
    by_post: dict[int, Facts] = {}
    for facts in itertools.chain(*found):
        post = facts.candidate.post
        by_post[post] = _both(by_post[post], facts) if post in by_post else facts
    return sorted(by_post.values(), key=lambda facts: facts.candidate.post, reverse=True)


def _both(one: Facts, other: Facts) -> Facts:
    of_both = (one.candidate, other.candidate)
    first = min(of_both, key=lambda candidate: _PLACES[candidate.source])
    is_new_voice = any(candidate.is_new_voice for candidate in of_both)
    return replace(other, candidate=replace(first, is_new_voice=is_new_voice))
