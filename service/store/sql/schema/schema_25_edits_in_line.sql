-- Version 25: edits of posts are on the line of feeds, so open feeds get them.

CREATE INDEX edits_in_order ON posts (edited_us) WHERE edited_us IS NOT NULL;
CREATE INDEX edits_of_author ON posts (author, edited_us) WHERE edited_us IS NOT NULL;
