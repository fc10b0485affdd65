// Pictures by the Vercel AI SDK's providers of Replicate and fal; prints one line of JSON.
import { createFal } from "@ai-sdk/fal";
import { createReplicate } from "@ai-sdk/replicate";
import { generateImage } from "ai";

const replicate = createReplicate({ baseURL: `${process.env.FEEDMILL}/replicate/v1`, apiToken: "none" });
const fal = createFal({ baseURL: `${process.env.FEEDMILL}/fal/run`, apiKey: "none" });
const options = { prompt: "A red fox", aspectRatio: "16:9", seed: 7 };
const found = {};

const models = { replicate: replicate.image("black-forest-labs/flux-schnell"), fal: fal.image("fal-ai/flux/dev") };
for (const [name, model] of Object.entries(models)) {
  const { images } = await generateImage({ model, n: 2, ...options });
  found[name] = images.map((image) => image.mediaType);
}

console.log(JSON.stringify(found));
