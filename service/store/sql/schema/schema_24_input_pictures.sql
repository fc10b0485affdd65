-- Version 24: the pictures that requests are made from.

CREATE TABLE input_pictures (
  request_id TEXT PRIMARY KEY,
  uri        TEXT NOT NULL         -- of a file in the folder of pictures
) WITHOUT ROWID;
CREATE INDEX input_pictures_uri ON input_pictures (uri);
