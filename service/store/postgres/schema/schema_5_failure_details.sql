-- Version 5, as in ../../sql/schema.

CREATE TABLE failure_details (
  request_id TEXT NOT NULL,
  kind       TEXT NOT NULL,
  started_at REAL NOT NULL,
  detail     TEXT NOT NULL,
  PRIMARY KEY (request_id, kind, started_at)
);

CREATE FUNCTION failure_details_go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  DELETE FROM failure_details
  WHERE request_id = old.request_id AND kind = old.kind AND started_at = old.started_at;
  RETURN NULL;
END $$;
CREATE TRIGGER failure_details_go AFTER DELETE ON failures
FOR EACH ROW EXECUTE FUNCTION failure_details_go();
