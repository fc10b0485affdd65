// Calls of an endpoint: as a curl command, and from a form.

import { ROOT, make, pretty } from "./docs.schema.js";
import { t } from "./studio.words.js";

const MAX_CHARACTERS = 20000; // of an answer that are shown

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export function curl({ path, method, requestBody }) {
  const words = ["curl"];
  if (method !== "get" && !(method === "post" && requestBody)) words.push("-X", method.toUpperCase());
  words.push(quoted(ROOT.href.slice(0, -1) + path.replaceAll(/{(\w+)}/g, (_, name) => name.toUpperCase())));
  const example = requestBody?.content["application/json"].example;
  if (example) words.push("\\\n  -H 'Content-Type: application/json' \\\n  -d", quoted(JSON.stringify(example)));
  return words.join(" ");
}

export function trial(operation) {
  const { path, method, requestBody } = operation;
  const output = make("output", {});
  const fields = allParameters(operation)
    .map((parameter) => ({ ...parameter, input: make("input", { spellcheck: "false" }) }));
  const text = requestBody ? make("textarea", { spellcheck: "false" }) : null;
  if (text) text.value = pretty(requestBody.content["application/json"].example ?? {});
  const form = make("form", { class: "try" },
    ...fields.map(({ name, input }) => make("label", {}, name, input)),
    text && make("label", {}, t("docs.body-json"), text),
    make("button", { class: "send" }, t("docs.send")), output);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { url, headers } = requestOf(path, fields);
    if (text) headers["Content-Type"] = "application/json";
    output.replaceChildren(make("pre", {}, "…"));
    try {
      const response = await fetch(url, { method: method.toUpperCase(), headers, body: text?.value });
      output.replaceChildren(make("pre", {}, await textOf(response)));
    } catch (error) {
      output.replaceChildren(make("pre", {}, t("docs.no-answer", { reason: error.message })));
    }
  });
  return form;
}

function requestOf(path, fields) {
  const headers = {};
  const query = new URLSearchParams();
  let url = ROOT.href.slice(0, -1) + path;
  for (const { name, in: place, input } of fields) {
    const value = input.value.trim();
    if (place === "path") url = url.replace(`{${name}}`, encodeURIComponent(value));
    else if (value && place === "query") query.set(name, value);
    else if (value) headers[name] = value;
  }
  const key = document.getElementById("key").value.trim();
  if (key) headers.Authorization = `Bearer ${key}`;
  return { url: query.size ? `${url}?${query}` : url, headers };
}

async function textOf(response) {
  const type = response.headers.get("Content-Type") ?? "";
  const head = [`${response.status} ${response.statusText}`, ...[...response.headers].map((pair) => pair.join(": "))];
  if (!/json|text/.test(type)) return [...head, "", `(${type || t("docs.nothing")})`].join("\n");
  const text = await response.text();
  const body = type.includes("json") ? pretty(JSON.parse(text)) : text;
  return [...head, "", body.slice(0, MAX_CHARACTERS)].join("\n");
}

export function allParameters({ parameters, "x-headers": more = [] }) {
  return [...parameters, ...more];
}
