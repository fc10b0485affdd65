BEGIN TRANSACTION;
CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,            -- the public middle of the key
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the secret end of the key
  scopes     TEXT NOT NULL,               -- with commas between them
  created_at REAL NOT NULL,
  revoked_at REAL
, weight INTEGER NOT NULL DEFAULT 1, priority TEXT NOT NULL DEFAULT 'normal', models TEXT) WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('8206283b011a','ann',X'A32A0B18E650EB851244FD90CCE7F6F7C3CD0A7C86997ED6D09A44E062F93449','content,feed',1.79606039725992918014e+09,NULL,1,'normal',NULL);
INSERT INTO "api_keys" VALUES('964bdeb09385','bob',X'990DBC4A4C936C7A509AE1E50B9D7C3D8068F989EC4CFBCB80ADED61FF07F6BD','content,feed',1.79606039786381530757e+09,1.79606039795198225974e+09,1,'normal',NULL);
CREATE TABLE clock (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  boot      TEXT NOT NULL,             -- the boot of the machine that `offset` belongs to
  offset    REAL NOT NULL,             -- the clock less the monotonic clock of that boot
  saved     REAL NOT NULL,             -- a time that it has reached
  lead      INTEGER NOT NULL DEFAULT 0, -- microseconds that new ids are ahead of it
  kept_from REAL NOT NULL DEFAULT 0    -- what finished before is as old as if it finished then
);
INSERT INTO "clock" VALUES(1,'aa1788f1-2470-437e-b226-954cd8be5947',1.79600164146099400526e+09,1.79606039944814205172e+09,0,0.0);
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
INSERT INTO "deliveries" VALUES('66181e608a32205179d44549dc6b297c252e89e4b559c',1000003,'https://receiver.example/hook','{"type":"content.completed","timestamp":"2026-11-30T17:39:58.276015Z","data":{"id":"66181e608a32205179d44549dc6b297c252e89e4b559c","tag":"text","status":"completed","text":"generated text for a poem","imageUri":null,"error":null,"created_at":"2026-11-30T17:39:58.265122Z","started_at":"2026-11-30T17:39:58.273160Z","completed_at":"2026-11-30T17:39:58.276015Z"},"event_id":"1000003"}',1.7960603982760148049e+09,'pending',1,0,NULL,1.79606042896951031678e+09);
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
INSERT INTO "delivery_attempts" VALUES('66181e608a32205179d44549dc6b297c252e89e4b559c',1000003,1,1.79606039897944951052e+09,5.48285930053680203855e-02,NULL,'The name of the host is not known.');
CREATE TABLE endpoints (
  url         TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL DEFAULT 0, -- in a row, of what goes in order
  resume_at   REAL NOT NULL DEFAULT 0,    -- not before this the next of what goes in order
  due_at      REAL,                       -- when something is to be sent; NULL: nothing waits, or a
                                          -- message says so
  sender      TEXT,                       -- the node that has it in hand, until due_at
  disabled_at REAL                        -- it has answered 410
, lane TEXT NOT NULL DEFAULT '', ready_at REAL) WITHOUT ROWID;
INSERT INTO "endpoints" VALUES('https://receiver.example/hook',1,1.79606040344542145729e+09,1.79606040344542145729e+09,NULL,NULL,'address 127.0.0.1receiver.example',NULL);
CREATE TABLE events (
  request_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,               -- JSON
  PRIMARY KEY (request_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('66181e6087cf7ebd70a7cfc7f2405ccc64c16b9408adc',1000001,'started','{"part":"text","attempt":1}');
INSERT INTO "events" VALUES('66181e6087cf7ebd70a7cfc7f2405ccc64c16b9408adc',1000002,'text.delta','{"text":"generated text for a rainy morning in Lisbon\n\n#generated #simulated"}');
INSERT INTO "events" VALUES('66181e6202412132b2d565a0c0e7632db10c7b825a40b',1000001,'started','{"part":"text","attempt":1}');
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
INSERT INTO "failures" VALUES('66181e61a4778130148c1efdd9fc0c02c091aaed29bc3','image',1.7960603994284141064e+09,1,8.40349966892972588539e-05,'vm.image-1','simulated','The simulated generator failed this time.');
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
INSERT INTO "idempotency" VALUES('','bakery','a3aa5cc9e5067da2c50ad578e6bbb4f99f393c7dcf924a34a12ba46f6533c38c','66181e6086c888d29b209fa509938e9b46379643106c1');
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
INSERT INTO "parts" VALUES('66181e6086c888d29b209fa509938e9b46379643106c1','text','completed',1,0,'generated text for a slogan for a bakery',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796060398.2554002,"seconds":0.0,"model":"simulated-text","seed":1925675989}',NULL);
INSERT INTO "parts" VALUES('66181e6087cf7ebd70a7cfc7f2405ccc64c16b9408adc','image','completed',1,0,NULL,'/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796060398.2658212,"seconds":0.0086,"model":"simulated-image","seed":1191345313,"width":8,"height":8}',NULL);
INSERT INTO "parts" VALUES('66181e6087cf7ebd70a7cfc7f2405ccc64c16b9408adc','text','completed',1,0,'generated text for a rainy morning in Lisbon

#generated #simulated',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796060398.2673702,"seconds":0.0,"model":"simulated-text","seed":1191345313}',NULL);
INSERT INTO "parts" VALUES('66181e608a32205179d44549dc6b297c252e89e4b559c','text','completed',1,0,'generated text for a poem',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796060398.2731602,"seconds":0.0,"model":"simulated-text","seed":986153514}',NULL);
INSERT INTO "parts" VALUES('66181e61a4778130148c1efdd9fc0c02c091aaed29bc3','image','failed',1,0,NULL,NULL,'The simulated generator failed this time.',NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796060399.428414,"seconds":0.00008403499668929726,"seed":1910090804}',NULL);
INSERT INTO "parts" VALUES('66181e6202412132b2d565a0c0e7632db10c7b825a40b','text','generating',0,0,NULL,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO "post_subjects" VALUES('66181e6087cf7ebd70a7cfc7f2405ccc64c16b9408adc','generated');
INSERT INTO "post_subjects" VALUES('66181e6087cf7ebd70a7cfc7f2405ccc64c16b9408adc','morning');
INSERT INTO "post_subjects" VALUES('66181e6087cf7ebd70a7cfc7f2405ccc64c16b9408adc','rain');
INSERT INTO "post_subjects" VALUES('66181e6087cf7ebd70a7cfc7f2405ccc64c16b9408adc','simulated');
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
INSERT INTO "posts" VALUES('66181e6087cf7ebd70a7cfc7f2405ccc64c16b9408adc',1796060398911075,'ann','generated text for a rainy morning in Lisbon','generated text for a rainy morning in Lisbon

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
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459791461952293005, 'ttext scompleted o', 'a slogan for a bakery', 'generated text for a slogan for a bakery');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459791461953370091, 'tinstagram scompleted o', 'a rainy morning in Lisbon', 'generated text for a rainy morning in Lisbon

#generated #simulated');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459791461955871237, 'ttext scompleted o', 'a poem', 'generated text for a poem');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459791462251853843, 'timage sfailed o', 'a cube', NULL);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459791462362777752, 'ttext sexpired o', 'late', NULL);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459791462366451244, 'ttext scancelled o', 'unwanted', NULL);
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
INSERT INTO "requests" VALUES('66181e6086c888d29b209fa509938e9b46379643106c1','text','a slogan for a bakery',1925675989,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79606039825114417078e+09,1.79606039825540018083e+09,1.7960603982558164596e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66181e6087cf7ebd70a7cfc7f2405ccc64c16b9408adc','instagram','a rainy morning in Lisbon',1191345313,NULL,NULL,'ann',1,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79606039825535154343e+09,1.79606039826737022392e+09,1.7960603982760148049e+09,0,NULL,NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66181e608a32205179d44549dc6b297c252e89e4b559c','text','a poem',986153514,NULL,NULL,NULL,0,'normal','https://receiver.example/hook',NULL,NULL,NULL,'completed',NULL,1.79606039826512217522e+09,1.79606039827316021914e+09,1.7960603982760148049e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66181e61a4778130148c1efdd9fc0c02c091aaed29bc3','image','a cube',1910090804,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'failed','image: The simulated generator failed this time.',1.79606039942130398748e+09,1.7960603994284141064e+09,1.79606039943713116646e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66181e6202412132b2d565a0c0e7632db10c7b825a40b','text','begun',1330330389,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'generating',NULL,1.7960603998054583073e+09,1.79606039981807732584e+09,NULL,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66181e620da11dbd66d1b8fa6c3ca04dcdcd7262d12a9','text','waiting',712707296,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'queued',NULL,1.7960603998520491123e+09,NULL,NULL,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66181e620e40898ecd2cb45ebc3fafc16ca36684a472f','text','late',309935592,NULL,NULL,NULL,0,'normal',NULL,NULL,1.79606039995460057255e+09,NULL,'expired','It was not begun by the time that was set for it.',1.79606039985460066792e+09,NULL,1.79606040028805136674e+09,0,'127.0.0.1',NULL,NULL,NULL);
INSERT INTO "requests" VALUES('66181e6211c162cd4a4e9a460cace5742fd090d6265fb','text','unwanted',1702764721,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'cancelled',NULL,1.796060399868950367e+09,NULL,1.79606039987514448166e+09,0,'127.0.0.1',NULL,NULL,NULL);
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
INSERT INTO "search_mark" VALUES('66181e6211c162cd4a4e9a460cace5742fd090d6265fb');
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
INSERT INTO "usage" VALUES(20787,'','image',1,0,0,1,0.0086,NULL);
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
DELETE FROM "sqlite_sequence";
COMMIT;
PRAGMA user_version = 24;
