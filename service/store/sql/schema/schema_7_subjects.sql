-- Version 7: what posts are about, and the subjects that users mute.

CREATE TABLE post_subjects (
  post_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (post_id, subject)
) WITHOUT ROWID;

CREATE TABLE muted_subjects (
  user_id    TEXT NOT NULL,
  subject    TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (user_id, subject)
) WITHOUT ROWID;
