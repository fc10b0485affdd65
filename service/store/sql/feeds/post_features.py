"""What the ranking reads of a post, in one short row by its time: a list looks at some 700 posts.

It says nothing that `posts` and `post_subjects` do not say.
"""

from __future__ import annotations

# A part of the writes that publish and edit: `rows` has ids of posts.
KEEP = """
INSERT INTO post_features (post_us, post_id, author, subjects, title, content_characters)
SELECT posts.created_us, posts.id, posts.author,
       (SELECT json_sorted(subject) FROM post_subjects WHERE post_id = posts.id),
       posts.title, length(posts.content)
FROM (SELECT DISTINCT id FROM rows) AS named CROSS JOIN posts ON posts.id = named.id
WHERE true ON CONFLICT (post_us) DO UPDATE
SET subjects = excluded.subjects, title = excluded.title,
    content_characters = excluded.content_characters
"""
# A part of the write that restamps posts. The table is read whole, but that is rare.
MOVE = "UPDATE post_features SET post_us = rows.created_us FROM rows WHERE post_id = rows.id"
