BEGIN TRANSACTION;
CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,            -- the public middle of the key
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the secret end of the key
  scopes     TEXT NOT NULL,               -- with commas between them
  created_at REAL NOT NULL,
  revoked_at REAL
, weight INTEGER NOT NULL DEFAULT 1, priority TEXT NOT NULL DEFAULT 'normal', models TEXT) WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('34d607442951','ann',X'D7A3C65D4B06172B641D205236A6DD1AE7B4C9E907422DA3C92DE7013AC05157','content,feed',1.79607256838837981219e+09,NULL,1,'normal',NULL);
INSERT INTO "api_keys" VALUES('6369f038bc86','bob',X'87E2A8506AE29F975CF6BFDF7926C939F8145360CDDD2188CA10D7C8DB00DAC3','content,feed',1.79607257109924983978e+09,1.79607257255495786664e+09,1,'normal',NULL);
CREATE TABLE clock (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  boot      TEXT NOT NULL,             -- the boot of the machine that `offset` belongs to
  offset    REAL NOT NULL,             -- the clock less the monotonic clock of that boot
  saved     REAL NOT NULL,             -- a time that it has reached
  lead      INTEGER NOT NULL DEFAULT 0, -- microseconds that new ids are ahead of it
  kept_from REAL NOT NULL DEFAULT 0    -- what finished before is as old as if it finished then
);
INSERT INTO "clock" VALUES(1,'aa1788f1-2470-437e-b226-954cd8be5947',1.79600164146100020404e+09,1.79607260174692702297e+09,0,0.0);
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
INSERT INTO "deliveries" VALUES('66184bbe9b949603f6b26f86d073b888fe935d8fb840c',1000003,'https://receiver.example/hook','{"type":"content.completed","timestamp":"2026-11-30T21:02:57.261915Z","data":{"id":"66184bbe9b949603f6b26f86d073b888fe935d8fb840c","tag":"text","status":"completed","text":"generated text for a poem","imageUri":null,"error":null,"created_at":"2026-11-30T21:02:56.497993Z","started_at":"2026-11-30T21:02:56.784626Z","completed_at":"2026-11-30T21:02:57.261915Z"},"event_id":"1000003"}',1.79607257726191544538e+09,'pending',2,0,NULL,1.79607262826779365541e+09);
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
INSERT INTO "delivery_attempts" VALUES('66184bbe9b949603f6b26f86d073b888fe935d8fb840c',1000003,1,1.79607259177790975568e+09,0.87522398600413,NULL,'The name of the host is not known.');
INSERT INTO "delivery_attempts" VALUES('66184bbe9b949603f6b26f86d073b888fe935d8fb840c',1000003,2,1.79607259827542853356e+09,2.18554566003149375319e-01,NULL,'The name of the host is not known.');
CREATE TABLE endpoints (
  url         TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL DEFAULT 0, -- in a row, of what goes in order
  resume_at   REAL NOT NULL DEFAULT 0,    -- not before this the next of what goes in order
  due_at      REAL,                       -- when something is to be sent; NULL: nothing waits, or a
                                          -- message says so
  sender      TEXT,                       -- the node that has it in hand, until due_at
  disabled_at REAL                        -- it has answered 410
, lane TEXT NOT NULL DEFAULT '', ready_at REAL) WITHOUT ROWID;
INSERT INTO "endpoints" VALUES('https://receiver.example/hook',2,1.79607284905049419403e+09,1.79607284905049419403e+09,NULL,NULL,'address 127.0.0.1receiver.example',NULL);
CREATE TABLE events (
  request_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,               -- JSON
  PRIMARY KEY (request_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('66184bbe998f322f3b8f78a09d7bbc5be42e468ba76ea',1000001,'started','{"part":"text","attempt":1}');
INSERT INTO "events" VALUES('66184bbe998f322f3b8f78a09d7bbc5be42e468ba76ea',1000002,'text.delta','{"text":"generated text for a rainy morning in Lisbon\n\n#generated #simulated"}');
INSERT INTO "events" VALUES('66184bd93c6f3400d39da62189238f6fd4b29049a4e84',1000001,'started','{"part":"text","attempt":1}');
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
INSERT INTO "failures" VALUES('66184bd69c0eb3dd030fab599a9f515f55b62ad740e8e','image',1.79607260169497776024e+09,1,5.94362994888797402381e-04,'vm.image-1','simulated','The simulated generator failed this time.');
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
INSERT INTO "idempotency" VALUES('','bakery','a3aa5cc9e5067da2c50ad578e6bbb4f99f393c7dcf924a34a12ba46f6533c38c','66184bbe98503396d84bebac4a8b7f0fceb80da819d14');
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
INSERT INTO "new_authors" VALUES('ann',1796072587765144,0);
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
INSERT INTO "parts" VALUES('66184bbe98503396d84bebac4a8b7f0fceb80da819d14','text','completed',1,0,'generated text for a slogan for a bakery',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796072576.4913135,"seconds":0.0,"model":"simulated-text","seed":124063303}',NULL);
INSERT INTO "parts" VALUES('66184bbe998f322f3b8f78a09d7bbc5be42e468ba76ea','image','completed',1,0,NULL,'/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796072576.4967031,"seconds":0.0042,"model":"simulated-image","seed":2110152381,"width":8,"height":8}',NULL);
INSERT INTO "parts" VALUES('66184bbe998f322f3b8f78a09d7bbc5be42e468ba76ea','text','completed',1,0,'generated text for a rainy morning in Lisbon

#generated #simulated',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796072576.4972773,"seconds":0.0,"model":"simulated-text","seed":2110152381}',NULL);
INSERT INTO "parts" VALUES('66184bbe9b949603f6b26f86d073b888fe935d8fb840c','text','completed',1,0,'generated text for a poem',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796072576.7846262,"seconds":0.0,"model":"simulated-text","seed":1424846834}',NULL);
INSERT INTO "parts" VALUES('66184bd69c0eb3dd030fab599a9f515f55b62ad740e8e','image','failed',1,0,NULL,NULL,'The simulated generator failed this time.',NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796072601.6949778,"seconds":0.0005943629948887974,"seed":1937063750}',NULL);
INSERT INTO "parts" VALUES('66184bd93c6f3400d39da62189238f6fd4b29049a4e84','text','generating',0,0,NULL,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO "post_subjects" VALUES('66184bbe998f322f3b8f78a09d7bbc5be42e468ba76ea','generated');
INSERT INTO "post_subjects" VALUES('66184bbe998f322f3b8f78a09d7bbc5be42e468ba76ea','morning');
INSERT INTO "post_subjects" VALUES('66184bbe998f322f3b8f78a09d7bbc5be42e468ba76ea','rain');
INSERT INTO "post_subjects" VALUES('66184bbe998f322f3b8f78a09d7bbc5be42e468ba76ea','simulated');
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
INSERT INTO "posts" VALUES('66184bbe998f322f3b8f78a09d7bbc5be42e468ba76ea',1796072587765144,'ann','generated text for a rainy morning in Lisbon','generated text for a rainy morning in Lisbon

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
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459794579580060473, 'ttext scompleted o', 'a slogan for a bakery', 'generated text for a slogan for a bakery');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459794579581367074, 'tinstagram scompleted o', 'a rainy morning in Lisbon', 'generated text for a rainy morning in Lisbon

#generated #simulated');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459794579583486304, 'ttext scompleted o', 'a poem', 'generated text for a poem');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459794586026437437, 'timage sfailed o', 'a cube', NULL);
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
INSERT INTO "requests" VALUES('66184bbe98503396d84bebac4a8b7f0fceb80da819d14','text','a slogan for a bakery',124063303,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79607257648461103444e+09,1.79607257649131345752e+09,1.79607257649188113216e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66184bbe998f322f3b8f78a09d7bbc5be42e468ba76ea','instagram','a rainy morning in Lisbon',2110152381,NULL,NULL,'ann',1,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79607257648971581462e+09,1.7960725764972772598e+09,1.79607257726191544538e+09,0,NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66184bbe9b949603f6b26f86d073b888fe935d8fb840c','text','a poem',1424846834,NULL,NULL,NULL,0,'normal','https://receiver.example/hook',NULL,NULL,NULL,'completed',NULL,1.79607257649799346922e+09,1.79607257678462624546e+09,1.79607257726191544538e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66184bd69c0eb3dd030fab599a9f515f55b62ad740e8e','image','a cube',1937063750,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'failed','image: The simulated generator failed this time.',1.79607260166577172282e+09,1.79607260169497776024e+09,1.79607260171249127388e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66184bd93c6f3400d39da62189238f6fd4b29049a4e84','text','begun',1148233885,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'generating',NULL,1.79607260441982722288e+09,1.79607260481136417383e+09,NULL,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66184bd9bd5566db45778b163e3deec9fa9e85f959252','text','waiting',2085487514,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'queued',NULL,1.79607260494779872889e+09,NULL,NULL,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66184bd9cb5a72f1354a05f8857f286e702338007b663','text','late',187020224,NULL,NULL,NULL,0,'normal',NULL,NULL,1.79607260510522294049e+09,NULL,'expired','It was not begun by the time that was set for it.',1.79607260500522303587e+09,NULL,1.79607260545798945428e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66184bd9d371948c4b37da2aaaea414c5683750420aba','text','unwanted',298809647,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'cancelled',NULL,1.79607260503836154937e+09,NULL,1.79607260505165171621e+09,0,'127.0.0.1',NULL,NULL,NULL);
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
INSERT INTO "search_mark" VALUES('66184bd93c6f3400d39da62189238f6fd4b29049a4e84');
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
INSERT INTO "usage" VALUES(20787,'','image',1,0,0,1,0.0042,NULL);
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
PRAGMA user_version = 27;
