"""The home feed of a user: the posts of the user and of the followed authors, newest first."""

from __future__ import annotations

from service.store.sql.posts import WHOLE, Post, whole_post
from service.store.sqlite.database import Database

AUTHORS = """
authors (author) AS (
  SELECT ?1 UNION SELECT author FROM follows WHERE user_id = ?1
  EXCEPT SELECT author FROM mutes WHERE user_id = ?1
)
"""
"""The authors in the feed of the user ?1, at the moment of the read."""
UNMUTED = """
(posts.author = ?1 OR NOT EXISTS (SELECT 1 FROM muted_subjects WHERE user_id = ?1)
 OR NOT EXISTS (SELECT 1 FROM post_subjects CROSS JOIN muted_subjects USING (subject)
                WHERE post_id = posts.id AND user_id = ?1))
"""
"""Whether the user ?1 has muted no subject of the post; own posts stay, whatever theirs are."""

# ?1: user, ?2: later than, ?3: earlier than, ?4: limit. The newest posts of each author come from
# the index alone; only the posts of the page are read whole.
PAGE = f"""
WITH {AUTHORS},
page (created_us) AS MATERIALIZED (
  SELECT found.created_us FROM authors CROSS JOIN posts AS found INDEXED BY posts_of_author
  WHERE found.author = authors.author AND found.created_us IN (
    SELECT created_us FROM posts INDEXED BY posts_of_author
    WHERE author = authors.author AND created_us > ?2 AND created_us < ?3
      AND {UNMUTED}
    ORDER BY created_us DESC LIMIT ?4
  )
  ORDER BY found.created_us DESC LIMIT ?4
)
SELECT {WHOLE}
FROM page CROSS JOIN posts ON posts.created_us = page.created_us
ORDER BY posts.created_us DESC
"""


class HomeFeeds:
    """Reads home feeds from SQLite, page by page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, user: str, after_us: int, before_us: int, limit: int, *, client: str = ""
    ) -> list[Post]:
        """Posts later than `after_us` and earlier than `before_us`, newest first.

        `client` identifies the caller. Raises DatabaseUnavailable, ReadRejected.
        """
        rows = await self._database.short.all(PAGE, user, after_us, before_us, limit, client=client)
        return [whole_post(row) for row in rows]
