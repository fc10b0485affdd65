-- Version 12: posts that are published later.

CREATE TABLE scheduled_posts (
  id         TEXT PRIMARY KEY,
  author     TEXT NOT NULL,
  title      TEXT NOT NULL,
  content    TEXT NOT NULL,
  image_uri  TEXT,
  alt        TEXT,
  subjects   TEXT NOT NULL,      -- JSON array
  publish_us INTEGER NOT NULL    -- microseconds since the epoch
) WITHOUT ROWID;
CREATE INDEX scheduled_in_order ON scheduled_posts (publish_us);
CREATE INDEX pictures_of_scheduled_posts ON scheduled_posts (image_uri)
  WHERE image_uri IS NOT NULL;
