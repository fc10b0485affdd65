BEGIN TRANSACTION;
CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,            -- the public middle of the key
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the secret end of the key
  scopes     TEXT NOT NULL,               -- with commas between them
  created_at REAL NOT NULL,
  revoked_at REAL
) WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('878c7ec3c31d','bob',X'7E2571986AF29A00FDFA584F849F395D3E4F8830B73306A037A60F6F5ECE1AFF','content,feed',1.79600289472305130961e+09,1.79600289522328925139e+09);
INSERT INTO "api_keys" VALUES('8c6b8a390681','ann',X'D6DBF3D8D7F85E074AC61555BB71D2987C046479C8200C34ACB57385C7552DBB','content,feed',1.79600289376757287981e+09,NULL);
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
INSERT INTO "deliveries" VALUES('6617482a175fcad730664c3e71a110d21a10bf47f8453',1000003,'https://receiver.example/hook','{"type":"content.completed","timestamp":"2026-11-30T01:41:35.990925Z","data":{"id":"6617482a175fcad730664c3e71a110d21a10bf47f8453","tag":"text","status":"completed","text":"generated text for a poem","imageUri":null,"error":null,"created_at":"2026-11-30T01:41:35.984123Z","started_at":"2026-11-30T01:41:35.986763Z","completed_at":"2026-11-30T01:41:35.990925Z"},"event_id":"1000003"}',1.79600289599092459674e+09,'pending',1,0,NULL,1.79600292600570678709e+09);
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
INSERT INTO "delivery_attempts" VALUES('6617482a175fcad730664c3e71a110d21a10bf47f8453',1000003,1,1.79600289601399540906e+09,7.68116399990503850858e-03,NULL,'The name of the host is not known.');
CREATE TABLE endpoints (
  url         TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL DEFAULT 0, -- in a row, of what goes in order
  resume_at   REAL NOT NULL DEFAULT 0,    -- not before this the next of what goes in order
  due_at      REAL,                       -- when something is to be sent; NULL: nothing waits, or a
                                          -- message says so
  sender      TEXT,                       -- the node that has it in hand, until due_at
  disabled_at REAL                        -- it has answered 410
) WITHOUT ROWID;
INSERT INTO "endpoints" VALUES('https://receiver.example/hook',1,1.79600290029090476034e+09,1.79600290029090476034e+09,NULL,NULL);
CREATE TABLE events (
  request_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,               -- JSON
  PRIMARY KEY (request_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('6617482a161ef73466241e0102bbefa813e250a560707',1000001,'started','{"part":"text","attempt":1}');
INSERT INTO "events" VALUES('6617482a161ef73466241e0102bbefa813e250a560707',1000002,'text.delta','{"text":"generated text for a rainy morning in Lisbon\n\n#generated #simulated"}');
INSERT INTO "events" VALUES('6617482ba8c5355c392ad2a39a201552579d4bffd910e',1000001,'started','{"part":"text","attempt":1}');
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
INSERT INTO "failures" VALUES('6617482af5b72b4d06a33969d3bc1430115d2b56ce2a8','image',1.79600289690641808505e+09,1,7.77049999669543467462e-05,'vm.image-1','simulated','The simulated generator failed this time.');
CREATE TABLE idempotency (
  owner      TEXT NOT NULL,               -- '' without API keys
  key        TEXT NOT NULL,
  digest     TEXT NOT NULL,               -- SHA-256 of what was asked for
  request_id TEXT NOT NULL,
  PRIMARY KEY (owner, key)
) WITHOUT ROWID;
INSERT INTO "idempotency" VALUES('','bakery','a3aa5cc9e5067da2c50ad578e6bbb4f99f393c7dcf924a34a12ba46f6533c38c','6617482a147e2d0bc2b067665a5bddfe7f24b4b48c6f7');
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
INSERT INTO "parts" VALUES('6617482a147e2d0bc2b067665a5bddfe7f24b4b48c6f7','text','completed',1,0,'generated text for a slogan for a bakery',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796002895.9742892,"seconds":0.0,"model":"simulated-text","seed":1625740069}');
INSERT INTO "parts" VALUES('6617482a161ef73466241e0102bbefa813e250a560707','image','completed',1,0,NULL,'/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796002895.980243,"seconds":0.0112,"model":"simulated-image","seed":292090877,"width":8,"height":8}');
INSERT INTO "parts" VALUES('6617482a161ef73466241e0102bbefa813e250a560707','text','completed',1,0,'generated text for a rainy morning in Lisbon

#generated #simulated',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796002895.9804282,"seconds":0.0,"model":"simulated-text","seed":292090877}');
INSERT INTO "parts" VALUES('6617482a175fcad730664c3e71a110d21a10bf47f8453','text','completed',1,0,'generated text for a poem',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796002895.9867628,"seconds":0.0,"model":"simulated-text","seed":194528880}');
INSERT INTO "parts" VALUES('6617482af5b72b4d06a33969d3bc1430115d2b56ce2a8','image','failed',1,0,NULL,NULL,'The simulated generator failed this time.',NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796002896.906418,"seconds":0.00007770499996695435,"seed":382533971}');
INSERT INTO "parts" VALUES('6617482ba8c5355c392ad2a39a201552579d4bffd910e','text','generating',0,0,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE posts (
  id         TEXT PRIMARY KEY,
  created_us INTEGER NOT NULL UNIQUE,     -- microseconds since the epoch, strictly rising
  author     TEXT NOT NULL,
  title      TEXT NOT NULL,
  content    TEXT NOT NULL,
  image_uri  TEXT
) WITHOUT ROWID;
INSERT INTO "posts" VALUES('6617482a161ef73466241e0102bbefa813e250a560707',1796002896005848,'ann','a rainy morning in Lisbon','generated text for a rainy morning in Lisbon

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
) WITHOUT ROWID;
INSERT INTO "requests" VALUES('6617482a147e2d0bc2b067665a5bddfe7f24b4b48c6f7','text','a slogan for a bakery',1625740069,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79600289597232031825e+09,1.79600289597428917887e+09,1.79600289597454333308e+09,0);
INSERT INTO "requests" VALUES('6617482a161ef73466241e0102bbefa813e250a560707','instagram','a rainy morning in Lisbon',292090877,NULL,NULL,'ann',1,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1796002895.97899,1.79600289598042821889e+09,1.79600289599340438842e+09,0);
INSERT INTO "requests" VALUES('6617482a175fcad730664c3e71a110d21a10bf47f8453','text','a poem',194528880,NULL,NULL,NULL,0,'normal','https://receiver.example/hook',NULL,NULL,NULL,'completed',NULL,1.79600289598412346837e+09,1.79600289598676276202e+09,1.79600289599092459674e+09,0);
INSERT INTO "requests" VALUES('6617482af5b72b4d06a33969d3bc1430115d2b56ce2a8','image','a cube',382533971,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'failed','image: The simulated generator failed this time.',1.7960028968948330879e+09,1.79600289690641808505e+09,1.79600289691536092761e+09,0);
INSERT INTO "requests" VALUES('6617482ba8c5355c392ad2a39a201552579d4bffd910e','text','begun',723009162,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'generating',NULL,1.79600289762824177745e+09,1.79600289763542890551e+09,NULL,0);
INSERT INTO "requests" VALUES('6617482bb2c99aacd413f6ff06566fcafdeac8939775d','text','waiting',1159373573,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'queued',NULL,1.79600289766927242278e+09,NULL,NULL,0);
INSERT INTO "requests" VALUES('6617482bb3870ba832bad5acc494856d0dcc27ac648c5','text','late',1121569625,NULL,NULL,NULL,0,'normal',NULL,NULL,1.79600289777230310442e+09,NULL,'expired','It was not begun by the time that was set for it.',1.79600289767230319971e+09,NULL,1.79600289811689281462e+09,0);
INSERT INTO "requests" VALUES('6617482bb434fdfb3ce29c4787ee915d7d9f16ebf4e4a','text','unwanted',1946876233,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'cancelled',NULL,1.79600289767508673665e+09,NULL,1.79600289767772078514e+09,0);
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
COMMIT;
PRAGMA user_version = 2;
