"""Home feeds in SQLite: which posts a user sees, by the relations of the moment."""

from __future__ import annotations

import time
from collections.abc import Sequence

from service.messages import encode
from service.store.database import CLIENT_READ_SECONDS, Database
from service.store.errors import ReadRejected
from service.store.sql.feeds.posts import WHOLE, Post, whole_post

LEAST_POSTS = 100  # looked at in a round after the first: the user may see none of them
MOST_POSTS = 5000  # looked at in a round: some ms

AUTHORS = """
authors (author) AS (
  SELECT ?1 UNION ALL SELECT author FROM follows
  WHERE user_id = ?1 AND author <> ?1
    AND NOT (EXISTS (SELECT 1 FROM mutes WHERE user_id = ?1)
             AND EXISTS (SELECT 1 FROM mutes WHERE user_id = ?1 AND mutes.author = follows.author))
)
"""
"""The authors in the feed of the user ?1, at the moment of the read."""
UNMUTED = """
(posts.author = ?1 OR (
  NOT EXISTS (SELECT 1 FROM interactions WHERE user_id = ?1 AND post_us = posts.created_us
              AND sort = 'hide' AND kind = 'hide')
  AND (NOT EXISTS (SELECT 1 FROM muted_subjects WHERE user_id = ?1)
       OR NOT EXISTS (SELECT 1 FROM post_subjects CROSS JOIN muted_subjects USING (subject)
                      WHERE post_id = posts.id AND user_id = ?1))))
"""
"""Whether the user ?1 has neither hidden the post nor muted a subject of it; own posts stay."""
VISIBLE = f"""
(posts.author = ?1 OR (
  EXISTS (SELECT 1 FROM follows WHERE user_id = ?1 AND follows.author = posts.author)
  AND NOT EXISTS (SELECT 1 FROM mutes WHERE user_id = ?1 AND mutes.author = posts.author)))
AND {UNMUTED}
"""
"""Whether a post is in the feed of the user ?1, at the moment of the read."""

# ?2: later than, ?3: earlier than, ?4: how many. The newest posts of several authors.
#
# Reading so many of each author would take long for users who follow a thousand. So the first look
# finds a time: the `deep`-th newest post of each author is one step in the index, and if half of
# them are later than a time, so are enough posts. Only what is later is read and sorted; where the
# first look was at the newest post of each author, it says which authors have any.
_NEWEST = """
WITH {authors},
deep (place) AS MATERIALIZED (SELECT 1 + 2 * ?4 / (SELECT greatest(1, count(*)) FROM authors)),
heads (author, nth) AS MATERIALIZED (
  SELECT author, (SELECT created_us FROM posts INDEXED BY posts_of_author
                  WHERE author = authors.author AND created_us > ?2 AND created_us < ?3
                  ORDER BY created_us DESC LIMIT 1 OFFSET (SELECT place - 1 FROM deep))
  FROM authors),
least (created_us) AS MATERIALIZED (SELECT coalesce(
  (SELECT nth FROM heads
   WHERE nth IS NOT NULL ORDER BY nth DESC LIMIT 1 OFFSET (SELECT ?4 / place FROM deep)),
  (SELECT max(nth) FROM (
     SELECT (SELECT created_us FROM posts INDEXED BY posts_of_author
             WHERE author = authors.author AND created_us > ?2 AND created_us < ?3
             ORDER BY created_us DESC LIMIT 1 OFFSET ?4) AS nth
     FROM authors) AS each),
  ?2 + 1))
SELECT created_us FROM heads CROSS JOIN posts INDEXED BY posts_of_author
  ON posts.author = heads.author
WHERE created_us >= (SELECT created_us FROM least) AND created_us < ?3
  AND ((SELECT place FROM deep) > 1 OR nth >= (SELECT created_us FROM least))
ORDER BY created_us DESC LIMIT ?4
"""
NEWEST_OF_FOLLOWED = _NEWEST.format(
    authors="authors (author) AS (SELECT author FROM follows WHERE user_id = ?1)"
)
NEWEST_VISIBLE = _NEWEST.format(authors=AUTHORS)
_NEWEST_OF_AUTHOR = """
SELECT created_us FROM posts INDEXED BY posts_of_author WHERE author = ?
ORDER BY created_us DESC LIMIT ?
"""

