// The worker of the BullMQ peer: as many jobs at once as the others, else the defaults.
const { Worker } = require('bullmq');
const store = require('./store');

const worker = new Worker('content', async (job) => store.generate(job.data), {
  connection: store.connection,
  concurrency: 100,
});
worker.on('error', () => {});
