-- Version 28: what the ranking reads of a post, by its time: one short row in place of four look-ups.

CREATE TABLE post_features (
  post_us            INTEGER PRIMARY KEY,  -- posts.created_us
  post_id            TEXT NOT NULL,
  author             TEXT NOT NULL,
  subjects           TEXT NOT NULL,        -- a JSON array, sorted
  title              TEXT NOT NULL,
  content_characters INTEGER NOT NULL
);

INSERT INTO post_features (post_us, post_id, author, subjects, title, content_characters)
SELECT created_us, id, author,
       (SELECT coalesce(json_agg(subject ORDER BY subject), '[]')::text
        FROM post_subjects WHERE post_id = posts.id),
       title, length(content)
FROM posts;
