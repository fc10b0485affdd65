BEGIN TRANSACTION;
CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,            -- the public middle of the key
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the secret end of the key
  scopes     TEXT NOT NULL,               -- with commas between them
  created_at REAL NOT NULL,
  revoked_at REAL
, weight INTEGER NOT NULL DEFAULT 1, priority TEXT NOT NULL DEFAULT 'normal', models TEXT) WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('d715bd3915d3','bob',X'F97AEF9995D400F39E8AAA0A7475DD06406A4DEF2B117D0CCF8FFFBCD1807EBF','content,feed',1.79609666056094074244e+09,1.79609666091734576217e+09,1,'normal',NULL);
INSERT INTO "api_keys" VALUES('d93dd6ed8215','ann',X'AAA5650547549CC90A921EED4BDC8B2733973E89155EDCC4C0CF45A821262230','content,feed',1.79609665973661899564e+09,NULL,1,'normal',NULL);
CREATE TABLE clock (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  boot      TEXT NOT NULL,             -- the boot of the machine that `offset` belongs to
  offset    REAL NOT NULL,             -- the clock less the monotonic clock of that boot
  saved     REAL NOT NULL,             -- a time that it has reached
  lead      INTEGER NOT NULL DEFAULT 0, -- microseconds that new ids are ahead of it
  kept_from REAL NOT NULL DEFAULT 0    -- what finished before is as old as if it finished then
);
INSERT INTO "clock" VALUES(1,'aa1788f1-2470-437e-b226-954cd8be5947',1.79600164146099400526e+09,1.79609666206144952772e+09,0,0.0);
CREATE TABLE clock_shifts (
  since REAL PRIMARY KEY,
  shift REAL NOT NULL
);
CREATE TABLE deleted_posts (
  id         TEXT PRIMARY KEY,
  created_us INTEGER NOT NULL,
  author     TEXT NOT NULL,
  deleted_at REAL NOT NULL
, removed_us INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE deliveries (
  request_id TEXT NOT NULL,
  event      INTEGER NOT NULL,            -- the event that is told of: another end is another one
  url        TEXT NOT NULL,
  body       TEXT NOT NULL,
  ended_at   REAL NOT NULL,               -- deliveries to a URL are made in this order
  status     TEXT NOT NULL DEFAULT 'pending' CHECK
             (status IN ('pending', 'delivered', 'failed', 'disabled')),
  attempts   INTEGER NOT NULL DEFAULT 0,
  base       INTEGER NOT NULL DEFAULT 0,  -- of these, how many before it was asked for again
  due_at     REAL,                        -- pending, but out of order: when it is tried again
  lease      REAL,                        -- in hand while its URL is so until the same time
  PRIMARY KEY (request_id, event)
) WITHOUT ROWID;
INSERT INTO "deliveries" VALUES('6618a577b64e3dd1fbbf1c86f1f6304f6e101312ef760',1000003,'https://receiver.example/hook','{"type":"content.completed","timestamp":"2026-12-01T03:44:21.388058Z","data":{"id":"6618a577b64e3dd1fbbf1c86f1f6304f6e101312ef760","tag":"text","status":"completed","text":"generated text for a poem","imageUri":null,"error":null,"created_at":"2026-12-01T03:44:21.349603Z","started_at":"2026-12-01T03:44:21.377270Z","completed_at":"2026-12-01T03:44:21.388058Z"},"event_id":"1000003"}',1.79609666138805770872e+09,'pending',1,0,NULL,1.79609669143876099581e+09);
CREATE TABLE delivery_attempts (
  request_id TEXT NOT NULL,
  event      INTEGER NOT NULL,
  number     INTEGER NOT NULL,
  started_at REAL NOT NULL,
  seconds    REAL NOT NULL,
  code       INTEGER,                     -- the status of the answer, if there was one
  reason     TEXT,                        -- why it failed; NULL if it did not
  PRIMARY KEY (request_id, event, number)
) WITHOUT ROWID;
INSERT INTO "delivery_attempts" VALUES('6618a577b64e3dd1fbbf1c86f1f6304f6e101312ef760',1000003,1,1.79609666144963312146e+09,1.19718825997551903128e-01,NULL,'The name of the host is not known.');
CREATE TABLE endpoints (
  url         TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL DEFAULT 0, -- in a row, of what goes in order
  resume_at   REAL NOT NULL DEFAULT 0,    -- not before this the next of what goes in order
  due_at      REAL,                       -- when something is to be sent; NULL: nothing waits, or a
                                          -- message says so
  sender      TEXT,                       -- the node that has it in hand, until due_at
  disabled_at REAL                        -- it has answered 410
, lane TEXT NOT NULL DEFAULT '', ready_at REAL) WITHOUT ROWID;
INSERT INTO "endpoints" VALUES('https://receiver.example/hook',1,1.79609666719474506376e+09,1.79609666719474506376e+09,NULL,NULL,'address 127.0.0.1receiver.example',NULL);
CREATE TABLE events (
  request_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,               -- JSON
  PRIMARY KEY (request_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('6618a577b2395bbe1397292ae75382ba1eae70d763895',1000001,'started','{"part":"text","attempt":1}');
INSERT INTO "events" VALUES('6618a577b2395bbe1397292ae75382ba1eae70d763895',1000002,'text.delta','{"text":"generated text for a rainy morning in Lisbon\n\n#generated #simulated"}');
INSERT INTO "events" VALUES('6618a578c254eca26430977bb9257248e70742d9b368e',1000001,'started','{"part":"text","attempt":1}');
CREATE TABLE failure_details (
  request_id TEXT NOT NULL,
  kind       TEXT NOT NULL,
  started_at REAL NOT NULL,
  detail     TEXT NOT NULL,
  PRIMARY KEY (request_id, kind, started_at)
) WITHOUT ROWID;
CREATE TABLE failures (
  request_id TEXT NOT NULL,
  kind       TEXT NOT NULL,
  started_at REAL NOT NULL,
  attempt    INTEGER NOT NULL,
  seconds    REAL NOT NULL,
  worker     TEXT NOT NULL,
  generator  TEXT NOT NULL,
  reason     TEXT NOT NULL,
  PRIMARY KEY (request_id, kind, started_at)
) WITHOUT ROWID;
INSERT INTO "failures" VALUES('6618a57855a5dc840ff8d9e0bc470f53196dbd69b5c74','image',1.79609666201407861714e+09,1,1.07308995211496949195e-04,'vm.image-1','simulated','The simulated generator failed this time.');
CREATE TABLE fanouts (
  created_us INTEGER PRIMARY KEY,
  author     TEXT NOT NULL,
  done_at    REAL                        -- when they were in all feeds; NULL: not yet
);
CREATE TABLE feed_addresses (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  author TEXT NOT NULL,
  owner  TEXT NOT NULL,            -- the name of the key that it was made with
  UNIQUE (author, owner)
);
CREATE TABLE feed_markers (
  user_id    TEXT PRIMARY KEY,
  viewed_us  INTEGER NOT NULL,      -- posts up to it are seen
  changed_us INTEGER NOT NULL       -- when that was said, on the line of posts
) WITHOUT ROWID;
CREATE TABLE follow_versions (
  user_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE follower_counts (
  author    TEXT PRIMARY KEY,
  followers INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE follows (
  user_id    TEXT NOT NULL,
  author     TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (user_id, author)
) WITHOUT ROWID;
CREATE TABLE idempotency (
  owner      TEXT NOT NULL,               -- '' without API keys
  key        TEXT NOT NULL,
  digest     TEXT NOT NULL,               -- SHA-256 of what was asked for
  request_id TEXT NOT NULL,
  PRIMARY KEY (owner, key)
) WITHOUT ROWID;
INSERT INTO "idempotency" VALUES('','bakery','a3aa5cc9e5067da2c50ad578e6bbb4f99f393c7dcf924a34a12ba46f6533c38c','6618a577acd09ac13e5e9406ceeccdabc36f157a10910');
CREATE TABLE input_pictures (
  request_id TEXT PRIMARY KEY,
  uri        TEXT NOT NULL         -- of a file in the folder of pictures
) WITHOUT ROWID;
CREATE TABLE interactions (
  user_id TEXT NOT NULL,
  post_us INTEGER NOT NULL,        -- posts.created_us
  sort    TEXT NOT NULL CHECK (sort IN ('view', 'like', 'hide', 'author', 'subject')),
  kind    TEXT NOT NULL CHECK (kind IN ('view', 'like', 'unlike', 'hide', 'unhide', 'more', 'less')),
  author  TEXT NOT NULL,           -- of the post
  seq     INTEGER NOT NULL,        -- microseconds since the epoch, rising; 0: not part of the taste
  list_id TEXT,                    -- the ranked list that the user came from
  PRIMARY KEY (user_id, post_us, sort)
) WITHOUT ROWID;
CREATE TABLE muted_subjects (
  user_id    TEXT NOT NULL,
  subject    TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (user_id, subject)
) WITHOUT ROWID;
CREATE TABLE mutes (
  user_id    TEXT NOT NULL,
  author     TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (user_id, author)
) WITHOUT ROWID;
CREATE TABLE new_authors (
  author   TEXT PRIMARY KEY,
  since_us INTEGER NOT NULL,       -- posts.created_us of the first post
  readers  INTEGER NOT NULL        -- users who have seen or liked a post, up to a few
) WITHOUT ROWID;
INSERT INTO "new_authors" VALUES('ann',1796096661405090,0);
CREATE TABLE nodes (
  name         TEXT PRIMARY KEY,
  roles        TEXT NOT NULL,     -- with commas between them
  version      TEXT NOT NULL,
  started_at   REAL NOT NULL,
  seen_at      REAL NOT NULL,     -- its last beat
  stopped_at   REAL,              -- NULL unless it was stopped, and did not die
  leads        INTEGER NOT NULL,
  alone        INTEGER NOT NULL,  -- whether it has a Redis that no other node reaches
  ahead        REAL NOT NULL      -- seconds that the clock of its machine is ahead of the database's
) WITHOUT ROWID;
CREATE TABLE parts (
  request_id TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('text', 'image')),
  status     TEXT NOT NULL CHECK (status IN ('queued', 'generating', 'completed', 'failed')),
  attempts   INTEGER NOT NULL DEFAULT 0,  -- how many have ended
  base       INTEGER NOT NULL DEFAULT 0,  -- of these, how many before it was redriven
  text       TEXT,
  image_uri  TEXT,
  error      TEXT,
  retry_at   REAL,
  origin     TEXT, model TEXT,                        -- JSON: generator, model, seed, tokens, times, missing
  PRIMARY KEY (request_id, kind)
) WITHOUT ROWID;
INSERT INTO "parts" VALUES('6618a577acd09ac13e5e9406ceeccdabc36f157a10910','text','completed',1,0,'generated text for a slogan for a bakery',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796096661.3231392,"seconds":0.0,"model":"simulated-text","seed":727846639}',NULL);
INSERT INTO "parts" VALUES('6618a577b2395bbe1397292ae75382ba1eae70d763895','image','completed',1,0,NULL,'/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796096661.3388953,"seconds":0.0241,"model":"simulated-image","seed":414685784,"width":8,"height":8}',NULL);
INSERT INTO "parts" VALUES('6618a577b2395bbe1397292ae75382ba1eae70d763895','text','completed',1,0,'generated text for a rainy morning in Lisbon

#generated #simulated',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796096661.339153,"seconds":0.0,"model":"simulated-text","seed":414685784}',NULL);
INSERT INTO "parts" VALUES('6618a577b64e3dd1fbbf1c86f1f6304f6e101312ef760','text','completed',1,0,'generated text for a poem',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796096661.3772705,"seconds":0.0,"model":"simulated-text","seed":829152417}',NULL);
INSERT INTO "parts" VALUES('6618a57855a5dc840ff8d9e0bc470f53196dbd69b5c74','image','failed',1,0,NULL,NULL,'The simulated generator failed this time.',NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796096662.0140786,"seconds":0.00010730899521149695,"seed":1604428446}',NULL);
INSERT INTO "parts" VALUES('6618a578c254eca26430977bb9257248e70742d9b368e','text','generating',0,0,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE pool_costs (
  pool TEXT NOT NULL,
  day  INTEGER NOT NULL,  -- days since the epoch, in UTC
  cost REAL NOT NULL,
  PRIMARY KEY (pool, day)
) WITHOUT ROWID;
CREATE TABLE pool_pauses (
  pool      TEXT PRIMARY KEY,
  paused_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE post_counts (
  post_us INTEGER PRIMARY KEY,
  views   INTEGER NOT NULL,        -- users who have seen it
  likes   INTEGER NOT NULL         -- users who like it
);
CREATE TABLE post_features (
  post_us            INTEGER PRIMARY KEY,  -- posts.created_us
  post_id            TEXT NOT NULL,
  author             TEXT NOT NULL,
  subjects           TEXT NOT NULL,        -- a JSON array, sorted
  title              TEXT NOT NULL,
  content_characters INTEGER NOT NULL
);
INSERT INTO "post_features" VALUES(1796096661405090,'6618a577b2395bbe1397292ae75382ba1eae70d763895','ann','["generated","morning","rain","simulated"]','generated text for a rainy morning in Lisbon',67);
CREATE TABLE post_subjects (
  post_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (post_id, subject)
) WITHOUT ROWID;
INSERT INTO "post_subjects" VALUES('6618a577b2395bbe1397292ae75382ba1eae70d763895','generated');
INSERT INTO "post_subjects" VALUES('6618a577b2395bbe1397292ae75382ba1eae70d763895','morning');
INSERT INTO "post_subjects" VALUES('6618a577b2395bbe1397292ae75382ba1eae70d763895','rain');
INSERT INTO "post_subjects" VALUES('6618a577b2395bbe1397292ae75382ba1eae70d763895','simulated');
CREATE TABLE post_vectors (
  post_us INTEGER PRIMARY KEY,
  model   TEXT NOT NULL,
  vector  TEXT NOT NULL            -- signed bytes in base64; '' if the server refuses the text
);
CREATE TABLE posts (
  id         TEXT PRIMARY KEY,
  created_us INTEGER NOT NULL UNIQUE,     -- microseconds since the epoch, strictly rising
  author     TEXT NOT NULL,
  title      TEXT NOT NULL,
  content    TEXT NOT NULL,
  image_uri  TEXT
, alt TEXT, edited_us INTEGER) WITHOUT ROWID;
INSERT INTO "posts" VALUES('6618a577b2395bbe1397292ae75382ba1eae70d763895',1796096661405090,'ann','generated text for a rainy morning in Lisbon','generated text for a rainy morning in Lisbon

#generated #simulated','/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL);
CREATE TABLE pulled_authors (
  author TEXT PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE request_notes (
  request_id TEXT PRIMARY KEY,
  note       TEXT NOT NULL
) WITHOUT ROWID;
CREATE VIRTUAL TABLE request_words USING fts5(
  marks, prompt, text, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459800745295546796, 'ttext scompleted o', 'a slogan for a bakery', 'generated text for a slogan for a bakery');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459800745301218747, 'tinstagram scompleted o', 'a rainy morning in Lisbon', 'generated text for a rainy morning in Lisbon

#generated #simulated');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459800745305498589, 'ttext scompleted o', 'a poem', 'generated text for a poem');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459800745472581064, 'timage sfailed o', 'a cube', NULL);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459800745602240695, 'ttext sexpired o', 'late', NULL);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459800745606091101, 'ttext scancelled o', 'unwanted', NULL);
CREATE TABLE requests (
  id          TEXT PRIMARY KEY,  -- rises with time: the order of acceptance, and of listing
  tag         TEXT NOT NULL CHECK (tag IN ('text', 'image', 'instagram')),
  prompt      TEXT NOT NULL,
  seed        INTEGER NOT NULL,
  options     TEXT,              -- JSON object, or NULL
  owner       TEXT,              -- the name of the API key it came with; NULL without keys
  user_id     TEXT,              -- the author, if one was named
  publish     INTEGER NOT NULL DEFAULT 0,
  priority    TEXT NOT NULL DEFAULT 'normal' CHECK (priority IN ('high', 'normal', 'low')),
  webhook     TEXT,              -- the URL that is told of the end
  trace       TEXT,              -- the `traceparent` of its acceptance; NULL without tracing
  start_by    REAL,              -- expires if no worker has begun by then
  finish_by   REAL,              -- expires if it is not final by then
  status      TEXT NOT NULL DEFAULT 'queued' CHECK
              (status IN ('queued', 'generating', 'completed', 'failed', 'cancelled', 'expired')),
  error       TEXT,
  created_at  REAL NOT NULL,     -- seconds since the epoch, as all times here
  started_at  REAL,
  finished_at REAL,
  notice      INTEGER NOT NULL DEFAULT 0  -- 1: finished, and somebody has yet to hear of it
, client TEXT, group_id TEXT, text_model TEXT, image_model TEXT) WITHOUT ROWID;
INSERT INTO "requests" VALUES('6618a577acd09ac13e5e9406ceeccdabc36f157a10910','text','a slogan for a bakery',727846639,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79609666131072950355e+09,1.79609666132313919068e+09,1.79609666132925343507e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618a577b2395bbe1397292ae75382ba1eae70d763895','instagram','a rainy morning in Lisbon',414685784,NULL,NULL,'ann',1,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79609666133288526541e+09,1.79609666133915305136e+09,1.79609666138805770872e+09,0,NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618a577b64e3dd1fbbf1c86f1f6304f6e101312ef760','text','a poem',829152417,NULL,NULL,NULL,0,'normal','https://receiver.example/hook',NULL,NULL,NULL,'completed',NULL,1.79609666134960293767e+09,1.79609666137727046015e+09,1.79609666138805770872e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618a57855a5dc840ff8d9e0bc470f53196dbd69b5c74','image','a cube',1604428446,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'failed','image: The simulated generator failed this time.',1.79609666200226902963e+09,1.79609666201407861714e+09,1.79609666203472375864e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618a578c254eca26430977bb9257248e70742d9b368e','text','begun',964593747,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'generating',NULL,1.79609666244743847846e+09,1.79609666246248078341e+09,NULL,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618a578cf789e0945414d4a1458b8ca494c008c8185c','text','waiting',1148499294,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'queued',NULL,1.79609666250125741965e+09,NULL,NULL,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618a578d14d0b7abf17ed8490f30aa1e6e44333dfb10','text','late',1003192962,NULL,NULL,NULL,0,'normal',NULL,NULL,1.79609666260875248909e+09,NULL,'expired','It was not begun by the time that was set for it.',1.79609666250875258447e+09,NULL,1796096662.94137,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618a578d4f915df50489b03e890fa357f51038729391','text','unwanted',1800916139,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'cancelled',NULL,1.79609666252379322056e+09,NULL,1.79609666254221558576e+09,0,'127.0.0.1',NULL,NULL,NULL);
CREATE TABLE restamped_posts (
  was_us     INTEGER PRIMARY KEY,
  created_us INTEGER NOT NULL
);
CREATE TABLE scheduled_posts (
  id         TEXT PRIMARY KEY,
  author     TEXT NOT NULL,
  title      TEXT NOT NULL,
  content    TEXT NOT NULL,
  image_uri  TEXT,
  alt        TEXT,
  subjects   TEXT NOT NULL,      -- JSON array
  publish_us INTEGER NOT NULL    -- microseconds since the epoch
) WITHOUT ROWID;
CREATE TABLE search_mark (
  request_id TEXT NOT NULL
);
INSERT INTO "search_mark" VALUES('6618a578d4f915df50489b03e890fa357f51038729391');
CREATE TABLE served_posts (
  list_id     TEXT NOT NULL,
  place       INTEGER NOT NULL,    -- in the list, from 0
  user_id     TEXT NOT NULL,
  post_us     INTEGER NOT NULL,
  served_us   INTEGER NOT NULL,
  source      TEXT NOT NULL,
  probability REAL NOT NULL,       -- 1, or that of the draw
  PRIMARY KEY (list_id, place)
) WITHOUT ROWID;
CREATE TABLE shared_values (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE unindexed_requests (
  request_id TEXT PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE usage (
  day               INTEGER NOT NULL,  -- days since the epoch, in UTC
  owner             TEXT NOT NULL,     -- the name of the key; '' without one
  model             TEXT NOT NULL,
  requests          INTEGER NOT NULL,  -- results; one with a text and a picture has two
  prompt_tokens     INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  pictures          INTEGER NOT NULL,
  seconds           REAL NOT NULL,
  cost              REAL,              -- NULL: no prices were configured
  PRIMARY KEY (day, owner, model)
) WITHOUT ROWID;
INSERT INTO "usage" VALUES(20788,'','image',1,0,0,1,0.0241,NULL);
INSERT INTO "usage" VALUES(20788,'','text',3,0,0,0,0.0,NULL);
CREATE INDEX unnoticed ON requests (id) WHERE notice = 1;
CREATE INDEX start_by ON requests (start_by) WHERE start_by IS NOT NULL AND status = 'queued';
CREATE INDEX finish_by ON requests (finish_by)
  WHERE finish_by IS NOT NULL AND status IN ('queued', 'generating');
CREATE INDEX dead_letters ON requests (id) WHERE status = 'failed';
CREATE INDEX given_up ON requests (id) WHERE status IN ('cancelled', 'expired');
CREATE INDEX of_owner ON requests (owner, id) WHERE owner IS NOT NULL;
CREATE INDEX due ON parts (retry_at) WHERE retry_at IS NOT NULL;
CREATE INDEX pictures ON parts (image_uri) WHERE image_uri IS NOT NULL;
CREATE INDEX idempotency_of_request ON idempotency (request_id);
CREATE UNIQUE INDEX keys_in_use ON api_keys (name) WHERE revoked_at IS NULL;
CREATE INDEX undelivered ON deliveries (url, due_at, ended_at) WHERE status = 'pending';
CREATE INDEX deliveries_of_url ON deliveries (url);
CREATE INDEX endpoints_due ON endpoints (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX posts_of_author ON posts (author, created_us);
CREATE INDEX pictures_of_posts ON posts (image_uri) WHERE image_uri IS NOT NULL;
CREATE INDEX unfinished ON requests (id, status, tag, owner)
  WHERE status IN ('queued', 'generating');
CREATE INDEX finished ON requests (tag, status, id)
  WHERE NOT status IN ('queued', 'generating');
CREATE INDEX finished_of_owner ON requests (owner, tag, status, id)
  WHERE NOT status IN ('queued', 'generating') AND owner IS NOT NULL;
CREATE INDEX endpoints_ready ON endpoints (lane, ready_at) WHERE ready_at IS NOT NULL;
CREATE TRIGGER failure_details_go AFTER DELETE ON failures BEGIN
  DELETE FROM failure_details
  WHERE request_id = old.request_id AND kind = old.kind AND started_at = old.started_at;
END;
CREATE INDEX followers ON follows (author, user_id);
CREATE INDEX deleted_posts_in_order ON deleted_posts (created_us);
CREATE INDEX removals_in_order ON deleted_posts (removed_us);
CREATE INDEX removals_of_author ON deleted_posts (author, removed_us);
CREATE INDEX feed_markers_in_order ON feed_markers (changed_us);
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
CREATE TRIGGER post_restamped AFTER UPDATE OF created_us ON posts BEGIN
  DELETE FROM fanouts WHERE created_us = OLD.created_us;
  UPDATE follow_versions SET version = max(version + 1, unixepoch() * 1000)
  WHERE user_id IN (SELECT user_id FROM follows WHERE author = NEW.author);
END;
CREATE INDEX interactions_of_user ON interactions (user_id, seq);
CREATE INDEX likes_in_order ON interactions (seq) WHERE sort = 'like';
CREATE INDEX views_in_order ON interactions (seq) WHERE sort = 'view';
CREATE INDEX served_to_user ON served_posts (user_id, served_us);
CREATE INDEX served_in_order ON served_posts (served_us);
CREATE INDEX posts_of_subject ON post_subjects (subject, post_id);
CREATE INDEX scheduled_in_order ON scheduled_posts (publish_us);
CREATE INDEX pictures_of_scheduled_posts ON scheduled_posts (image_uri)
  WHERE image_uri IS NOT NULL;
CREATE INDEX scheduled_of_author ON scheduled_posts (author);
CREATE INDEX of_group ON requests (group_id, id) WHERE group_id IS NOT NULL;
CREATE INDEX vectors_of_model ON post_vectors (model, post_us);
CREATE TRIGGER finished_request_is_unindexed AFTER UPDATE OF status ON requests
WHEN new.status NOT IN ('queued', 'generating')
  AND new.id <= (SELECT request_id FROM search_mark) BEGIN
  INSERT OR IGNORE INTO unindexed_requests VALUES (new.id);
END;
CREATE INDEX input_pictures_uri ON input_pictures (uri);
CREATE INDEX edits_in_order ON posts (edited_us) WHERE edited_us IS NOT NULL;
CREATE INDEX edits_of_author ON posts (author, edited_us) WHERE edited_us IS NOT NULL;
CREATE INDEX new_authors_by_readers ON new_authors (readers, since_us);
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
DELETE FROM "sqlite_sequence";
COMMIT;
PRAGMA user_version = 28;
