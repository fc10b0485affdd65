// BullMQ behind Fastify, with the options of its guide "Going to production".
const { randomUUID } = require('node:crypto');
const { Queue } = require('bullmq');
const store = require('./store');

const queue = new Queue('content', {
  connection: { ...store.connection, maxRetriesPerRequest: 1, enableOfflineQueue: false },
  defaultJobOptions: {
    attempts: 3,
    backoff: { type: 'exponential', delay: 1000 },
    removeOnComplete: true,
    removeOnFail: { count: 5000 },
  },
});
queue.on('error', () => {});

const TAGS = new Set(['text', 'image', 'instagram']);
const app = require('fastify')();

app.post('/content/', async (request, answer) => {
  const { prompt, tag } = request.query;
  if (!prompt || !TAGS.has(tag)) return answer.code(400).send({ error: 'bad request' });
  const id = randomUUID();
  await queue.add('content', { id, prompt, tag });
  return answer.code(202).send({ message: 'accepted', RequestId: id });
});
app.post('/content/view/', async (request) => {
  const row = store.get(request.query['request-id']);
  if (!row) return { status: 'queued', text: null, imageUri: null, runs: 0 };
  return { status: 'completed', text: row.text, imageUri: row.image_uri, runs: row.runs };
});
app.get('/readyz', async () => ({ ready: true }));
queue.waitUntilReady().then(
  () => app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) }));
