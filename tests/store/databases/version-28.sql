BEGIN TRANSACTION;
CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,            -- the public middle of the key
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the secret end of the key
  scopes     TEXT NOT NULL,               -- with commas between them
  created_at REAL NOT NULL,
  revoked_at REAL
, weight INTEGER NOT NULL DEFAULT 1, priority TEXT NOT NULL DEFAULT 'normal', models TEXT) WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('93f6d28df114','bob',X'17C52F4DDE20881CEA7A07E20CEE37036A5FFFCDE90B9AB9F3CF287FA8EEB837','content,feed',1.79609104654090237615e+09,1.79609104658689332006e+09,1,'normal',NULL);
INSERT INTO "api_keys" VALUES('b1d28ab8b96a','ann',X'754AA11AD7E6C50590B7130959D3D8A7CAC5E3D0C775BE5F12C410571A1782D6','content,feed',1.79609104599363970759e+09,NULL,1,'normal',NULL);
CREATE TABLE clock (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  boot      TEXT NOT NULL,             -- the boot of the machine that `offset` belongs to
  offset    REAL NOT NULL,             -- the clock less the monotonic clock of that boot
  saved     REAL NOT NULL,             -- a time that it has reached
  lead      INTEGER NOT NULL DEFAULT 0, -- microseconds that new ids are ahead of it
  kept_from REAL NOT NULL DEFAULT 0    -- what finished before is as old as if it finished then
);
INSERT INTO "clock" VALUES(1,'aa1788f1-2470-437e-b226-954cd8be5947',1.79600164146099829671e+09,1.79609104776611685754e+09,0,0.0);
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
INSERT INTO "deliveries" VALUES('6618908d37c83b8dccd161dc7eda501596b9df3e1abc6',1000003,'https://receiver.example/hook','{"type":"content.completed","timestamp":"2026-12-01T02:10:46.767913Z","data":{"id":"6618908d37c83b8dccd161dc7eda501596b9df3e1abc6","tag":"text","status":"completed","text":"generated text for a poem","imageUri":null,"error":null,"created_at":"2026-12-01T02:10:46.755459Z","started_at":"2026-12-01T02:10:46.760792Z","completed_at":"2026-12-01T02:10:46.767913Z"},"event_id":"1000003"}',1.79609104676791334152e+09,'pending',1,0,NULL,1796091077.54125);
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
INSERT INTO "delivery_attempts" VALUES('6618908d37c83b8dccd161dc7eda501596b9df3e1abc6',1000003,1,1.79609104754432082171e+09,2.43483200029004365205e-02,NULL,'The name of the host is not known.');
CREATE TABLE endpoints (
  url         TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL DEFAULT 0, -- in a row, of what goes in order
  resume_at   REAL NOT NULL DEFAULT 0,    -- not before this the next of what goes in order
  due_at      REAL,                       -- when something is to be sent; NULL: nothing waits, or a
                                          -- message says so
  sender      TEXT,                       -- the node that has it in hand, until due_at
  disabled_at REAL                        -- it has answered 410
, lane TEXT NOT NULL DEFAULT '', ready_at REAL) WITHOUT ROWID;
INSERT INTO "endpoints" VALUES('https://receiver.example/hook',1,1.7960910520112850666e+09,1.7960910520112850666e+09,NULL,NULL,'address 127.0.0.1receiver.example',NULL);
CREATE TABLE events (
  request_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,               -- JSON
  PRIMARY KEY (request_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('6618908d36fc1d3b3f8d0d4b3eb33fb7f0899b26bc852',1000001,'started','{"part":"text","attempt":1}');
INSERT INTO "events" VALUES('6618908d36fc1d3b3f8d0d4b3eb33fb7f0899b26bc852',1000002,'text.delta','{"text":"generated text for a rainy morning in Lisbon\n\n#generated #simulated"}');
INSERT INTO "events" VALUES('6618908e5eddf5eef46cd925246ffa0b3724caa4e9369',1000001,'started','{"part":"text","attempt":1}');
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
INSERT INTO "failures" VALUES('6618908e2b2d891f4a7e2635b7cf39e3aba8003d90f47','image',1.79609104775621390348e+09,1,1.03343991213478147983e-04,'vm.image-1','simulated','The simulated generator failed this time.');
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
INSERT INTO "idempotency" VALUES('','bakery','a3aa5cc9e5067da2c50ad578e6bbb4f99f393c7dcf924a34a12ba46f6533c38c','6618908d3532ab803a3c78a7260d1886f5069cfdfe2da');
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
INSERT INTO "new_authors" VALUES('ann',1796091047517112,0);
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
INSERT INTO "parts" VALUES('6618908d3532ab803a3c78a7260d1886f5069cfdfe2da','text','completed',1,0,'generated text for a slogan for a bakery',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796091046.749106,"seconds":0.0,"model":"simulated-text","seed":1240370407}',NULL);
INSERT INTO "parts" VALUES('6618908d36fc1d3b3f8d0d4b3eb33fb7f0899b26bc852','image','completed',1,0,NULL,'/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796091046.7557948,"seconds":0.0089,"model":"simulated-image","seed":1097859237,"width":8,"height":8}',NULL);
INSERT INTO "parts" VALUES('6618908d36fc1d3b3f8d0d4b3eb33fb7f0899b26bc852','text','completed',1,0,'generated text for a rainy morning in Lisbon

#generated #simulated',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796091046.7561035,"seconds":0.0,"model":"simulated-text","seed":1097859237}',NULL);
INSERT INTO "parts" VALUES('6618908d37c83b8dccd161dc7eda501596b9df3e1abc6','text','completed',1,0,'generated text for a poem',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796091046.7607923,"seconds":0.0,"model":"simulated-text","seed":933386612}',NULL);
INSERT INTO "parts" VALUES('6618908e2b2d891f4a7e2635b7cf39e3aba8003d90f47','image','failed',1,0,NULL,NULL,'The simulated generator failed this time.',NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796091047.756214,"seconds":0.00010334399121347815,"seed":1497007317}',NULL);
INSERT INTO "parts" VALUES('6618908e5eddf5eef46cd925246ffa0b3724caa4e9369','text','generating',0,0,NULL,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO "post_features" VALUES(1796091047517112,'6618908d36fc1d3b3f8d0d4b3eb33fb7f0899b26bc852','ann','["generated","morning","rain","simulated"]','generated text for a rainy morning in Lisbon',67);
CREATE TABLE post_subjects (
  post_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (post_id, subject)
) WITHOUT ROWID;
INSERT INTO "post_subjects" VALUES('6618908d36fc1d3b3f8d0d4b3eb33fb7f0899b26bc852','generated');
INSERT INTO "post_subjects" VALUES('6618908d36fc1d3b3f8d0d4b3eb33fb7f0899b26bc852','morning');
INSERT INTO "post_subjects" VALUES('6618908d36fc1d3b3f8d0d4b3eb33fb7f0899b26bc852','rain');
INSERT INTO "post_subjects" VALUES('6618908d36fc1d3b3f8d0d4b3eb33fb7f0899b26bc852','simulated');
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
INSERT INTO "posts" VALUES('6618908d36fc1d3b3f8d0d4b3eb33fb7f0899b26bc852',1796091047517112,'ann','generated text for a rainy morning in Lisbon','generated text for a rainy morning in Lisbon

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
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459799307966687928, 'ttext scompleted o', 'a slogan for a bakery', 'generated text for a slogan for a bakery');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459799307968561619, 'tinstagram scompleted o', 'a rainy morning in Lisbon', 'generated text for a rainy morning in Lisbon

#generated #simulated');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459799307969397688, 'ttext scompleted o', 'a poem', 'generated text for a poem');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459799308224616593, 'timage sfailed o', 'a cube', NULL);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459799308291942004, 'ttext sexpired o', 'late', NULL);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459799308293022752, 'ttext scancelled o', 'unwanted', NULL);
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
INSERT INTO "requests" VALUES('6618908d3532ab803a3c78a7260d1886f5069cfdfe2da','text','a slogan for a bakery',1240370407,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79609104674487471582e+09,1.79609104674910593038e+09,1.7960910467497622967e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618908d36fc1d3b3f8d0d4b3eb33fb7f0899b26bc852','instagram','a rainy morning in Lisbon',1097859237,NULL,NULL,'ann',1,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79609104675219321254e+09,1.79609104675610351561e+09,1.79609104676791334152e+09,0,NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618908d37c83b8dccd161dc7eda501596b9df3e1abc6','text','a poem',933386612,NULL,NULL,NULL,0,'normal','https://receiver.example/hook',NULL,NULL,NULL,'completed',NULL,1.79609104675545930857e+09,1.79609104676079225533e+09,1.79609104676791334152e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618908e2b2d891f4a7e2635b7cf39e3aba8003d90f47','image','a cube',1497007317,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'failed','image: The simulated generator failed this time.',1.79609104775240826599e+09,1.79609104775621390348e+09,1.79609104775915384287e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618908e5eddf5eef46cd925246ffa0b3724caa4e9369','text','begun',1036931916,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'generating',NULL,1.796091047964127779e+09,1.79609104797018933295e+09,NULL,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618908e6a4d9f3992c2cdbde81050059421f87417120','text','waiting',593717722,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'queued',NULL,1.79609104801096963882e+09,NULL,NULL,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618908e6b62674c674854fcb505dd87b6c1e64ae0a3a','text','late',1445057847,NULL,NULL,NULL,0,'normal',NULL,NULL,1.79609104811539793018e+09,NULL,'expired','It was not begun by the time that was set for it.',1.79609104801539802556e+09,NULL,1.79609104845776319497e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618908e6c6a4204939ba3f759968f4ffa4d6ff2e99f2','text','unwanted',544282952,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'cancelled',NULL,1.796091048019620657e+09,NULL,1.7960910480227262974e+09,0,'127.0.0.1',NULL,NULL,NULL);
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
INSERT INTO "search_mark" VALUES('6618908e6c6a4204939ba3f759968f4ffa4d6ff2e99f2');
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
INSERT INTO "usage" VALUES(20788,'','image',1,0,0,1,0.0089,NULL);
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
DELETE FROM "sqlite_sequence";
COMMIT;
PRAGMA user_version = 28;
