-- Version 4: a clock that goes on over restarts. Times in all tables are its seconds since the epoch,
-- but for those of posts and API keys, which are those of the wall clock.

CREATE TABLE clock (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  boot      TEXT NOT NULL,             -- the boot of the machine that `offset` belongs to
  offset    REAL NOT NULL,             -- the clock less the monotonic clock of that boot
  saved     REAL NOT NULL,             -- a time that it has reached
  lead      INTEGER NOT NULL DEFAULT 0, -- microseconds that new ids are ahead of it
  kept_from REAL NOT NULL DEFAULT 0    -- what finished before is as old as if it finished then
);

-- From `since` on the wall clock is `shift` seconds ahead of the clock.
CREATE TABLE clock_shifts (
  since REAL PRIMARY KEY,
  shift REAL NOT NULL
);

-- Posts whose times were far ahead of the clock: readers may still ask for what came after them.
CREATE TABLE restamped_posts (
  was_us     INTEGER PRIMARY KEY,
  created_us INTEGER NOT NULL
);

-- What was written by a clock that was ahead waits no longer than the longest pause, and gets old.
UPDATE parts SET retry_at = unixepoch() + 600 WHERE retry_at > unixepoch() + 600;
UPDATE requests SET finished_at = unixepoch()
WHERE finished_at > unixepoch() + 86400 AND unixepoch() > 1767225600;
