-- Version 9, as in ../../sql/schema.

CREATE TABLE follower_counts (
  author    TEXT PRIMARY KEY,
  followers INTEGER NOT NULL
);

CREATE TABLE follow_versions (
  user_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL
);

CREATE TABLE fanouts (
  created_us INTEGER PRIMARY KEY,
  author     TEXT NOT NULL,
  done_at    REAL
);

CREATE TABLE pulled_authors (
  author TEXT PRIMARY KEY
);

CREATE FUNCTION unixepoch() RETURNS bigint LANGUAGE sql AS
  $$ SELECT CAST(extract(epoch FROM clock_timestamp()) AS bigint) $$;

CREATE FUNCTION follow_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO follower_counts VALUES (new.author, 1)
  ON CONFLICT (author) DO UPDATE SET followers = follower_counts.followers + 1;
  INSERT INTO follow_versions VALUES (new.user_id, unixepoch() * 1000)
  ON CONFLICT (user_id) DO UPDATE
  SET version = greatest(follow_versions.version + 1, excluded.version);
  RETURN NULL;
END $$;
CREATE TRIGGER follow_added AFTER INSERT ON follows
FOR EACH ROW EXECUTE FUNCTION follow_added();

CREATE FUNCTION follow_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE follower_counts SET followers = followers - 1 WHERE author = old.author;
  UPDATE follow_versions SET version = greatest(version + 1, unixepoch() * 1000)
  WHERE user_id = old.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_removed AFTER DELETE ON follows
FOR EACH ROW EXECUTE FUNCTION follow_removed();

CREATE FUNCTION post_published() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO fanouts (created_us, author)
  SELECT new.created_us, new.author
  WHERE EXISTS (SELECT 1 FROM follower_counts WHERE author = new.author AND followers > 0);
  RETURN NULL;
END $$;
CREATE TRIGGER post_published AFTER INSERT ON posts
FOR EACH ROW EXECUTE FUNCTION post_published();

CREATE FUNCTION post_deleted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  DELETE FROM fanouts WHERE created_us = old.created_us;
  RETURN NULL;
END $$;
CREATE TRIGGER post_deleted AFTER DELETE ON posts
FOR EACH ROW EXECUTE FUNCTION post_deleted();

CREATE FUNCTION post_restamped() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  DELETE FROM fanouts WHERE created_us = old.created_us;
  UPDATE follow_versions SET version = greatest(version + 1, unixepoch() * 1000)
  WHERE user_id IN (SELECT user_id FROM follows WHERE author = new.author);
  RETURN NULL;
END $$;
CREATE TRIGGER post_restamped AFTER UPDATE OF created_us ON posts
FOR EACH ROW EXECUTE FUNCTION post_restamped();
