// What fal's client for Node does with a running service; prints one line of JSON.
import { fal } from "@fal-ai/client";

const url = `${process.env.FEEDMILL}/fal/proxy`;
fal.config({ proxyUrl: { url, when: "always" }, credentials: "none" });
const app = "fal-ai/flux/dev";
const input = { prompt: "Hello" };
const found = {};

const updates = [];
const onQueueUpdate = (update) => updates.push(update.status);
const polled = await fal.subscribe(app, { input, logs: true, pollInterval: 20, onQueueUpdate });
found.polled = [polled.data.images.length, polled.requestId.length > 40, updates.at(-1)];

const streamed = await fal.subscribe("fal-ai/text", { input, logs: true, mode: "streaming", onQueueUpdate });
found.streamed = [streamed.data.output, updates.at(-1)];

const ran = await fal.run(app, { input });
const picture = await fetch(ran.data.images[0].url);
found.run = [picture.headers.get("content-type"), ran.requestId.length > 40];

const queued = await fal.queue.submit(app, { input, priority: "low", startTimeout: 60 });
await fal.queue.subscribeToStatus(app, { requestId: queued.request_id, pollInterval: 20 });
const result = await fal.queue.result(app, { requestId: queued.request_id });
found.queue = result.data.prompt;

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return [error.name, error.status, error.body.error_type, error.message === error.body.detail];
  }
}
found.refused = await refusal(() => fal.run(app, { input: { prompt: "" } }));
found.missing = await refusal(() => fal.queue.status(app, { requestId: "unknown" }));
found.over = await refusal(() => fal.queue.cancel(app, { requestId: queued.request_id }));

console.log(JSON.stringify(found));
