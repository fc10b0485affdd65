BEGIN TRANSACTION;
CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,            -- the public middle of the key
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the secret end of the key
  scopes     TEXT NOT NULL,               -- with commas between them
  created_at REAL NOT NULL,
  revoked_at REAL
) WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('a926f9201d9c','bob',X'EF1FB3831FBF954E590614B96342FE0FAC7CFD7562B5D9F734B10D715DC811FA','content,feed',1.79600216953592634202e+09,1.79600216997714686394e+09);
INSERT INTO "api_keys" VALUES('c704bee09c8a','ann',X'7B0249D406A96359BF7F91BB1BB7C37E5F752090DADD341030D0CC18C2CD5FC9','content,feed',1.79600216855553507806e+09,NULL);
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
INSERT INTO "deliveries" VALUES('661745764d8857d81043b0e6ac3ed25121df4631d286e',1000003,'https://receiver.example/hook','{"type":"content.completed","timestamp":"2026-11-30T01:29:30.599856Z","data":{"id":"661745764d8857d81043b0e6ac3ed25121df4631d286e","tag":"text","status":"completed","text":"generated text for a poem","imageUri":null,"error":null,"created_at":"2026-11-30T01:29:30.591364Z","started_at":"2026-11-30T01:29:30.596697Z","completed_at":"2026-11-30T01:29:30.599856Z"},"event_id":"1000003"}',1.79600217059985613828e+09,'pending',1,0,NULL,1.79600220061942768097e+09);
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
INSERT INTO "delivery_attempts" VALUES('661745764d8857d81043b0e6ac3ed25121df4631d286e',1000003,1,1.7960021706215064525e+09,3.88028100007886678213e-03,NULL,'The name of the host is not known.');
CREATE TABLE endpoints (
  url         TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL DEFAULT 0, -- in a row, of what goes in order
  resume_at   REAL NOT NULL DEFAULT 0,    -- not before this the next of what goes in order
  due_at      REAL,                       -- when something is to be sent; NULL: nothing waits, or a
                                          -- message says so
  sender      TEXT,                       -- the node that has it in hand, until due_at
  disabled_at REAL                        -- it has answered 410
) WITHOUT ROWID;
INSERT INTO "endpoints" VALUES('https://receiver.example/hook',1,1.79600217538256978983e+09,1.79600217538256978983e+09,NULL,NULL);
CREATE TABLE events (
  request_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,               -- JSON
  PRIMARY KEY (request_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('661745764c34b09f0eba4d582743958c55ee88970441c',1000001,'started','{"part":"text","attempt":1}');
INSERT INTO "events" VALUES('661745764c34b09f0eba4d582743958c55ee88970441c',1000002,'text.delta','{"text":"generated text for a rainy morning in Lisbon\n\n#generated #simulated"}');
INSERT INTO "events" VALUES('6617457787cc9d4a9cea0e4568a0543fb9f71ee8a313a',1000001,'started','{"part":"text","attempt":1}');
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
INSERT INTO "failures" VALUES('66174576eecad5bb27ae170f1d4e318e35d27960d4f5f','image',1.79600217125620532031e+09,1,6.72090000080061145126e-05,'vm.image-1','simulated','The simulated generator failed this time.');
CREATE TABLE idempotency (
  owner      TEXT NOT NULL,               -- '' without API keys
  key        TEXT NOT NULL,
  digest     TEXT NOT NULL,               -- SHA-256 of what was asked for
  request_id TEXT NOT NULL,
  PRIMARY KEY (owner, key)
) WITHOUT ROWID;
INSERT INTO "idempotency" VALUES('','bakery','a3aa5cc9e5067da2c50ad578e6bbb4f99f393c7dcf924a34a12ba46f6533c38c','661745764afefc06eecfc103de0320217bf123bed37a3');
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
INSERT INTO "parts" VALUES('661745764afefc06eecfc103de0320217bf123bed37a3','text','completed',1,0,'generated text for a slogan for a bakery',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796002170.5859766,"seconds":0.0,"model":"simulated-text","seed":1543878094}');
INSERT INTO "parts" VALUES('661745764c34b09f0eba4d582743958c55ee88970441c','image','completed',1,0,NULL,'/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796002170.5893035,"seconds":0.0054,"model":"simulated-image","seed":1049149739,"width":8,"height":8}');
INSERT INTO "parts" VALUES('661745764c34b09f0eba4d582743958c55ee88970441c','text','completed',1,0,'generated text for a rainy morning in Lisbon

#generated #simulated',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796002170.5895216,"seconds":0.0,"model":"simulated-text","seed":1049149739}');
INSERT INTO "parts" VALUES('661745764d8857d81043b0e6ac3ed25121df4631d286e','text','completed',1,0,'generated text for a poem',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796002170.5966969,"seconds":0.0,"model":"simulated-text","seed":1335483299}');
INSERT INTO "parts" VALUES('66174576eecad5bb27ae170f1d4e318e35d27960d4f5f','image','failed',1,0,NULL,NULL,'The simulated generator failed this time.',NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796002171.2562053,"seconds":0.00006720900000800611,"seed":1676811238}');
INSERT INTO "parts" VALUES('6617457787cc9d4a9cea0e4568a0543fb9f71ee8a313a','text','generating',0,0,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE posts (
  id         TEXT PRIMARY KEY,
  created_us INTEGER NOT NULL UNIQUE,     -- microseconds since the epoch, strictly rising
  author     TEXT NOT NULL,
  title      TEXT NOT NULL,
  content    TEXT NOT NULL,
  image_uri  TEXT
) WITHOUT ROWID;
INSERT INTO "posts" VALUES('661745764c34b09f0eba4d582743958c55ee88970441c',1796002170610920,'ann','a rainy morning in Lisbon','generated text for a rainy morning in Lisbon

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
INSERT INTO "requests" VALUES('661745764afefc06eecfc103de0320217bf123bed37a3','text','a slogan for a bakery',1543878094,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.7960021705809733868e+09,1.7960021705859766007e+09,1.79600217058632850644e+09,0);
INSERT INTO "requests" VALUES('661745764c34b09f0eba4d582743958c55ee88970441c','instagram','a rainy morning in Lisbon',1049149739,NULL,NULL,'ann',1,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79600217058593082425e+09,1.79600217058952164646e+09,1.79600217059985613828e+09,0);
INSERT INTO "requests" VALUES('661745764d8857d81043b0e6ac3ed25121df4631d286e','text','a poem',1335483299,NULL,NULL,NULL,0,'normal','https://receiver.example/hook',NULL,NULL,NULL,'completed',NULL,1.79600217059136414527e+09,1.79600217059669685359e+09,1.79600217059985613828e+09,0);
INSERT INTO "requests" VALUES('66174576eecad5bb27ae170f1d4e318e35d27960d4f5f','image','a cube',1676811238,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'failed','image: The simulated generator failed this time.',1.79600217125188374523e+09,1.79600217125620532031e+09,1.79600217125856947896e+09,0);
INSERT INTO "requests" VALUES('6617457787cc9d4a9cea0e4568a0543fb9f71ee8a313a','text','begun',1763169592,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'generating',NULL,1796002171.8786,1.79600217188184809683e+09,NULL,0);
INSERT INTO "requests" VALUES('6617457791e8c6d504a9ecbc06b93bb09cc01f553f205','text','waiting',2044991519,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'queued',NULL,1.79600217192001032824e+09,NULL,NULL,0);
INSERT INTO "requests" VALUES('6617457792a8564a99f224fdf31cab6553bf211bd5934','text','late',323012700,NULL,NULL,NULL,0,'normal',NULL,NULL,1.79600217202307558062e+09,NULL,'expired','It was not begun by the time that was set for it.',1.79600217192307567591e+09,NULL,1.79600217236529135708e+09,0);
INSERT INTO "requests" VALUES('6617457793593d7e08b5a605c52dabc7ebd3d3777abf4','text','unwanted',1737695000,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'cancelled',NULL,1.79600217192590665823e+09,NULL,1.79600217192886090281e+09,0);
CREATE INDEX unfinished ON requests (id) WHERE status IN ('queued', 'generating');
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
COMMIT;
PRAGMA user_version = 1;
