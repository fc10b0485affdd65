-- Version 9: how posts come into the stored home feeds of followers.

CREATE TABLE follower_counts (
  author    TEXT PRIMARY KEY,
  followers INTEGER NOT NULL
) WITHOUT ROWID;

-- Changes with what a user follows: a stored home feed belongs to one version of it. In milliseconds,
-- so that no version comes again after a restore of an older database.
CREATE TABLE follow_versions (
  user_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) WITHOUT ROWID;

-- Posts that may still be missing in stored feeds: every read merges them.
CREATE TABLE fanouts (
  created_us INTEGER PRIMARY KEY,
  author     TEXT NOT NULL,
  done_at    REAL                        -- when they were in all feeds; NULL: not yet
);

-- Authors with too many followers: every read merges their posts.
CREATE TABLE pulled_authors (
  author TEXT PRIMARY KEY
) WITHOUT ROWID;

INSERT INTO follower_counts SELECT author, count(*) FROM follows GROUP BY author;
INSERT INTO follow_versions SELECT user_id, unixepoch() * 1000 FROM follows GROUP BY user_id;

CREATE TRIGGER follow_added AFTER INSERT ON follows BEGIN
  INSERT INTO follower_counts VALUES (NEW.author, 1)
  ON CONFLICT (author) DO UPDATE SET followers = followers + 1;
  INSERT INTO follow_versions VALUES (NEW.user_id, unixepoch() * 1000)
  ON CONFLICT (user_id) DO UPDATE SET version = max(version + 1, excluded.version);
END;

CREATE TRIGGER follow_removed AFTER DELETE ON follows BEGIN
  UPDATE follower_counts SET followers = followers - 1 WHERE author = OLD.author;
  UPDATE follow_versions SET version = max(version + 1, unixepoch() * 1000)
  WHERE user_id = OLD.user_id;
END;

CREATE TRIGGER post_published AFTER INSERT ON posts
WHEN EXISTS (SELECT 1 FROM follower_counts WHERE author = NEW.author AND followers > 0) BEGIN
  INSERT INTO fanouts (created_us, author) VALUES (NEW.created_us, NEW.author);
END;

CREATE TRIGGER post_deleted AFTER DELETE ON posts BEGIN
  DELETE FROM fanouts WHERE created_us = OLD.created_us;
END;

-- A restamped post is in stored feeds with its old time.
CREATE TRIGGER post_restamped AFTER UPDATE OF created_us ON posts BEGIN
  DELETE FROM fanouts WHERE created_us = OLD.created_us;
  UPDATE follow_versions SET version = max(version + 1, unixepoch() * 1000)
  WHERE user_id IN (SELECT user_id FROM follows WHERE author = NEW.author);
END;
