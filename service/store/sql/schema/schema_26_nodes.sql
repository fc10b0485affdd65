-- Version 26: the processes that work on this database, and what all of them need.

CREATE TABLE nodes (
  name         TEXT PRIMARY KEY,
  roles        TEXT NOT NULL,     -- with commas between them
  version      TEXT NOT NULL,
  started_at   REAL NOT NULL,
  seen_at      REAL NOT NULL,     -- its last beat
  stopped_at   REAL,              -- NULL unless it was stopped, and did not die
  leads        INTEGER NOT NULL,
  alone        INTEGER NOT NULL,  -- whether it has a Redis that no other node reaches
  ahead        REAL NOT NULL      -- seconds that the clock of its machine is ahead of the database's
) WITHOUT ROWID;

CREATE TABLE shared_values (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
