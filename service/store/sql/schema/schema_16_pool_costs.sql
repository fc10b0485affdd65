-- Version 16: what the generations of a pool have cost on each day.

CREATE TABLE pool_costs (
  pool TEXT NOT NULL,
  day  INTEGER NOT NULL,  -- days since the epoch, in UTC
  cost REAL NOT NULL,
  PRIMARY KEY (pool, day)
) WITHOUT ROWID;
