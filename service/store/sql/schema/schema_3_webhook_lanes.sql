-- Version 3: URLs that wait until there is room for an attempt.

-- The client of a webhook that came without an API key: its address, or the /64 of an IPv6 one.
ALTER TABLE requests ADD COLUMN client TEXT;

-- An endpoint is in hand (sender, due_at), or waits for a time (due_at) or for room (ready_at), or
-- has nothing to send. Its lane says whose room that is: client, user and host, with U+001F between.
ALTER TABLE endpoints ADD COLUMN lane TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoints ADD COLUMN ready_at REAL;
CREATE INDEX endpoints_ready ON endpoints (lane, ready_at) WHERE ready_at IS NOT NULL;
