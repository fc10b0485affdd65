-- Version 23, as in ../../sql/schema.

CREATE TABLE search_mark (
  request_id TEXT NOT NULL
);
INSERT INTO search_mark SELECT coalesce(max(id), '') FROM requests;

CREATE OR REPLACE FUNCTION finished_request_is_unindexed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF new.id <= (SELECT request_id FROM search_mark) THEN
    INSERT INTO unindexed_requests VALUES (new.id) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
