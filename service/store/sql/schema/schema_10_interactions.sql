-- Version 10: what users do with posts, and the ranked lists that they were shown.

-- One row for each user, post and sort of act; `kind` is the last act of the sort. Own posts have none.
CREATE TABLE interactions (
  user_id TEXT NOT NULL,
  post_us INTEGER NOT NULL,        -- posts.created_us
  sort    TEXT NOT NULL CHECK (sort IN ('view', 'like', 'hide', 'author', 'subject')),
  kind    TEXT NOT NULL CHECK (kind IN ('view', 'like', 'unlike', 'hide', 'unhide', 'more', 'less')),
  author  TEXT NOT NULL,           -- of the post
  seq     INTEGER NOT NULL,        -- microseconds since the epoch, rising; 0: not part of the taste
  list_id TEXT,                    -- the ranked list that the user came from
  PRIMARY KEY (user_id, post_us, sort)
) WITHOUT ROWID;
CREATE INDEX interactions_of_user ON interactions (user_id, seq);
CREATE INDEX likes_in_order ON interactions (seq) WHERE sort = 'like';
CREATE INDEX views_in_order ON interactions (seq) WHERE sort = 'view';

CREATE TABLE post_counts (
  post_us INTEGER PRIMARY KEY,
  views   INTEGER NOT NULL,        -- users who have seen it
  likes   INTEGER NOT NULL         -- users who like it
);

CREATE TABLE served_posts (
  list_id     TEXT NOT NULL,
  place       INTEGER NOT NULL,    -- in the list, from 0
  user_id     TEXT NOT NULL,
  post_us     INTEGER NOT NULL,
  served_us   INTEGER NOT NULL,
  source      TEXT NOT NULL,
  probability REAL NOT NULL,       -- 1, or that of the draw
  PRIMARY KEY (list_id, place)
) WITHOUT ROWID;
CREATE INDEX served_to_user ON served_posts (user_id, served_us);
CREATE INDEX served_in_order ON served_posts (served_us);

CREATE INDEX posts_of_subject ON post_subjects (subject, post_id);
