"""Posts that may be recommended to a user, with what decides whether they are, in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from service import clock
from service.messages import encode
from service.ranking.filters import Facts
from service.ranking.sources import NEW_SECONDS, QUOTAS, SourceQuery, first_source
from service.ranking.types import Candidate
from service.store.database import Database
from service.store.sql.feeds.new_authors import VOICES
from service.store.sql.feeds.posts import LATEST, MICROSECONDS, WHOLE, Post, whole_post
from service.store.sql.feeds.visible_posts import NEWEST_VISIBLE, UNMUTED

POSTS_OF_NAME = 10
"""Newest posts of each author, and about each subject, that the reader likes."""
SAME_CHARACTERS = 200
"""Posts with the same title, length and first characters say the same."""

# ?1: user
_FACTS = f"""
posts.created_us, posts.id, posts.author,
(SELECT json_sorted(subject) FROM post_subjects WHERE post_id = posts.id),
EXISTS (SELECT 1 FROM follows WHERE user_id = ?1 AND follows.author = posts.author),
coalesce(views, 0), greatest(coalesce(likes, 0), 0),
(SELECT json_sorted(kind) FROM interactions
 WHERE user_id = ?1 AND post_us = posts.created_us AND sort IN ('view', 'like', 'hide')),
EXISTS (SELECT 1 FROM mutes WHERE user_id = ?1 AND mutes.author = posts.author),
EXISTS (SELECT 1 FROM muted_subjects WHERE user_id = ?1) AND EXISTS (
  SELECT 1 FROM post_subjects CROSS JOIN muted_subjects USING (subject)
  WHERE post_id = posts.id AND user_id = ?1),
title, length(content), substr(content, 1, {SAME_CHARACTERS})
"""

# ?2 to ?4: later than, earlier than, how many posts of followed authors; ?5: pairs of source and
# post as JSON; ?6, ?7: authors and subjects as JSON; ?8: fewer views than; ?9: how many new posts;
# ?10: authors who began later are new
FOUND = f"""
WITH found (source, created_us) AS MATERIALIZED (
  SELECT 'follows', created_us FROM ({NEWEST_VISIBLE}) AS followed
  UNION ALL SELECT known.source, known.post_us FROM rows(?5: source text, post_us int) AS known
  UNION ALL
  SELECT 'authors', posts.created_us FROM json_items(?6) AS named
  CROSS JOIN posts INDEXED BY posts_of_author ON posts.author = named.value
  WHERE posts.created_us IN (
    SELECT created_us FROM posts INDEXED BY posts_of_author
    WHERE author = named.value ORDER BY created_us DESC LIMIT {POSTS_OF_NAME})
  UNION ALL
  SELECT 'subjects', posts.created_us FROM json_items(?7) AS named CROSS JOIN posts ON true
  WHERE posts.id IN (
    SELECT post_id FROM post_subjects INDEXED BY posts_of_subject
    WHERE subject = named.value ORDER BY post_id DESC LIMIT {POSTS_OF_NAME})
  UNION ALL SELECT 'voices', created_us FROM ({VOICES}) AS voices
  UNION ALL
  SELECT 'new', created_us FROM (
    SELECT created_us FROM posts ORDER BY created_us DESC LIMIT ?9) AS newest
  LEFT JOIN post_counts ON post_us = created_us WHERE coalesce(views, 0) < ?8
)
SELECT sources, {_FACTS}
FROM (SELECT created_us, json_list(DISTINCT source) AS sources FROM found
      GROUP BY created_us) AS each
CROSS JOIN posts ON posts.created_us = each.created_us
LEFT JOIN post_counts ON post_us = posts.created_us
ORDER BY posts.created_us DESC
"""
ONE = f"""
SELECT '["follows"]', {_FACTS} FROM posts LEFT JOIN post_counts ON post_us = posts.created_us
WHERE posts.id = ?2
"""
# ?2: posts as JSON
VISIBLE_OF = f"""
SELECT {WHOLE} FROM json_items(?2) AS asked
CROSS JOIN posts ON posts.created_us = CAST(asked.value AS bigint)
WHERE NOT EXISTS (SELECT 1 FROM mutes WHERE user_id = ?1 AND mutes.author = posts.author)
  AND {UNMUTED}
"""
_TITLE = "SELECT id, title FROM posts WHERE created_us = ?"


class Candidates:
    """Reads candidates and their facts. Each method may raise DatabaseUnavailable, ReadRejected."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self, user: str, query: SourceQuery, few_views: float, client: str
    ) -> list[Facts]:
        """The posts of all sources, each once, newest first."""
        known = [("neighbours", post) for post in query.neighbours]
        known += [("popular", post) for post in query.popular]
        rows = await self._database.short.all(
            FOUND,
            *(user, -1, LATEST, QUOTAS["follows"]),
            *(encode(known).decode(), encode(query.authors).decode()),
            *(encode(query.subjects).decode(), few_views, QUOTAS["new"]),
            int((clock.wall() - NEW_SECONDS) * MICROSECONDS),
            client=client,
        )
        return [_facts(row, user) for row in rows]

    async def one(self, user: str, post_id: str, client: str) -> Facts | None:
        """The facts about one post; None if there is none."""
        rows = await self._database.short.all(ONE, user, post_id, client=client)
        return _facts(rows[0], user) if rows else None

    async def visible(self, user: str, posts: Sequence[int], client: str) -> dict[int, Post]:
        """The posts that a user may see now: neither deleted nor hidden nor muted."""
        rows = await self._database.short.all(
            VISIBLE_OF, user, encode(posts).decode(), client=client
        )
        return {post.created_us: post for post in map(whole_post, rows)}

    async def title(self, post: int) -> tuple[str, str] | None:
        """The id and the title of a post; None if it was deleted."""
        row = await self._database.get(_TITLE, post)
        return None if row is None else (str(row[0]), str(row[1]))


@lru_cache(maxsize=256)  # few of the combinations occur
def _first_source(sources: str) -> str:
    return first_source(msgspec.json.decode(sources))


def _facts(row: Sequence[Any], user: str) -> Facts:
    sources, post, id_, author, subjects, follows, views, likes, acts, mutes, mutes_subject = row[
        :11
    ]
    kinds = msgspec.json.decode(acts)
    return Facts(
        Candidate(
            post,
            author,
            tuple(msgspec.json.decode(subjects)),
            is_followed=bool(follows),
            views=views,
            likes=likes,
            source=_first_source(sources),
            is_new_voice="voices" in sources,
        ),
        id_,
        (row[11], str(row[12]), row[13]),
        is_own=author == user,
        is_seen="view" in kinds or "like" in kinds,
        is_hidden="hide" in kinds,
        is_author_muted=bool(mutes),
        is_subject_muted=bool(mutes_subject),
    )
