// What OpenAI's client for Node does with a running service; prints one line of JSON.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.env.FEEDMILL}/v1`, apiKey: "none", maxRetries: 0 });
const messages = [{ role: "user", content: "Hello" }];
const found = {};

const chat = await client.chat.completions.create({ model: "x", messages });
found.chat = chat.choices[0].message.content;

const chunks = [];
const stream = await client.chat.completions.create({
  model: "x",
  messages,
  stream: true,
  stream_options: { include_usage: true },
});
for await (const chunk of stream) chunks.push(chunk);
found.streamed = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
found.usage = "usage" in chunks.at(-1);

let response = await client.responses.create({ model: "x", input: "Hello", background: true });
while (["queued", "in_progress"].includes(response.status)) {
  response = await client.responses.retrieve(response.id);
}
found.background = response.status;
found.text = response.output_text;
for await (const event of await client.responses.retrieve(response.id, { stream: true })) {
  found.last = event.type;
}
found.cancelled = (await client.responses.cancel(response.id)).status;

const pictures = await client.images.generate({ prompt: "A fox", size: "auto" });
found.picture = pictures.data[0].b64_json.slice(0, 11);

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return [error.constructor.name, error.param ?? error.code, Boolean(error.requestID)];
  }
}
const tools = [{ type: "function", function: { name: "f" } }];
found.refused = await refusal(() => client.chat.completions.create({ model: "x", messages, tools }));
found.missing = await refusal(() => client.responses.retrieve("resp_unknown"));

console.log(JSON.stringify(found));
