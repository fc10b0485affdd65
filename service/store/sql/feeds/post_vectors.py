"""The texts of the newest posts as vectors, in SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.messages import encode
from service.store.database import Database
from service.store.sql.statements import Write

KEPT_POSTS = 10_000
"""Newest posts that have vectors; those of older posts are removed."""

_SAVE = Write(
    "save vectors",
    "post_us int, model text, vector text, edited_us int",
    (
        # not for a post that was edited or deleted since its text was read
        """
        INSERT INTO post_vectors (post_us, model, vector)
        SELECT post_us, model, vector FROM rows
        CROSS JOIN posts ON created_us = post_us AND coalesce(posts.edited_us, 0) = rows.edited_us
        WHERE true ON CONFLICT (post_us) DO UPDATE
        SET model = excluded.model, vector = excluded.vector
        """,
    ),
)
_REMOVE_OLD = Write(
    "remove old vectors",
    "kept int",
    (
        """
        DELETE FROM post_vectors WHERE post_us < (
          SELECT created_us FROM posts ORDER BY created_us DESC
          LIMIT 1 OFFSET (SELECT max(kept) - 1 FROM rows))
        """,
    ),
)
# ?1: model; ?2: of how many newest posts; ?3: at most; ?4: not these, as JSON
WAITING = """
SELECT posts.created_us, title, content, coalesce(edited_us, 0) FROM (
  SELECT newest.us AS us
  FROM (SELECT created_us AS us FROM posts ORDER BY created_us DESC LIMIT ?2) AS newest
  WHERE NOT EXISTS (
    SELECT 1 FROM post_vectors INDEXED BY vectors_of_model
    WHERE model = ?1 AND post_us = newest.us)
  AND newest.us NOT IN (SELECT CAST(skipped.value AS bigint) FROM json_items(?4) AS skipped)
  ORDER BY newest.us DESC LIMIT ?3
) AS waiting CROSS JOIN posts ON posts.created_us = waiting.us
ORDER BY posts.created_us DESC
"""
# ?1: posts as JSON; ?2: model
OF_POSTS = """
SELECT post_us, vector FROM json_items(?1) AS asked
CROSS JOIN post_vectors ON post_us = CAST(asked.value AS bigint)
WHERE model = ?2 AND vector <> ''
"""


@dataclass(frozen=True, slots=True)
class PostText:
    """A post that has no vector yet."""

    post_us: int
    title: str
    content: str
    edited_us: int
    """When it was edited last; 0 for never."""


class PostVectors:
    """Keeps a vector for each of the newest posts. Each method may raise DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, model: str, limit: int, skipped: Iterable[int] = ()) -> list[PostText]:
        """Posts without a vector of this model, newest first."""
        skip = encode([*skipped]).decode()
        rows = await self._database.all(WAITING, model, KEPT_POSTS, limit, skip)
        return [PostText(*row) for row in rows]

    async def save(self, model: str, vectors: Sequence[tuple[PostText, str]]) -> None:
        """Store the vector of each text, in place of one of another model."""
        rows = [(text.post_us, model, vector, text.edited_us) for text, vector in vectors]
        await self._database.write(_SAVE, rows)

    async def remove_old(self) -> None:
        """Remove the vectors of posts that are not among the newest any more."""
        await self._database.write(_REMOVE_OLD, [(KEPT_POSTS,)])

    async def of_posts(self, posts: Sequence[int], model: str, client: str) -> dict[int, str]:
        """The vectors of posts, where there are any. Raises ReadRejected, too."""
        asked = encode(posts).decode()
        return dict(await self._database.short.all(OF_POSTS, asked, model, client=client))
