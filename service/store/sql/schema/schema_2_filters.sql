-- Indexes for lists of requests by owner, tag and status, so that a page costs what it shows.
-- A request that is unfinished is in the first one, and in the others from its end on.

DROP INDEX unfinished;
CREATE INDEX unfinished ON requests (id, status, tag, owner)
  WHERE status IN ('queued', 'generating');
CREATE INDEX finished ON requests (tag, status, id)
  WHERE NOT status IN ('queued', 'generating');
CREATE INDEX finished_of_owner ON requests (owner, tag, status, id)
  WHERE NOT status IN ('queued', 'generating') AND owner IS NOT NULL;
