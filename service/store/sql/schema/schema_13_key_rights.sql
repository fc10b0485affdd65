-- Version 13: what an API key may have of the queue.

-- The key's share of a pool, beside those of the other clients that wait: 1 to 1,000.
ALTER TABLE api_keys ADD COLUMN weight INTEGER NOT NULL DEFAULT 1;
-- The highest priority that it may ask for.
ALTER TABLE api_keys ADD COLUMN priority TEXT NOT NULL DEFAULT 'normal';
