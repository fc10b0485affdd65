-- Version 19: named models.

-- The models that a request wants, where they are not named after their kinds.
ALTER TABLE requests ADD COLUMN text_model TEXT;
ALTER TABLE requests ADD COLUMN image_model TEXT;
-- The model that a part goes on with, if it is not the one that was wanted.
ALTER TABLE parts ADD COLUMN model TEXT;
-- The models that a key may use, with commas between them; NULL: all.
ALTER TABLE api_keys ADD COLUMN models TEXT;
