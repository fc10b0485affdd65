-- Version 27: authors whose first posts few have seen yet, so that each of them finds readers.

CREATE TABLE new_authors (
  author   TEXT PRIMARY KEY,
  since_us INTEGER NOT NULL,       -- posts.created_us of the first post
  readers  INTEGER NOT NULL        -- users who have seen or liked a post, up to a few
) WITHOUT ROWID;
CREATE INDEX new_authors_by_readers ON new_authors (readers, since_us);
