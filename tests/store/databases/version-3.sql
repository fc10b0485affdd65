BEGIN TRANSACTION;
CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,            -- the public middle of the key
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the secret end of the key
  scopes     TEXT NOT NULL,               -- with commas between them
  created_at REAL NOT NULL,
  revoked_at REAL
) WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('323cb47f0ed6','ann',X'F73AC221C447DE757E75960E7BEDB789133E7159EB93332E40C98DDA0D947A7D','content,feed',1.79600383655813527106e+09,NULL);
INSERT INTO "api_keys" VALUES('b4929e9594df','bob',X'8918FBAC5A83EFA6B6E1D2B1A4528709FEBE01CC24989D2989D4DCC1E824A40A','content,feed',1.7960038382482204437e+09,1.79600383940230560303e+09);
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
INSERT INTO "deliveries" VALUES('66174baf8d424531a8da9634010947e14607df5c80e11',1000003,'https://receiver.example/hook','{"type":"content.completed","timestamp":"2026-11-30T01:57:21.248693Z","data":{"id":"66174baf8d424531a8da9634010947e14607df5c80e11","tag":"text","status":"completed","text":"generated text for a poem","imageUri":null,"error":null,"created_at":"2026-11-30T01:57:21.233956Z","started_at":"2026-11-30T01:57:21.246995Z","completed_at":"2026-11-30T01:57:21.248693Z"},"event_id":"1000003"}',1.79600384124869275094e+09,'pending',1,0,NULL,1.79600387125885319712e+09);
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
INSERT INTO "delivery_attempts" VALUES('66174baf8d424531a8da9634010947e14607df5c80e11',1000003,1,1.79600384126033735276e+09,4.49785690002499904949e-02,NULL,'The name of the host is not known.');
CREATE TABLE endpoints (
  url         TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL DEFAULT 0, -- in a row, of what goes in order
  resume_at   REAL NOT NULL DEFAULT 0,    -- not before this the next of what goes in order
  due_at      REAL,                       -- when something is to be sent; NULL: nothing waits, or a
                                          -- message says so
  sender      TEXT,                       -- the node that has it in hand, until due_at
  disabled_at REAL                        -- it has answered 410
, lane TEXT NOT NULL DEFAULT '', ready_at REAL) WITHOUT ROWID;
INSERT INTO "endpoints" VALUES('https://receiver.example/hook',1,1.79600384605880641943e+09,1.79600384605880641943e+09,NULL,NULL,'address 127.0.0.1receiver.example',NULL);
CREATE TABLE events (
  request_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,               -- JSON
  PRIMARY KEY (request_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('66174baf8b54300c236104dc798d43bad44dd36e4b2f7',1000001,'started','{"part":"text","attempt":1}');
INSERT INTO "events" VALUES('66174baf8b54300c236104dc798d43bad44dd36e4b2f7',1000002,'text.delta','{"text":"generated text for a rainy morning in Lisbon\n\n#generated #simulated"}');
INSERT INTO "events" VALUES('66174bb2c1f78b2aa60a5007354c5d0bddd6a3b51b492',1000001,'started','{"part":"text","attempt":1}');
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
INSERT INTO "failures" VALUES('66174bb166f2a4ae354edfbab814a6a658523dbbc98bf','image',1.79600384317714881895e+09,1,8.09200000730925239622e-05,'vm.image-1','simulated','The simulated generator failed this time.');
CREATE TABLE idempotency (
  owner      TEXT NOT NULL,               -- '' without API keys
  key        TEXT NOT NULL,
  digest     TEXT NOT NULL,               -- SHA-256 of what was asked for
  request_id TEXT NOT NULL,
  PRIMARY KEY (owner, key)
) WITHOUT ROWID;
INSERT INTO "idempotency" VALUES('','bakery','a3aa5cc9e5067da2c50ad578e6bbb4f99f393c7dcf924a34a12ba46f6533c38c','66174baf8a6279bc5eedc1fa240ede1b7dc64f37a9164');
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
INSERT INTO "parts" VALUES('66174baf8a6279bc5eedc1fa240ede1b7dc64f37a9164','text','completed',1,0,'generated text for a slogan for a bakery',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796003841.227231,"seconds":0.0,"model":"simulated-text","seed":758001026}');
INSERT INTO "parts" VALUES('66174baf8b54300c236104dc798d43bad44dd36e4b2f7','image','completed',1,0,NULL,'/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796003841.2374127,"seconds":0.0079,"model":"simulated-image","seed":2070133364,"width":8,"height":8}');
INSERT INTO "parts" VALUES('66174baf8b54300c236104dc798d43bad44dd36e4b2f7','text','completed',1,0,'generated text for a rainy morning in Lisbon

#generated #simulated',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796003841.2372942,"seconds":0.0,"model":"simulated-text","seed":2070133364}');
INSERT INTO "parts" VALUES('66174baf8d424531a8da9634010947e14607df5c80e11','text','completed',1,0,'generated text for a poem',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796003841.2469954,"seconds":0.0,"model":"simulated-text","seed":57894781}');
INSERT INTO "parts" VALUES('66174bb166f2a4ae354edfbab814a6a658523dbbc98bf','image','failed',1,0,NULL,NULL,'The simulated generator failed this time.',NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796003843.1771488,"seconds":0.00008092000007309252,"seed":1344665911}');
INSERT INTO "parts" VALUES('66174bb2c1f78b2aa60a5007354c5d0bddd6a3b51b492','text','generating',0,0,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE posts (
  id         TEXT PRIMARY KEY,
  created_us INTEGER NOT NULL UNIQUE,     -- microseconds since the epoch, strictly rising
  author     TEXT NOT NULL,
  title      TEXT NOT NULL,
  content    TEXT NOT NULL,
  image_uri  TEXT
) WITHOUT ROWID;
INSERT INTO "posts" VALUES('66174baf8b54300c236104dc798d43bad44dd36e4b2f7',1796003841248357,'ann','a rainy morning in Lisbon','generated text for a rainy morning in Lisbon

#generated #simulated','/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png');
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
INSERT INTO "requests" VALUES('66174baf8a6279bc5eedc1fa240ede1b7dc64f37a9164','text','a slogan for a bakery',758001026,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1796003841.22218,1.79600384122723102575e+09,1.79600384123343896863e+09,0,NULL);
INSERT INTO "requests" VALUES('66174baf8b54300c236104dc798d43bad44dd36e4b2f7','instagram','a rainy morning in Lisbon',2070133364,NULL,NULL,'ann',1,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79600384122605013842e+09,1.79600384123729419705e+09,1.79600384124712038041e+09,0,NULL);
INSERT INTO "requests" VALUES('66174baf8d424531a8da9634010947e14607df5c80e11','text','a poem',57894781,NULL,NULL,NULL,0,'normal','https://receiver.example/hook',NULL,NULL,NULL,'completed',NULL,1.79600384123395562176e+09,1.79600384124699544909e+09,1.79600384124869275094e+09,0,'127.0.0.1');
INSERT INTO "requests" VALUES('66174bb166f2a4ae354edfbab814a6a658523dbbc98bf','image','a cube',1344665911,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'failed','image: The simulated generator failed this time.',1.79600384317418456077e+09,1.79600384317714881895e+09,1.79600384318071413037e+09,0,NULL);
INSERT INTO "requests" VALUES('66174bb2c1f78b2aa60a5007354c5d0bddd6a3b51b492','text','begun',1398717451,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'generating',NULL,1.79600384459557485582e+09,1.79600384462258219715e+09,NULL,0,NULL);
INSERT INTO "requests" VALUES('66174bb2d2e27a287af518e66c9007d47e4899a9e262e','text','waiting',1190058036,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'queued',NULL,1.79600384466486907007e+09,NULL,NULL,0,NULL);
INSERT INTO "requests" VALUES('66174bb2d52601901d7cf7a20161596ccd468dff8b3c0','text','late',1870662447,NULL,NULL,NULL,0,'normal',NULL,NULL,1.79600384477414274208e+09,NULL,'expired','It was not begun by the time that was set for it.',1.79600384467414283745e+09,NULL,1.79600384508469820016e+09,0,NULL);
INSERT INTO "requests" VALUES('66174bb2d611f65fd81ace66c13673164eb65396d7b31','text','unwanted',268995337,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'cancelled',NULL,1.79600384467791891101e+09,NULL,1.79600384468418860432e+09,0,NULL);
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
COMMIT;
PRAGMA user_version = 3;
