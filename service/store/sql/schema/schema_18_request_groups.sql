-- Version 18: variants of one prompt are a group, named after its first request.

ALTER TABLE requests ADD COLUMN group_id TEXT;

CREATE INDEX of_group ON requests (group_id, id) WHERE group_id IS NOT NULL;
