"""What happens in feeds: posts, edits, removals, changes of markers, in the order of the line.

Events are read for one user who comes back (`missed`), and for all users whose feeds are open
(`fresh`). Both have the follows and mutes of the moment of the read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from service.store.database import Database
from service.store.sql.feeds.posts import WHOLE, Post, whole_post
from service.store.sql.feeds.visible_posts import AUTHORS, UNMUTED

MOST_POSTS = 100  # in one read for one user
MOST_REMOVALS = 1000
MOST_ENTRIES = 200  # in one read for all users

# ?1: user, ?2: later than, ?3: up to, ?4: limit. As a page of the feed, but the oldest first.
POSTS = f"""
WITH {AUTHORS},
page (created_us) AS MATERIALIZED (
  SELECT found.created_us FROM authors CROSS JOIN posts AS found INDEXED BY posts_of_author
    ON found.author = authors.author
  WHERE found.created_us IN (
    SELECT created_us FROM posts INDEXED BY posts_of_author
    WHERE author = authors.author AND created_us > ?2 AND created_us <= ?3 AND {UNMUTED}
    ORDER BY created_us LIMIT ?4
  )
  ORDER BY found.created_us LIMIT ?4
)
SELECT {WHOLE}
FROM page CROSS JOIN posts ON posts.created_us = page.created_us
ORDER BY posts.created_us
"""

# ?5: only posts up to here: the client cannot have later ones, and gets these as they are now.
EDITS = f"""
WITH {AUTHORS},
page (us) AS MATERIALIZED (
  SELECT edited_us FROM authors CROSS JOIN posts INDEXED BY edits_of_author
    ON posts.author = authors.author
  WHERE edited_us > ?2 AND edited_us <= ?3 AND posts.created_us <= ?5 AND {UNMUTED}
  ORDER BY edited_us LIMIT ?4
)
SELECT {WHOLE}
FROM page CROSS JOIN posts INDEXED BY edits_in_order ON posts.edited_us = page.us
ORDER BY posts.edited_us
"""

REMOVALS = f"""
WITH {AUTHORS}
SELECT removed_us, id
FROM authors CROSS JOIN deleted_posts INDEXED BY removals_of_author USING (author)
WHERE removed_us > ?2 AND removed_us <= ?3 AND created_us <= ?5
ORDER BY removed_us LIMIT ?4
"""
_MARKER = """
SELECT changed_us, viewed_us FROM feed_markers
WHERE user_id = ? AND changed_us > ? AND changed_us <= ?
"""

# ?1: later than, ?2: up to, ?3: limit. Removals and edits of posts that are as new are left out.
ENTRIES = """
SELECT created_us AS us, 'post', id FROM posts WHERE created_us > ?1 AND created_us <= ?2
UNION ALL
SELECT edited_us, 'edited', id FROM posts INDEXED BY edits_in_order
WHERE edited_us > ?1 AND edited_us <= ?2 AND created_us <= ?1
UNION ALL
SELECT removed_us, 'removed', id FROM deleted_posts INDEXED BY removals_in_order
WHERE removed_us > ?1 AND removed_us <= ?2 AND created_us <= ?1
UNION ALL
SELECT changed_us, 'marker', CAST(viewed_us AS text) FROM feed_markers
WHERE changed_us > ?1 AND changed_us <= ?2
ORDER BY us LIMIT ?3
"""
_FRESH_POSTS = f"""
SELECT {WHOLE} FROM posts WHERE created_us > ?1 AND created_us <= ?2
UNION ALL
SELECT {WHOLE} FROM posts INDEXED BY edits_in_order
WHERE edited_us > ?1 AND edited_us <= ?2 AND created_us <= ?1
"""

# ?1: the users, ?2: later than, ?3: up to.
READERS = """
WITH readers (user_id) AS (SELECT asked.value FROM json_items(?1) AS asked),
fresh (us, id, author, post_us) AS MATERIALIZED (
  SELECT created_us, id, author, created_us FROM posts WHERE created_us > ?2 AND created_us <= ?3
  UNION ALL
  SELECT edited_us, id, author, created_us FROM posts INDEXED BY edits_in_order
  WHERE edited_us > ?2 AND edited_us <= ?3 AND created_us <= ?2
  UNION ALL
  SELECT removed_us, id, author, created_us FROM deleted_posts INDEXED BY removals_in_order
  WHERE removed_us > ?2 AND removed_us <= ?3 AND created_us <= ?2
)
SELECT us, readers.user_id FROM fresh CROSS JOIN readers ON true
WHERE fresh.author = readers.user_id OR (
  EXISTS (SELECT 1 FROM follows WHERE user_id = readers.user_id AND author = fresh.author)
  AND NOT EXISTS (SELECT 1 FROM mutes WHERE user_id = readers.user_id AND author = fresh.author)
  AND NOT EXISTS (SELECT 1 FROM post_subjects CROSS JOIN muted_subjects USING (subject)
                  WHERE post_id = fresh.id AND muted_subjects.user_id = readers.user_id)
  AND NOT EXISTS (SELECT 1 FROM interactions
                  WHERE user_id = readers.user_id AND interactions.post_us = fresh.post_us
                    AND sort = 'hide' AND kind = 'hide')
)
UNION ALL
SELECT changed_us, user_id FROM feed_markers
WHERE changed_us > ?2 AND changed_us <= ?3 AND user_id IN (SELECT user_id FROM readers)
ORDER BY us
"""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event; `about` is the post, the id of a removed post, or the microsecond of a marker."""

    us: int
    name: Literal["post", "edited", "removed", "marker"]
    about: Post | str | int


