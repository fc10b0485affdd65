-- Version 11: alternative texts of the pictures of posts, and when posts were edited.

ALTER TABLE posts ADD COLUMN alt TEXT;
ALTER TABLE posts ADD COLUMN edited_us INTEGER;  -- microseconds since the epoch; NULL: never
