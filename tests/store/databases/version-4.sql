BEGIN TRANSACTION;
CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,            -- the public middle of the key
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the secret end of the key
  scopes     TEXT NOT NULL,               -- with commas between them
  created_at REAL NOT NULL,
  revoked_at REAL
) WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('45f21d4ecce9','bob',X'47CE06A6BB75106255C2ADEBD77E51E004AB69E2E6D262C78347FF7BCD56F31C','content,feed',1.79600417819317102426e+09,1.79600417887062573435e+09);
INSERT INTO "api_keys" VALUES('795fe47cba1c','ann',X'C6E68BBF7E7C1724F33F08017321B30DB0BD545CC47281443C59F1DF2D61989C','content,feed',1.79600417688592958447e+09,NULL);
CREATE TABLE clock (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  boot      TEXT NOT NULL,             -- the boot of the machine that `offset` belongs to
  offset    REAL NOT NULL,             -- the clock less the monotonic clock of that boot
  saved     REAL NOT NULL,             -- a time that it has reached
  lead      INTEGER NOT NULL DEFAULT 0, -- microseconds that new ids are ahead of it
  kept_from REAL NOT NULL DEFAULT 0    -- what finished before is as old as if it finished then
);
INSERT INTO "clock" VALUES(1,'aa1788f1-2470-437e-b226-954cd8be5947',1.79600164146100473409e+09,1.79600418076834368705e+09,0,0.0);
CREATE TABLE clock_shifts (
  since REAL PRIMARY KEY,
  shift REAL NOT NULL
);
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
INSERT INTO "deliveries" VALUES('66174cf23f5f53b82d24f4b76b8c060645493429626fb',1000003,'https://receiver.example/hook','{"type":"content.completed","timestamp":"2026-11-30T02:02:59.618340Z","data":{"id":"66174cf23f5f53b82d24f4b76b8c060645493429626fb","tag":"text","status":"completed","text":"generated text for a poem","imageUri":null,"error":null,"created_at":"2026-11-30T02:02:59.604980Z","started_at":"2026-11-30T02:02:59.612544Z","completed_at":"2026-11-30T02:02:59.618340Z"},"event_id":"1000003"}',1796004179.61834,'pending',1,0,NULL,1.79600420963101220124e+09);
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
INSERT INTO "delivery_attempts" VALUES('66174cf23f5f53b82d24f4b76b8c060645493429626fb',1000003,1,1.79600417963209772111e+09,2.57609970003613852895e-02,NULL,'The name of the host is not known.');
CREATE TABLE endpoints (
  url         TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL DEFAULT 0, -- in a row, of what goes in order
  resume_at   REAL NOT NULL DEFAULT 0,    -- not before this the next of what goes in order
  due_at      REAL,                       -- when something is to be sent; NULL: nothing waits, or a
                                          -- message says so
  sender      TEXT,                       -- the node that has it in hand, until due_at
  disabled_at REAL                        -- it has answered 410
, lane TEXT NOT NULL DEFAULT '', ready_at REAL) WITHOUT ROWID;
INSERT INTO "endpoints" VALUES('https://receiver.example/hook',1,1.79600418397004508975e+09,1.79600418397004508975e+09,NULL,NULL,'address 127.0.0.1receiver.example',NULL);
CREATE TABLE events (
  request_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,               -- JSON
  PRIMARY KEY (request_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('66174cf23e7b13f3ef044c47e068171bb4228d687797b',1000001,'started','{"part":"text","attempt":1}');
INSERT INTO "events" VALUES('66174cf23e7b13f3ef044c47e068171bb4228d687797b',1000002,'text.delta','{"text":"generated text for a rainy morning in Lisbon\n\n#generated #simulated"}');
INSERT INTO "events" VALUES('66174cf433fee6a9a5e237cb47b9560e1794c8ac2f779',1000001,'started','{"part":"text","attempt":1}');
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
INSERT INTO "failures" VALUES('66174cf351f1fe7d1e2598d37f5dc9b8f671b06503ab6','image',1.79600418073890447621e+09,1,7.33589999981632e-05,'vm.image-1','simulated','The simulated generator failed this time.');
CREATE TABLE idempotency (
  owner      TEXT NOT NULL,               -- '' without API keys
  key        TEXT NOT NULL,
  digest     TEXT NOT NULL,               -- SHA-256 of what was asked for
  request_id TEXT NOT NULL,
  PRIMARY KEY (owner, key)
) WITHOUT ROWID;
INSERT INTO "idempotency" VALUES('','bakery','a3aa5cc9e5067da2c50ad578e6bbb4f99f393c7dcf924a34a12ba46f6533c38c','66174cf23d61e57cfdeae60eba79bc48522a86fe4dba3');
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
INSERT INTO "parts" VALUES('66174cf23d61e57cfdeae60eba79bc48522a86fe4dba3','text','completed',1,0,'generated text for a slogan for a bakery',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796004179.6013832,"seconds":0.0,"model":"simulated-text","seed":1844133549}');
INSERT INTO "parts" VALUES('66174cf23e7b13f3ef044c47e068171bb4228d687797b','image','completed',1,0,NULL,'/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796004179.6040444,"seconds":0.0089,"model":"simulated-image","seed":1287824839,"width":8,"height":8}');
INSERT INTO "parts" VALUES('66174cf23e7b13f3ef044c47e068171bb4228d687797b','text','completed',1,0,'generated text for a rainy morning in Lisbon

#generated #simulated',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796004179.6041882,"seconds":0.0,"model":"simulated-text","seed":1287824839}');
INSERT INTO "parts" VALUES('66174cf23f5f53b82d24f4b76b8c060645493429626fb','text','completed',1,0,'generated text for a poem',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796004179.6125436,"seconds":0.0,"model":"simulated-text","seed":825849581}');
INSERT INTO "parts" VALUES('66174cf351f1fe7d1e2598d37f5dc9b8f671b06503ab6','image','failed',1,0,NULL,NULL,'The simulated generator failed this time.',NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796004180.7389045,"seconds":0.0000733589999981632,"seed":465946322}');
INSERT INTO "parts" VALUES('66174cf433fee6a9a5e237cb47b9560e1794c8ac2f779','text','generating',0,0,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE posts (
  id         TEXT PRIMARY KEY,
  created_us INTEGER NOT NULL UNIQUE,     -- microseconds since the epoch, strictly rising
  author     TEXT NOT NULL,
  title      TEXT NOT NULL,
  content    TEXT NOT NULL,
  image_uri  TEXT
) WITHOUT ROWID;
INSERT INTO "posts" VALUES('66174cf23e7b13f3ef044c47e068171bb4228d687797b',1796004179624233,'ann','a rainy morning in Lisbon','generated text for a rainy morning in Lisbon

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
INSERT INTO "requests" VALUES('66174cf23d61e57cfdeae60eba79bc48522a86fe4dba3','text','a slogan for a bakery',1844133549,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79600417959682607648e+09,1.79600417960138320928e+09,1.79600417960171365736e+09,0,NULL);
INSERT INTO "requests" VALUES('66174cf23e7b13f3ef044c47e068171bb4228d687797b','instagram','a rainy morning in Lisbon',1287824839,NULL,NULL,'ann',1,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.7960041796013281345e+09,1.79600417960418820379e+09,1796004179.61834,0,NULL);
INSERT INTO "requests" VALUES('66174cf23f5f53b82d24f4b76b8c060645493429626fb','text','a poem',825849581,NULL,NULL,NULL,0,'normal','https://receiver.example/hook',NULL,NULL,NULL,'completed',NULL,1796004179.60498,1.79600417961254358286e+09,1796004179.61834,0,'127.0.0.1');
INSERT INTO "requests" VALUES('66174cf351f1fe7d1e2598d37f5dc9b8f671b06503ab6','image','a cube',465946322,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'failed','image: The simulated generator failed this time.',1.79600418072962856293e+09,1.79600418073890447621e+09,1.79600418074958372112e+09,0,NULL);
INSERT INTO "requests" VALUES('66174cf433fee6a9a5e237cb47b9560e1794c8ac2f779','text','begun',314829444,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'generating',NULL,1.79600418165553116795e+09,1.79600418166125631327e+09,NULL,0,NULL);
INSERT INTO "requests" VALUES('66174cf43dc6d6dfb8b1c4ebfc716ba049f9ef8b9d0af','text','waiting',1680436636,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'queued',NULL,1.79600418169559454921e+09,NULL,NULL,0,NULL);
INSERT INTO "requests" VALUES('66174cf4406be4ad29e1299ae51b63bb223323a2095cd','text','late',1890419882,NULL,NULL,NULL,0,'normal',NULL,NULL,1.79600418180642819408e+09,NULL,'expired','It was not begun by the time that was set for it.',1.79600418170642828945e+09,NULL,1.79600418214918661121e+09,0,NULL);
INSERT INTO "requests" VALUES('66174cf441c4eec43e737204e42e844edb47265ca301f','text','unwanted',684546984,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'cancelled',NULL,1.79600418171194911001e+09,NULL,1.79600418171821784975e+09,0,NULL);
CREATE TABLE restamped_posts (
  was_us     INTEGER PRIMARY KEY,
  created_us INTEGER NOT NULL
);
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
PRAGMA user_version = 4;
