-- Version 17: words of prompts and texts. See request_search.py for row ids and marks.

CREATE VIRTUAL TABLE request_words USING fts5(
  marks, prompt, text, tokenize = 'unicode61 remove_diacritics 2'
);

-- Finished requests that are not in request_words yet, or there as they were before.
CREATE TABLE unindexed_requests (
  request_id TEXT PRIMARY KEY
) WITHOUT ROWID;

CREATE TRIGGER finished_request_is_unindexed AFTER UPDATE OF status ON requests
WHEN new.status NOT IN ('queued', 'generating') BEGIN
  INSERT OR IGNORE INTO unindexed_requests VALUES (new.id);
END;

INSERT INTO unindexed_requests
SELECT id FROM requests WHERE status NOT IN ('queued', 'generating') ORDER BY id;
