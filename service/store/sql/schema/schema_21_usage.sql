-- Version 21: what results have used, for each day, key and model.

CREATE TABLE usage (
  day               INTEGER NOT NULL,  -- days since the epoch, in UTC
  owner             TEXT NOT NULL,     -- the name of the key; '' without one
  model             TEXT NOT NULL,
  requests          INTEGER NOT NULL,  -- results; one with a text and a picture has two
  prompt_tokens     INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  pictures          INTEGER NOT NULL,
  seconds           REAL NOT NULL,
  cost              REAL,              -- NULL: no prices were configured
  PRIMARY KEY (day, owner, model)
) WITHOUT ROWID;
