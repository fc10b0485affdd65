-- Version 6: who follows and mutes whom, and posts that are deleted.

CREATE TABLE follows (
  user_id    TEXT NOT NULL,
  author     TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (user_id, author)
) WITHOUT ROWID;
CREATE INDEX followers ON follows (author, user_id);

CREATE TABLE mutes (
  user_id    TEXT NOT NULL,
  author     TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (user_id, author)
) WITHOUT ROWID;

-- Deleted posts: the id never becomes a post again, and later posts stay later than them.
CREATE TABLE deleted_posts (
  id         TEXT PRIMARY KEY,
  created_us INTEGER NOT NULL,
  author     TEXT NOT NULL,
  deleted_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX deleted_posts_in_order ON deleted_posts (created_us);