class FeedEvents:
    """Reads what happens in feeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def missed(
        self, user: str, after_us: int, until_us: int, known_us: int, *, client: str = ""
    ) -> tuple[list[FeedEvent], int]:
        """Events of one user in this part of the line, and up to where they go.

        Removals and edits are only of posts up to `known_us`.

        Raises DatabaseUnavailable, ReadRejected.
        """
        read = self._database.short.all
        part = (user, after_us, until_us)
        posts, edited, removals = await asyncio.gather(
            read(POSTS, *part, MOST_POSTS, client=client),
            read(EDITS, *part, MOST_POSTS, known_us, client=client),
            read(REMOVALS, *part, MOST_REMOVALS, known_us, client=client),
        )
        events = [FeedEvent(post.created_us, "post", post) for post in map(whole_post, posts)]
        edits = [FeedEvent(post.edited_us or 0, "edited", post) for post in map(whole_post, edited)]
        for page in (events, edits):
            if len(page) == MOST_POSTS:
                until_us = min(until_us, page[-1].us)
        events += edits
        if len(removals) == MOST_REMOVALS:
            until_us = min(until_us, removals[-1][0])
        events += [FeedEvent(us, "removed", id_) for us, id_ in removals]
        events += [
            FeedEvent(us, "marker", viewed_us)
            for us, viewed_us in await self._database.few(_MARKER, *part)
        ]
        events.sort(key=lambda event: event.us)
        return [event for event in events if event.us <= until_us], until_us

    async def fresh(
        self, users: Iterable[str], after_us: int, until_us: int
    ) -> tuple[list[FeedEvent], list[tuple[int, str]], int]:
        """Events of all users in this part of the line, who gets which, and up to where they go."""
        read = self._database.all
        entries = await read(ENTRIES, after_us, until_us, MOST_ENTRIES)
        if not entries:
            return [], [], until_us
        if len(entries) == MOST_ENTRIES:
            until_us = entries[-1][0]
        names = msgspec.json.encode(list(users)).decode()
        readers = await read(READERS, names, after_us, until_us)
        found = map(whole_post, await read(_FRESH_POSTS, after_us, until_us))
        posts = {post.id: post for post in found}
        events = [_event(us, name, about, posts) for us, name, about in entries]
        return [event for event in events if event], [(us, user) for us, user in readers], until_us


def _event(us: int, name: Any, about: str, posts: dict[str, Post]) -> FeedEvent | None:
    """The event of an entry; None for a post that was deleted, or edited again, since."""
    if name not in ("post", "edited"):
        return FeedEvent(us, name, int(about) if name == "marker" else about)
    return FeedEvent(us, name, posts[about]) if about in posts else None
