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
       (SELECT coalesce(json_group_array(subject), '[]')
        FROM (SELECT subject FROM post_subjects WHERE post_id = posts.id ORDER BY subject)),
       title, length(content)
FROM posts;

-- Triggers, because processes of the version before write posts as well.
CREATE TRIGGER post_features_added AFTER INSERT ON posts BEGIN
  INSERT INTO post_features (post_us, post_id, author, subjects, title, content_characters)
  VALUES (NEW.created_us, NEW.id, NEW.author, '[]', NEW.title, length(NEW.content));
END;

CREATE TRIGGER post_features_changed AFTER UPDATE OF created_us, title, content ON posts BEGIN
  UPDATE post_features
  SET post_us = NEW.created_us, title = NEW.title, content_characters = length(NEW.content)
  WHERE post_us = OLD.created_us;
END;

CREATE TRIGGER post_features_removed AFTER DELETE ON posts BEGIN
  DELETE FROM post_features WHERE post_us = OLD.created_us;
END;

CREATE TRIGGER post_features_subject_added AFTER INSERT ON post_subjects BEGIN
  UPDATE post_features
  SET subjects = (SELECT json_group_array(subject)
                  FROM (SELECT subject FROM post_subjects
                        WHERE post_id = NEW.post_id ORDER BY subject))
  WHERE post_us = (SELECT created_us FROM posts WHERE id = NEW.post_id);
END;

CREATE TRIGGER post_features_subject_removed AFTER DELETE ON post_subjects BEGIN
  UPDATE post_features
  SET subjects = (SELECT coalesce(json_group_array(subject), '[]')
                  FROM (SELECT subject FROM post_subjects
                        WHERE post_id = OLD.post_id ORDER BY subject))
  WHERE post_us = (SELECT created_us FROM posts WHERE id = OLD.post_id);
END;
