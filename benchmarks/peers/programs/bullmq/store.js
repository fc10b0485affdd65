// Results in SQLite as the asyncio peers have them, and where Redis is.
const { DatabaseSync } = require('node:sqlite');

const database = new DatabaseSync(process.env.DB_PATH, { timeout: 15000 });
database.exec('PRAGMA journal_mode = WAL');
database.exec('PRAGMA synchronous = NORMAL');
database.exec(`CREATE TABLE IF NOT EXISTS results
  (id TEXT PRIMARY KEY, text TEXT, image_uri TEXT, runs INTEGER)`);
const put = database.prepare(
  'INSERT INTO results VALUES (?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET runs = runs + 1');
const get = database.prepare('SELECT * FROM results WHERE id = ?');
const url = new URL(process.env.REDIS_URL);

module.exports = {
  connection: { host: url.hostname, port: Number(url.port) },
  generate({ id, prompt, tag }) {
    const text = tag === 'image' ? null : `generated text for ${prompt}`;
    const uri = tag === 'text' ? null : `/images/${prompt}.png`;
    put.run(id, text, uri);
  },
  get: (id) => get.get(id),
};
