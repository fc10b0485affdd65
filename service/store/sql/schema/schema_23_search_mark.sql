-- Version 23: which requests have been before the index of the search. See request_search.py.

-- One row. Finished requests with greater ids are not in request_words, and need no row in
-- unindexed_requests to say so: most requests are indexed after they have finished.
CREATE TABLE search_mark (
  request_id TEXT NOT NULL
);
INSERT INTO search_mark SELECT coalesce(max(id), '') FROM requests;

DROP TRIGGER finished_request_is_unindexed;
CREATE TRIGGER finished_request_is_unindexed AFTER UPDATE OF status ON requests
WHEN new.status NOT IN ('queued', 'generating')
  AND new.id <= (SELECT request_id FROM search_mark) BEGIN
  INSERT OR IGNORE INTO unindexed_requests VALUES (new.id);
END;
