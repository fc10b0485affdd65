-- Version 8: when posts were deleted, on the line of posts, and up to where users have seen feeds.

-- 0 for posts that were deleted before: no reader of events is told about them.
ALTER TABLE deleted_posts ADD COLUMN removed_us INTEGER NOT NULL DEFAULT 0;
CREATE INDEX removals_in_order ON deleted_posts (removed_us);
CREATE INDEX removals_of_author ON deleted_posts (author, removed_us);

CREATE TABLE feed_markers (
  user_id    TEXT PRIMARY KEY,
  viewed_us  INTEGER NOT NULL,      -- posts up to it are seen
  changed_us INTEGER NOT NULL       -- when that was said, on the line of posts
) WITHOUT ROWID;
CREATE INDEX feed_markers_in_order ON feed_markers (changed_us);
