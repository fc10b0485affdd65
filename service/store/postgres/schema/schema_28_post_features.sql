-- Version 28: what the ranking reads of a post, by its time: one short row in place of four look-ups.

CREATE TABLE post_features (
  post_us            INTEGER PRIMARY KEY,  -- posts.created_us
  post_id            TEXT NOT NULL,
  author             TEXT NOT NULL,
  subjects           TEXT NOT NULL,        -- a JSON array, sorted
  title              TEXT NOT NULL,
  content_characters INTEGER NOT NULL
);

INSERT INTO post_features (post_us, post_id, author, subjects, title, content_characters)
SELECT created_us, id, author,
       (SELECT coalesce(json_agg(subject ORDER BY subject), '[]')::text
        FROM post_subjects WHERE post_id = posts.id),
       title, length(content)
FROM posts;

-- Triggers, because processes of the version before write posts as well.
CREATE FUNCTION post_features_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO post_features (post_us, post_id, author, subjects, title, content_characters)
  VALUES (new.created_us, new.id, new.author, '[]', new.title, length(new.content));
  RETURN NULL;
END $$;
CREATE TRIGGER post_features_added AFTER INSERT ON posts
FOR EACH ROW EXECUTE FUNCTION post_features_added();

CREATE FUNCTION post_features_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE post_features
  SET post_us = new.created_us, title = new.title, content_characters = length(new.content)
  WHERE post_us = old.created_us;
  RETURN NULL;
END $$;
CREATE TRIGGER post_features_changed AFTER UPDATE OF created_us, title, content ON posts
FOR EACH ROW EXECUTE FUNCTION post_features_changed();

CREATE FUNCTION post_features_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  DELETE FROM post_features WHERE post_us = old.created_us;
  RETURN NULL;
END $$;
CREATE TRIGGER post_features_removed AFTER DELETE ON posts
FOR EACH ROW EXECUTE FUNCTION post_features_removed();

CREATE FUNCTION post_features_subjects(post text) RETURNS void LANGUAGE sql AS $$
  UPDATE post_features
  SET subjects = (SELECT coalesce(json_agg(subject ORDER BY subject), '[]')::text
                  FROM post_subjects WHERE post_id = post)
  WHERE post_us = (SELECT created_us FROM posts WHERE id = post)
$$;

CREATE FUNCTION post_features_subject_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM post_features_subjects(new.post_id);
  RETURN NULL;
END $$;
CREATE TRIGGER post_features_subject_added AFTER INSERT ON post_subjects
FOR EACH ROW EXECUTE FUNCTION post_features_subject_added();

CREATE FUNCTION post_features_subject_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM post_features_subjects(old.post_id);
  RETURN NULL;
END $$;
CREATE TRIGGER post_features_subject_removed AFTER DELETE ON post_subjects
FOR EACH ROW EXECUTE FUNCTION post_features_subject_removed();
