BEGIN TRANSACTION;
CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,            -- the public middle of the key
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the secret end of the key
  scopes     TEXT NOT NULL,               -- with commas between them
  created_at REAL NOT NULL,
  revoked_at REAL
, weight INTEGER NOT NULL DEFAULT 1, priority TEXT NOT NULL DEFAULT 'normal', models TEXT) WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('1343af1d2bb0','bob',X'E2986826E82CAE31702D63925A44DB16CAE879ADCAA71692036640913C093ED2','content,feed',1.79605281139940762516e+09,1.79605281169036579136e+09,1,'normal',NULL);
INSERT INTO "api_keys" VALUES('779d7d280d52','ann',X'E25BCAE54AF6BEB6103EF1D6108D205ABA0C807F717380721881D42E9F4E2EC1','content,feed',1.79605281068513393397e+09,NULL,1,'normal',NULL);
CREATE TABLE clock (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  boot      TEXT NOT NULL,             -- the boot of the machine that `offset` belongs to
  offset    REAL NOT NULL,             -- the clock less the monotonic clock of that boot
  saved     REAL NOT NULL,             -- a time that it has reached
  lead      INTEGER NOT NULL DEFAULT 0, -- microseconds that new ids are ahead of it
  kept_from REAL NOT NULL DEFAULT 0    -- what finished before is as old as if it finished then
);
INSERT INTO "clock" VALUES(1,'aa1788f1-2470-437e-b226-954cd8be5947',1.7960016414609923362e+09,1.79605281802522206307e+09,0,0.0);
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
INSERT INTO "deliveries" VALUES('6618021e5f3c2da340388beceda4b23bcf67f10df5bc6',1000003,'https://receiver.example/hook','{"type":"content.completed","timestamp":"2026-11-30T15:33:32.718609Z","data":{"id":"6618021e5f3c2da340388beceda4b23bcf67f10df5bc6","tag":"text","status":"completed","text":"generated text for a poem","imageUri":null,"error":null,"created_at":"2026-11-30T15:33:32.690371Z","started_at":"2026-11-30T15:33:32.698095Z","completed_at":"2026-11-30T15:33:32.718609Z"},"event_id":"1000003"}',1.79605281271860909458e+09,'pending',2,0,NULL,1.79605284878575706484e+09);
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
INSERT INTO "delivery_attempts" VALUES('6618021e5f3c2da340388beceda4b23bcf67f10df5bc6',1000003,1,1.79605281277765130992e+09,3.03650226000172551721e-01,NULL,'The name of the host is not known.');
INSERT INTO "delivery_attempts" VALUES('6618021e5f3c2da340388beceda4b23bcf67f10df5bc6',1000003,2,1.79605281879815173147e+09,3.08167903996945824474e-01,NULL,'The name of the host is not known.');
CREATE TABLE endpoints (
  url         TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL DEFAULT 0, -- in a row, of what goes in order
  resume_at   REAL NOT NULL DEFAULT 0,    -- not before this the next of what goes in order
  due_at      REAL,                       -- when something is to be sent; NULL: nothing waits, or a
                                          -- message says so
  sender      TEXT,                       -- the node that has it in hand, until due_at
  disabled_at REAL                        -- it has answered 410
, lane TEXT NOT NULL DEFAULT '', ready_at REAL) WITHOUT ROWID;
INSERT INTO "endpoints" VALUES('https://receiver.example/hook',2,1.79605308892788410185e+09,1.79605308892788410185e+09,NULL,NULL,'address 127.0.0.1receiver.example',NULL);
CREATE TABLE events (
  request_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,               -- JSON
  PRIMARY KEY (request_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('6618021e5ab22dc2b04a2fe07a042ed23b66489a07f73',1000001,'started','{"part":"text","attempt":1}');
INSERT INTO "events" VALUES('6618021e5ab22dc2b04a2fe07a042ed23b66489a07f73',1000002,'text.delta','{"text":"generated text for a rainy morning in Lisbon\n\n#generated #simulated"}');
INSERT INTO "events" VALUES('6618021e5ab22dc2b04a2fe07a042ed23b66489a07f73',1000003,'started','{"part":"image","attempt":1}');
INSERT INTO "events" VALUES('661802248fc6368c17da844cd2d4b0486da3ec4578a84',1000001,'started','{"part":"text","attempt":1}');
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
INSERT INTO "failures" VALUES('661802236232568e3282422bfd71fb5bbaea2a17cd7ad','image',1.79605281795761919025e+09,1,8.83109969436191e-05,'vm.image-1','simulated','The simulated generator failed this time.');
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
INSERT INTO "idempotency" VALUES('','bakery','a3aa5cc9e5067da2c50ad578e6bbb4f99f393c7dcf924a34a12ba46f6533c38c','6618021e59bc0b0c4dc66b6a71ecf50931d84d3360567');
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
INSERT INTO "parts" VALUES('6618021e59bc0b0c4dc66b6a71ecf50931d84d3360567','text','completed',1,0,'generated text for a slogan for a bakery',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796052812.6711013,"seconds":0.0,"model":"simulated-text","seed":147256370}',NULL);
INSERT INTO "parts" VALUES('6618021e5ab22dc2b04a2fe07a042ed23b66489a07f73','image','completed',1,0,NULL,'/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796052812.6755855,"seconds":0.0778,"model":"simulated-image","seed":555147922,"width":8,"height":8}',NULL);
INSERT INTO "parts" VALUES('6618021e5ab22dc2b04a2fe07a042ed23b66489a07f73','text','completed',1,0,'generated text for a rainy morning in Lisbon

#generated #simulated',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796052812.6758165,"seconds":0.0,"model":"simulated-text","seed":555147922}',NULL);
INSERT INTO "parts" VALUES('6618021e5f3c2da340388beceda4b23bcf67f10df5bc6','text','completed',1,0,'generated text for a poem',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796052812.698095,"seconds":0.0,"model":"simulated-text","seed":261615379}',NULL);
INSERT INTO "parts" VALUES('661802236232568e3282422bfd71fb5bbaea2a17cd7ad','image','failed',1,0,NULL,NULL,'The simulated generator failed this time.',NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796052817.9576192,"seconds":0.0000883109969436191,"seed":1934849599}',NULL);
INSERT INTO "parts" VALUES('661802248fc6368c17da844cd2d4b0486da3ec4578a84','text','generating',0,0,NULL,NULL,NULL,NULL,NULL,NULL);
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
CREATE TABLE post_subjects (
  post_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (post_id, subject)
) WITHOUT ROWID;
INSERT INTO "post_subjects" VALUES('6618021e5ab22dc2b04a2fe07a042ed23b66489a07f73','generated');
INSERT INTO "post_subjects" VALUES('6618021e5ab22dc2b04a2fe07a042ed23b66489a07f73','morning');
INSERT INTO "post_subjects" VALUES('6618021e5ab22dc2b04a2fe07a042ed23b66489a07f73','rain');
INSERT INTO "post_subjects" VALUES('6618021e5ab22dc2b04a2fe07a042ed23b66489a07f73','simulated');
CREATE TABLE posts (
  id         TEXT PRIMARY KEY,
  created_us INTEGER NOT NULL UNIQUE,     -- microseconds since the epoch, strictly rising
  author     TEXT NOT NULL,
  title      TEXT NOT NULL,
  content    TEXT NOT NULL,
  image_uri  TEXT
, alt TEXT, edited_us INTEGER) WITHOUT ROWID;
INSERT INTO "posts" VALUES('6618021e5ab22dc2b04a2fe07a042ed23b66489a07f73',1796052815531741,'ann','generated text for a rainy morning in Lisbon','generated text for a rainy morning in Lisbon

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
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459789520042967216, 'ttext scompleted o', 'a slogan for a bakery', 'generated text for a slogan for a bakery');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459789520043975388, 'tinstagram scompleted o', 'a rainy morning in Lisbon', 'generated text for a rainy morning in Lisbon

#generated #simulated');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459789520048734938, 'ttext scompleted o', 'a poem', 'generated text for a poem');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459789521394017640, 'timage sfailed o', 'a cube', NULL);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459789521762766924, 'ttext sexpired o', 'late', NULL);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459789521771389187, 'ttext scancelled o', 'unwanted', NULL);
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
INSERT INTO "requests" VALUES('6618021e59bc0b0c4dc66b6a71ecf50931d84d3360567','text','a slogan for a bakery',147256370,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79605281266784024235e+09,1.79605281267110133166e+09,1.796052812672668457e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618021e5ab22dc2b04a2fe07a042ed23b66489a07f73','instagram','a rainy morning in Lisbon',555147922,NULL,NULL,'ann',1,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79605281267177796359e+09,1.79605281267581653589e+09,1.79605281275523805616e+09,0,NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('6618021e5f3c2da340388beceda4b23bcf67f10df5bc6','text','a poem',261615379,NULL,NULL,NULL,0,'normal','https://receiver.example/hook',NULL,NULL,NULL,'completed',NULL,1.79605281269037055967e+09,1.79605281269809508321e+09,1.79605281271860909458e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('661802236232568e3282422bfd71fb5bbaea2a17cd7ad','image','a cube',1934849599,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'failed','image: The simulated generator failed this time.',1.79605281794538116455e+09,1.79605281795761919025e+09,1.79605281798342490198e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('661802248fc6368c17da844cd2d4b0486da3ec4578a84','text','begun',195717594,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'generating',NULL,1.79605281918064332014e+09,1.79605281928305363656e+09,NULL,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66180224bcabd251f652b3f12cd3763771e4a05f80b2f','text','waiting',34065313,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'queued',NULL,1.79605281936454129216e+09,NULL,NULL,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66180224c1dd04c0c494f9a7fe7df09d57788986168b6','text','late',1154867775,NULL,NULL,NULL,0,'normal',NULL,NULL,1.79605281948580837252e+09,NULL,'expired','It was not begun by the time that was set for it.',1.7960528193858084679e+09,NULL,1.79605281994542193414e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66180224ca16103349b6db730d6a40909c3fd7e100633','text','unwanted',672479003,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'cancelled',NULL,1.79605281941948914528e+09,NULL,1.79605281943917822833e+09,0,'127.0.0.1',NULL,NULL,NULL);
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
INSERT INTO "usage" VALUES(20787,'','image',1,0,0,1,0.0778,NULL);
INSERT INTO "usage" VALUES(20787,'','text',3,0,0,0,0.0,NULL);
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
CREATE TRIGGER finished_request_is_unindexed AFTER UPDATE OF status ON requests
WHEN new.status NOT IN ('queued', 'generating') BEGIN
  INSERT OR IGNORE INTO unindexed_requests VALUES (new.id);
END;
CREATE INDEX of_group ON requests (group_id, id) WHERE group_id IS NOT NULL;
DELETE FROM "sqlite_sequence";
COMMIT;
PRAGMA user_version = 21;
