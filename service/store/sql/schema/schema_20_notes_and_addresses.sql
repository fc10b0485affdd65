-- Version 20: private notes on requests, and addresses of feeds that need no key.

CREATE TABLE request_notes (
  request_id TEXT PRIMARY KEY,
  note       TEXT NOT NULL
) WITHOUT ROWID;

-- A number is never used again: a revoked address stays revoked.
CREATE TABLE feed_addresses (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  author TEXT NOT NULL,
  owner  TEXT NOT NULL,            -- the name of the key that it was made with
  UNIQUE (author, owner)
);
