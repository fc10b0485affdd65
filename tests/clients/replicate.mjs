// What Replicate's client for Node does with a running service; prints one line of JSON.
import Replicate from "replicate";

const replicate = new Replicate({ baseUrl: `${process.env.FEEDMILL}/replicate/v1`, auth: "none" });
const input = { prompt: "Hello" };
const found = {};

found.run = await replicate.run("feedmill/text", { input });
found.version = await replicate.run("feedmill/text:text", { input, wait: { mode: "poll", interval: 20 } });
const both = await replicate.run("feedmill/instagram", { input });
const picture = await fetch(both.image);
found.both = [both.text.split("\n")[0], picture.headers.get("content-type")];

const events = [];
for await (const event of replicate.stream("feedmill/text", { input: { prompt: "a\n\nb" } })) events.push(event);
found.streamed = events.map(String).join("");
found.last = [events.at(-1).event, events.at(-1).data];

const made = await replicate.predictions.create({ version: "text", input, wait: 5 });
found.made = made.status;
found.cancelled = (await replicate.predictions.cancel(made.id)).status;
found.same = (await replicate.predictions.get(made.id)).output === made.output;
for await (const page of replicate.paginate(replicate.predictions.list)) {
  found.listed = page.some((prediction) => prediction.id === made.id);
  if (found.listed) break;
}
const model = await replicate.models.get("feedmill", "text");
found.model = Object.keys(model.latest_version.openapi_schema.components.schemas);
found.secret = (await replicate.webhooks.default.secret.get()).key.slice(0, 6);

try {
  await replicate.run("feedmill/text", { input: { prompt: "" } });
} catch (error) {
  found.refused = [error.name, error.response.status, error.message.includes("prompt: ")];
}

console.log(JSON.stringify(found));