# ?2 to ?4 as above, ?5: posts that are stored, as JSON. Adds what is not in stored feeds: posts on
# their way there, those of authors with too many followers, and own posts.
MERGED = f"""
WITH pulled (author) AS MATERIALIZED (
  SELECT ?1 UNION ALL SELECT author FROM pulled_authors
  WHERE EXISTS (SELECT 1 FROM follows
                WHERE user_id = ?1 AND follows.author = pulled_authors.author)
),
page (created_us) AS (
  SELECT CAST(stored.value AS bigint) FROM json_items(?5) AS stored
  WHERE CAST(stored.value AS bigint) > ?2 AND CAST(stored.value AS bigint) < ?3
  UNION
  SELECT created_us FROM fanouts
  WHERE created_us > ?2 AND created_us < ?3
    AND EXISTS (SELECT 1 FROM follows WHERE user_id = ?1 AND follows.author = fanouts.author)
  UNION
  SELECT found.created_us FROM pulled CROSS JOIN posts AS found INDEXED BY posts_of_author
    ON found.author = pulled.author
  WHERE found.created_us IN (
    SELECT created_us FROM posts INDEXED BY posts_of_author
    WHERE author = pulled.author AND created_us > ?2 AND created_us < ?3
    ORDER BY created_us DESC LIMIT ?4)
)
SELECT {WHOLE} FROM page CROSS JOIN posts ON posts.created_us = page.created_us
WHERE {VISIBLE} ORDER BY posts.created_us DESC LIMIT ?4
"""
# ?2: times as JSON, ?3: how many posts at most.
BY_TIME = f"""
SELECT {WHOLE} FROM json_items(?2) AS asked
CROSS JOIN posts ON posts.created_us = CAST(asked.value AS bigint)
WHERE {VISIBLE} ORDER BY posts.created_us DESC LIMIT ?3
"""
_VERSION = "SELECT version FROM follow_versions WHERE user_id = ?"


class HomeFeedPosts:
    """Reads the posts that users see. Clients wait for each other, and have shares of the queue.

    Every method may raise DatabaseUnavailable, those with a `client` ReadRejected as well.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def version(self, user: str) -> int | None:
        """What changes with the follows of a user; None for a user who never followed."""
        row = await self._database.get(_VERSION, user)
        return None if row is None else int(row[0])

    async def newest(
        self, user: str, after_us: int, before_us: int, limit: int, *, client: str
    ) -> list[Post]:
        """The newest posts between two times that a user sees.

        Some may be hidden, about a muted subject, or deleted since: each round looks at more, for
        so long in all as one query may take.
        """
        found: list[Post] = []
        most, deadline = limit, time.monotonic() + CLIENT_READ_SECONDS
        while True:
            times = await self._times(NEWEST_VISIBLE, user, after_us, before_us, most, client)
            if times:
                asked = (encode(times).decode(), limit - len(found))
                found += await self._posts(BY_TIME, user, *asked, client=client)
                before_us = times[-1]
            if len(times) < most or len(found) >= limit:
                return found
            if time.monotonic() > deadline:
                raise ReadRejected("Reading this takes too long; ask for less of it.")
            most = min(max(2 * most, LEAST_POSTS), MOST_POSTS)

    async def merged(
        self, user: str, window: tuple[int, int], limit: int, times: Sequence[int], *, client: str
    ) -> list[Post]:
        """The newest posts in a window of time that a user sees.

        `times` are those that the stored feed has in the window, exclusive of its ends.
        """
        stored = encode(times).decode()
        return await self._posts(MERGED, user, *window, limit, stored, client=client)

    async def of_followed(self, user: str, limit: int, *, client: str) -> list[int]:
        """The times of the newest posts of followed authors, of muted ones as well."""
        return await self._times(NEWEST_OF_FOLLOWED, user, -1, 2**63 - 1, limit, client)

    async def of_author(self, author: str, limit: int) -> list[int]:
        """The times of the newest posts of an author."""
        rows = await self._database.short.all(_NEWEST_OF_AUTHOR, author, limit)
        return [created_us for (created_us,) in rows]

    async def _times(
        self, sql: str, user: str, after_us: int, before_us: int, limit: int, client: str
    ) -> list[int]:
        read = self._database.short.all
        rows = await read(sql, user, after_us, before_us, limit, client=client)
        return [created_us for (created_us,) in rows]

    async def _posts(self, sql: str, *parameters: str | int, client: str) -> list[Post]:
        rows = await self._database.short.all(sql, *parameters, client=client)
        return [whole_post(row) for row in rows]
