"""New authors in SQLite, until a few users have read them: statements of other writes and reads.

Lists try the posts of new authors first (`service/ranking/exploration.py`).
"""

from __future__ import annotations

from service.ranking.sources import ENOUGH_READERS, NEW_AUTHORS, QUOTAS
from service.store.sql.statements import Write

POSTS_OF_NEW = QUOTAS["voices"] // NEW_AUTHORS
MOST_POSTS = 50
"""Newest posts of a new author that count: some import many posts at once."""

_HAS_READ = f"""
EXISTS (
  SELECT 1 FROM (SELECT created_us FROM posts INDEXED BY posts_of_author
                 WHERE posts.author = {{author}} ORDER BY created_us DESC LIMIT {MOST_POSTS}) AS one
  CROSS JOIN interactions ON user_id = {{user}} AND post_us = one.created_us
  WHERE sort IN ('view', 'like'))
"""

# A part of the write that publishes: `rows` has ids of posts.
WELCOME = """
INSERT INTO new_authors (author, since_us, readers)
SELECT posts.author, min(posts.created_us), 0 FROM rows CROSS JOIN posts ON posts.id = rows.id
WHERE NOT EXISTS (
  SELECT 1 FROM posts AS earlier INDEXED BY posts_of_author
  WHERE earlier.author = posts.author AND earlier.created_us < posts.created_us)
GROUP BY posts.author
ON CONFLICT (author) DO NOTHING
"""
# A part of the write that records acts, before it does; `acts` are these.
COUNT_READERS = f"""
UPDATE new_authors SET readers = new_authors.readers + new.count FROM (
  SELECT author, count(*) AS count FROM (
    SELECT DISTINCT acts.author AS author, acts.user_id AS user_id FROM acts
    CROSS JOIN new_authors AS known ON known.author = acts.author
    WHERE acts.kind IN ('view', 'like') AND known.readers < {ENOUGH_READERS}
      AND NOT {_HAS_READ.format(author="acts.author", user="acts.user_id")}) AS fresh
  GROUP BY author) AS new
WHERE new_authors.author = new.author
"""
# Posts of new authors whom the user ?1 has not read, who began after ?10.
VOICES = f"""
SELECT posts.created_us AS created_us FROM (
  SELECT author FROM new_authors
  WHERE readers < {ENOUGH_READERS} AND since_us > ?10 AND author <> ?1
    AND NOT {_HAS_READ.format(author="new_authors.author", user="?1")}
  ORDER BY readers, since_us LIMIT {NEW_AUTHORS}) AS new
CROSS JOIN posts INDEXED BY posts_of_author ON posts.author = new.author
WHERE posts.created_us IN (
  SELECT created_us FROM posts INDEXED BY posts_of_author
  WHERE posts.author = new.author ORDER BY created_us DESC LIMIT {POSTS_OF_NEW})
"""
EXPIRE = Write(
    "expire new authors",
    "before_us int",
    (
        f"""
        DELETE FROM new_authors
        WHERE since_us < (SELECT before_us FROM rows) OR readers >= {ENOUGH_READERS}
        """,
    ),
)
