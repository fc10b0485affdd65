BEGIN TRANSACTION;
CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,            -- the public middle of the key
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the secret end of the key
  scopes     TEXT NOT NULL,               -- with commas between them
  created_at REAL NOT NULL,
  revoked_at REAL
, weight INTEGER NOT NULL DEFAULT 1, priority TEXT NOT NULL DEFAULT 'normal') WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('483617cfbe94','bob',X'AB27D6A97CC42A0D900ABCEFE11E8EE4620F44064D24535CFB0B99D09F9C8256','content,feed',1796040900.90151,1.79604090139355444906e+09,1,'normal');
INSERT INTO "api_keys" VALUES('e3740fdaa7a1','ann',X'CD114E0A133AFBBC3AD1CF00538E801530175BF900A4639254C4F8233A67B936','content,feed',1.79604089971189785006e+09,NULL,1,'normal');
CREATE TABLE clock (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  boot      TEXT NOT NULL,             -- the boot of the machine that `offset` belongs to
  offset    REAL NOT NULL,             -- the clock less the monotonic clock of that boot
  saved     REAL NOT NULL,             -- a time that it has reached
  lead      INTEGER NOT NULL DEFAULT 0, -- microseconds that new ids are ahead of it
  kept_from REAL NOT NULL DEFAULT 0    -- what finished before is as old as if it finished then
);
INSERT INTO "clock" VALUES(1,'aa1788f1-2470-437e-b226-954cd8be5947',1.79600164146099543572e+09,1.79604090511057186124e+09,0,0.0);
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
INSERT INTO "deliveries" VALUES('6617d5bfa32d6b7565538330fc83ee9a383e61eab9266',1000003,'https://receiver.example/hook','{"type":"content.completed","timestamp":"2026-11-30T12:15:02.299635Z","data":{"id":"6617d5bfa32d6b7565538330fc83ee9a383e61eab9266","tag":"text","status":"completed","text":"generated text for a poem","imageUri":null,"error":null,"created_at":"2026-11-30T12:15:02.193879Z","started_at":"2026-11-30T12:15:02.268741Z","completed_at":"2026-11-30T12:15:02.299635Z"},"event_id":"1000003"}',1.79604090229963493348e+09,'pending',1,0,NULL,1.79604093428897261617e+09);
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
INSERT INTO "delivery_attempts" VALUES('6617d5bfa32d6b7565538330fc83ee9a383e61eab9266',1000003,1,1.79604090430130028726e+09,5.3808889002539217472e-02,NULL,'The name of the host is not known.');
CREATE TABLE endpoints (
  url         TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL DEFAULT 0, -- in a row, of what goes in order
  resume_at   REAL NOT NULL DEFAULT 0,    -- not before this the next of what goes in order
  due_at      REAL,                       -- when something is to be sent; NULL: nothing waits, or a
                                          -- message says so
  sender      TEXT,                       -- the node that has it in hand, until due_at
  disabled_at REAL                        -- it has answered 410
, lane TEXT NOT NULL DEFAULT '', ready_at REAL) WITHOUT ROWID;
INSERT INTO "endpoints" VALUES('https://receiver.example/hook',1,1.79604091010565257067e+09,1.79604091010565257067e+09,NULL,NULL,'address 127.0.0.1receiver.example',NULL);
CREATE TABLE events (
  request_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,               -- JSON
  PRIMARY KEY (request_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('6617d5bf95b8b788af564bd773f0d88d17b93a4690b87',1000001,'started','{"part":"text","attempt":1}');
INSERT INTO "events" VALUES('6617d5bf95b8b788af564bd773f0d88d17b93a4690b87',1000002,'text.delta','{"text":"generated text for a rainy morning in Lisbon\n\n#generated #simulated"}');
INSERT INTO "events" VALUES('6617d5bf95b8b788af564bd773f0d88d17b93a4690b87',1000003,'started','{"part":"image","attempt":1}');
INSERT INTO "events" VALUES('6617d5c3f596a236ff153ae8a0576beff950ba2166fbb',1000001,'started','{"part":"text","attempt":1}');
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
INSERT INTO "failures" VALUES('6617d5c2619ddf75bea3a408951b8d2d6f6af19dd8ad7','image',1.7960409050845680237e+09,1,1.09231994429137557744e-04,'vm.image-1','simulated','The simulated generator failed this time.');
CREATE TABLE fanouts (
  created_us INTEGER PRIMARY KEY,
  author     TEXT NOT NULL,
  done_at    REAL                        -- when they were in all feeds; NULL: not yet
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
INSERT INTO "idempotency" VALUES('','bakery','a3aa5cc9e5067da2c50ad578e6bbb4f99f393c7dcf924a34a12ba46f6533c38c','6617d5bf92c745c4b00850037a8e049c0302be18bdcc5');
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
  origin     TEXT,                        -- JSON: generator, model, seed, tokens, times, missing
  PRIMARY KEY (request_id, kind)
) WITHOUT ROWID;
INSERT INTO "parts" VALUES('6617d5bf92c745c4b00850037a8e049c0302be18bdcc5','text','completed',1,0,'generated text for a slogan for a bakery',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796040902.129702,"seconds":0.0,"model":"simulated-text","seed":1478485557}');
INSERT INTO "parts" VALUES('6617d5bf95b8b788af564bd773f0d88d17b93a4690b87','image','completed',1,0,NULL,'/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796040902.1408567,"seconds":0.1524,"model":"simulated-image","seed":1913144208,"width":8,"height":8}');
INSERT INTO "parts" VALUES('6617d5bf95b8b788af564bd773f0d88d17b93a4690b87','text','completed',1,0,'generated text for a rainy morning in Lisbon

#generated #simulated',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796040902.1411762,"seconds":0.0,"model":"simulated-text","seed":1913144208}');
INSERT INTO "parts" VALUES('6617d5bfa32d6b7565538330fc83ee9a383e61eab9266','text','completed',1,0,'generated text for a poem',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796040902.268741,"seconds":0.0,"model":"simulated-text","seed":1567742180}');
INSERT INTO "parts" VALUES('6617d5c2619ddf75bea3a408951b8d2d6f6af19dd8ad7','image','failed',1,0,NULL,NULL,'The simulated generator failed this time.',NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796040905.084568,"seconds":0.00010923199442913756,"seed":1387215308}');
INSERT INTO "parts" VALUES('6617d5c3f596a236ff153ae8a0576beff950ba2166fbb','text','generating',0,0,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO "post_subjects" VALUES('6617d5bf95b8b788af564bd773f0d88d17b93a4690b87','generated');
INSERT INTO "post_subjects" VALUES('6617d5bf95b8b788af564bd773f0d88d17b93a4690b87','morning');
INSERT INTO "post_subjects" VALUES('6617d5bf95b8b788af564bd773f0d88d17b93a4690b87','rain');
INSERT INTO "post_subjects" VALUES('6617d5bf95b8b788af564bd773f0d88d17b93a4690b87','simulated');
CREATE TABLE posts (
  id         TEXT PRIMARY KEY,
  created_us INTEGER NOT NULL UNIQUE,     -- microseconds since the epoch, strictly rising
  author     TEXT NOT NULL,
  title      TEXT NOT NULL,
  content    TEXT NOT NULL,
  image_uri  TEXT
, alt TEXT, edited_us INTEGER) WITHOUT ROWID;
INSERT INTO "posts" VALUES('6617d5bf95b8b788af564bd773f0d88d17b93a4690b87',1796040904177541,'ann','generated text for a rainy morning in Lisbon','generated text for a rainy morning in Lisbon

#generated #simulated','/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL);
CREATE TABLE pulled_authors (
  author TEXT PRIMARY KEY
) WITHOUT ROWID;
CREATE VIRTUAL TABLE request_words USING fts5(
  marks, prompt, text, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459786470944437340, 'ttext scompleted o', 'a slogan for a bakery', 'generated text for a slogan for a bakery');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459786470947523448, 'tinstagram scompleted o', 'a rainy morning in Lisbon', 'generated text for a rainy morning in Lisbon

#generated #simulated');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459786470961632951, 'ttext scompleted o', 'a poem', 'generated text for a poem');
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459786471698193911, 'timage sfailed o', 'a cube', NULL);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459786472172394320, 'ttext sexpired o', 'late', NULL);
INSERT INTO request_words (rowid, marks, prompt, text) VALUES (459786472177139784, 'ttext scancelled o', 'unwanted', NULL);
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
, client TEXT) WITHOUT ROWID;
INSERT INTO "requests" VALUES('6617d5bf92c745c4b00850037a8e049c0302be18bdcc5','text','a slogan for a bakery',1478485557,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79604090212670826909e+09,1.79604090212970209116e+09,1.79604090213026309011e+09,0,'127.0.0.1');
INSERT INTO "requests" VALUES('6617d5bf95b8b788af564bd773f0d88d17b93a4690b87','instagram','a rainy morning in Lisbon',1913144208,NULL,NULL,'ann',1,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.7960409021387634277e+09,1.79604090214117622379e+09,1.79604090229963493348e+09,0,NULL);
INSERT INTO "requests" VALUES('6617d5bfa32d6b7565538330fc83ee9a383e61eab9266','text','a poem',1567742180,NULL,NULL,NULL,0,'normal','https://receiver.example/hook',NULL,NULL,NULL,'completed',NULL,1.79604090219387865063e+09,1.79604090226874089234e+09,1.79604090229963493348e+09,0,'127.0.0.1');
INSERT INTO "requests" VALUES('6617d5c2619ddf75bea3a408951b8d2d6f6af19dd8ad7','image','a cube',1387215308,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'failed','image: The simulated generator failed this time.',1.79604090507106947897e+09,1.7960409050845680237e+09,1.79604090509149074555e+09,0,'127.0.0.1');
INSERT INTO "requests" VALUES('6617d5c3f596a236ff153ae8a0576beff950ba2166fbb','text','begun',573399653,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'generating',NULL,1.79604090672573852541e+09,1.79604090679684662819e+09,NULL,0,'127.0.0.1');
INSERT INTO "requests" VALUES('6617d5c415d996468bf4f06f63911ea1ba21d6e5dace2','text','waiting',1804573870,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'queued',NULL,1.79604090685788154602e+09,NULL,NULL,0,'127.0.0.1');
INSERT INTO "requests" VALUES('6617d5c425d97506dc604da2e51b98fd9e75b799729eb','text','late',308352517,NULL,NULL,NULL,0,'normal',NULL,NULL,1.79604090702341485019e+09,NULL,'expired','It was not begun by the time that was set for it.',1.79604090692341494556e+09,NULL,1.79604090746705293652e+09,0,'127.0.0.1');
INSERT INTO "requests" VALUES('6617d5c42a60048a99d6a1c46d7aac227922ed6dcfbd3','text','unwanted',667212396,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'cancelled',NULL,1.79604090694195270535e+09,NULL,1.79604090695666122434e+09,0,'127.0.0.1');
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
COMMIT;
PRAGMA user_version = 17;
