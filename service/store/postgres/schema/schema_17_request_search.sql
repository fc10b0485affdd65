-- Version 17: words of prompts and texts.

CREATE TABLE request_words (
  request_id TEXT PRIMARY KEY,
  words      tsvector NOT NULL
);
CREATE INDEX request_words_of ON request_words USING gin (words);

CREATE TABLE unindexed_requests (
  request_id TEXT PRIMARY KEY
);

CREATE FUNCTION finished_request_is_unindexed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO unindexed_requests VALUES (new.id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER finished_request_is_unindexed AFTER UPDATE OF status ON requests
FOR EACH ROW WHEN (new.status NOT IN ('queued', 'generating'))
EXECUTE FUNCTION finished_request_is_unindexed();
