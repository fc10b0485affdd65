-- Version 5: what operators are told of a failed attempt: address, status and words of a model server.

-- A table and not a column: a process of the version before names no columns when it notes failures.
CREATE TABLE failure_details (
  request_id TEXT NOT NULL,
  kind       TEXT NOT NULL,
  started_at REAL NOT NULL,
  detail     TEXT NOT NULL,
  PRIMARY KEY (request_id, kind, started_at)
) WITHOUT ROWID;

CREATE TRIGGER failure_details_go AFTER DELETE ON failures BEGIN
  DELETE FROM failure_details
  WHERE request_id = old.request_id AND kind = old.kind AND started_at = old.started_at;
END;
