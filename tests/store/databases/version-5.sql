BEGIN TRANSACTION;
CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,            -- the public middle of the key
  name       TEXT NOT NULL,
  digest     BLOB NOT NULL,               -- SHA-256 of the secret end of the key
  scopes     TEXT NOT NULL,               -- with commas between them
  created_at REAL NOT NULL,
  revoked_at REAL
) WITHOUT ROWID;
INSERT INTO "api_keys" VALUES('6a0c434b3ad9','bob',X'1E3388C72C1314CFC0E2C1BA446436A4E9074891B089C84287DB00CA9445EC3F','content,feed',1.79600488398023962971e+09,1.79600488610757231706e+09);
INSERT INTO "api_keys" VALUES('c7bee2593ebd','ann',X'05C366882016E5F479A1993B91B46A52FDEE6A02D1EC473A21A8432004CA2333','content,feed',1.79600488074512839318e+09,NULL);
CREATE TABLE clock (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  boot      TEXT NOT NULL,             -- the boot of the machine that `offset` belongs to
  offset    REAL NOT NULL,             -- the clock less the monotonic clock of that boot
  saved     REAL NOT NULL,             -- a time that it has reached
  lead      INTEGER NOT NULL DEFAULT 0, -- microseconds that new ids are ahead of it
  kept_from REAL NOT NULL DEFAULT 0    -- what finished before is as old as if it finished then
);
INSERT INTO "clock" VALUES(1,'aa1788f1-2470-437e-b226-954cd8be5947',1.79600164146100020404e+09,1.79600489069376873969e+09,0,0.0);
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
INSERT INTO "deliveries" VALUES('66174f9618cc4d7e94aaa75e62ab40927dbf7baa2123d',1000003,'https://receiver.example/hook','{"type":"content.completed","timestamp":"2026-11-30T02:14:48.287117Z","data":{"id":"66174f9618cc4d7e94aaa75e62ab40927dbf7baa2123d","tag":"text","status":"completed","text":"generated text for a poem","imageUri":null,"error":null,"created_at":"2026-11-30T02:14:48.284354Z","started_at":"2026-11-30T02:14:48.286815Z","completed_at":"2026-11-30T02:14:48.287117Z"},"event_id":"1000003"}',1.79600488828711700442e+09,'pending',1,0,NULL,1.79600491829832339292e+09);
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
INSERT INTO "delivery_attempts" VALUES('66174f9618cc4d7e94aaa75e62ab40927dbf7baa2123d',1000003,1,1.79600488829940509801e+09,4.60512620002191397361e-02,NULL,'The name of the host is not known.');
CREATE TABLE endpoints (
  url         TEXT PRIMARY KEY,
  failures    INTEGER NOT NULL DEFAULT 0, -- in a row, of what goes in order
  resume_at   REAL NOT NULL DEFAULT 0,    -- not before this the next of what goes in order
  due_at      REAL,                       -- when something is to be sent; NULL: nothing waits, or a
                                          -- message says so
  sender      TEXT,                       -- the node that has it in hand, until due_at
  disabled_at REAL                        -- it has answered 410
, lane TEXT NOT NULL DEFAULT '', ready_at REAL) WITHOUT ROWID;
INSERT INTO "endpoints" VALUES('https://receiver.example/hook',1,1.79600489254211473462e+09,1.79600489254211473462e+09,NULL,NULL,'address 127.0.0.1receiver.example',NULL);
CREATE TABLE events (
  request_id TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,               -- JSON
  PRIMARY KEY (request_id, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('66174f960fcfe8e9eed3d659fae16cdd31b8719a118f8',1000001,'started','{"part":"text","attempt":1}');
INSERT INTO "events" VALUES('66174f960fcfe8e9eed3d659fae16cdd31b8719a118f8',1000002,'text.delta','{"text":"generated text for a rainy morning in Lisbon\n\n#generated #simulated"}');
INSERT INTO "events" VALUES('66174f9975c253d0d77bdcb08df81a9da2988e4daec4d',1000001,'started','{"part":"text","attempt":1}');
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
INSERT INTO "failures" VALUES('66174f9827e1f65a61a8639245f25c522022789e4d680','image',1.7960048906664550305e+09,1,7.50609997339779511094e-05,'vm.image-1','simulated','The simulated generator failed this time.');
CREATE TABLE idempotency (
  owner      TEXT NOT NULL,               -- '' without API keys
  key        TEXT NOT NULL,
  digest     TEXT NOT NULL,               -- SHA-256 of what was asked for
  request_id TEXT NOT NULL,
  PRIMARY KEY (owner, key)
) WITHOUT ROWID;
INSERT INTO "idempotency" VALUES('','bakery','a3aa5cc9e5067da2c50ad578e6bbb4f99f393c7dcf924a34a12ba46f6533c38c','66174f960bd92b013ed245a24e0d447cbaa62c1c5e111');
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
INSERT INTO "parts" VALUES('66174f960bd92b013ed245a24e0d447cbaa62c1c5e111','text','completed',1,0,'generated text for a slogan for a bakery',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796004888.240396,"seconds":0.0,"model":"simulated-text","seed":1319403075}');
INSERT INTO "parts" VALUES('66174f960fcfe8e9eed3d659fae16cdd31b8719a118f8','image','completed',1,0,NULL,'/media/d2487133c711e5510a7d4fca5b8882c8cd69c95e93d7ebd372d440b185eb716f/a-rainy-morning-in-lisbon.png',NULL,NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796004888.2663248,"seconds":0.0113,"model":"simulated-image","seed":1623493827,"width":8,"height":8}');
INSERT INTO "parts" VALUES('66174f960fcfe8e9eed3d659fae16cdd31b8719a118f8','text','completed',1,0,'generated text for a rainy morning in Lisbon

#generated #simulated',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796004888.2664902,"seconds":0.0,"model":"simulated-text","seed":1623493827}');
INSERT INTO "parts" VALUES('66174f9618cc4d7e94aaa75e62ab40927dbf7baa2123d','text','completed',1,0,'generated text for a poem',NULL,NULL,NULL,'{"generator":"simulated","worker":"vm.text-1","started_at":1796004888.2868147,"seconds":0.0,"model":"simulated-text","seed":1516456678}');
INSERT INTO "parts" VALUES('66174f9827e1f65a61a8639245f25c522022789e4d680','image','failed',1,0,NULL,NULL,'The simulated generator failed this time.',NULL,'{"generator":"simulated","worker":"vm.image-1","started_at":1796004890.666455,"seconds":0.00007506099973397795,"seed":1243558660}');
INSERT INTO "parts" VALUES('66174f9975c253d0d77bdcb08df81a9da2988e4daec4d','text','generating',0,0,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE posts (
  id         TEXT PRIMARY KEY,
  created_us INTEGER NOT NULL UNIQUE,     -- microseconds since the epoch, strictly rising
  author     TEXT NOT NULL,
  title      TEXT NOT NULL,
  content    TEXT NOT NULL,
  image_uri  TEXT
) WITHOUT ROWID;
INSERT INTO "posts" VALUES('66174f960fcfe8e9eed3d659fae16cdd31b8719a118f8',1796004888286285,'ann','a rainy morning in Lisbon','generated text for a rainy morning in Lisbon

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
INSERT INTO "requests" VALUES('66174f960bd92b013ed245a24e0d447cbaa62c1c5e111','text','a slogan for a bakery',1319403075,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79600488823130798338e+09,1.79600488824039602282e+09,1.79600488824070882794e+09,0,NULL);
INSERT INTO "requests" VALUES('66174f960fcfe8e9eed3d659fae16cdd31b8719a118f8','instagram','a rainy morning in Lisbon',1623493827,NULL,NULL,'ann',1,'normal',NULL,NULL,NULL,NULL,'completed',NULL,1.79600488824754762643e+09,1.79600488826649022102e+09,1.79600488827889156343e+09,0,NULL);
INSERT INTO "requests" VALUES('66174f9618cc4d7e94aaa75e62ab40927dbf7baa2123d','text','a poem',1516456678,NULL,NULL,NULL,0,'normal','https://receiver.example/hook',NULL,NULL,NULL,'completed',NULL,1.79600488828435420982e+09,1.79600488828681468956e+09,1.79600488828711700442e+09,0,'127.0.0.1');
INSERT INTO "requests" VALUES('66174f9827e1f65a61a8639245f25c522022789e4d680','image','a cube',1243558660,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'failed','image: The simulated generator failed this time.',1.79600489044329333305e+09,1.7960048906664550305e+09,1.79600489066956496239e+09,0,NULL);
INSERT INTO "requests" VALUES('66174f9975c253d0d77bdcb08df81a9da2988e4daec4d','text','begun',1114372327,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'generating',NULL,1.79600489181085014346e+09,1.79600489182647562024e+09,NULL,0,NULL);
INSERT INTO "requests" VALUES('66174f9980b09abe87bf318b8c7665c38023830d97d45','text','waiting',1427334624,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'queued',NULL,1.79600489185562300683e+09,NULL,NULL,0,NULL);
INSERT INTO "requests" VALUES('66174f998143f8ec1f8bf61203c20e53a1c5e788af2a9','text','late',489567036,NULL,NULL,NULL,0,'normal',NULL,NULL,1.79600489195798206326e+09,NULL,'expired','It was not begun by the time that was set for it.',1.79600489185798215864e+09,NULL,1.79600489228567433358e+09,0,NULL);
INSERT INTO "requests" VALUES('66174f99823a52067f53b5071d82b99dacd2f0e97b6bb','text','unwanted',2031318021,NULL,NULL,NULL,0,'normal',NULL,NULL,NULL,NULL,'cancelled',NULL,1.79600489186192440989e+09,NULL,1.7960048918633594513e+09,0,NULL);
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
CREATE TRIGGER failure_details_go AFTER DELETE ON failures BEGIN
  DELETE FROM failure_details
  WHERE request_id = old.request_id AND kind = old.kind AND started_at = old.started_at;
END;
COMMIT;
PRAGMA user_version = 5;
