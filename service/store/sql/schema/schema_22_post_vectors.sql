-- Version 22: the texts of posts as vectors, from a server of embeddings.

CREATE TABLE post_vectors (
  post_us INTEGER PRIMARY KEY,
  model   TEXT NOT NULL,
  vector  TEXT NOT NULL            -- signed bytes in base64; '' if the server refuses the text
);
CREATE INDEX vectors_of_model ON post_vectors (model, post_us);
