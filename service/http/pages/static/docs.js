// The API page, made from openapi.json: groups, endpoints, fields, examples, and a form.

import { t } from "./studio.words.js";

const MAX_CHARACTERS = 20000; // of an answer that are shown

const ROOT = new URL(".", import.meta.url); // of the service, wherever a proxy has it
const described = await (await fetch(new URL("openapi.json", ROOT))).json();
const groups = document.getElementById("groups");
const contents = document.getElementById("contents");

document.getElementById("about").textContent =
  t("docs.version", described.info);

for (const { name, description } of described.tags) {
  const operations = [...inGroup(name)];
  if (!operations.length) continue;
  groups.append(
    make("section", { class: "group" }, make("h2", {}, name), make("p", {}, description),
      ...operations.map(endpoint)),
  );
  contents.append(make("section", {}, make("h2", {}, name), make("ul", {}, ...operations.map(entry))));
}
document.getElementById("filter").addEventListener("input", (event) => filter(event.target.value));
document.getElementById("access").addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", open);
open();

function* inGroup(name) {
  const all = [...Object.entries(described.paths), ...Object.entries(described["x-websockets"])];
  for (const [path, methods] of all) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.tags.includes(name)) yield { path, method, ...operation };
    }
  }
}

// an element with attributes and children; strings become text, never markup
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function badge(method) {
  return make("span", { class: `method ${method}` }, method === "delete" ? "DEL" : method.toUpperCase());
}

function entry({ path, method, operationId, summary }) {
  const link = make("a", { href: `#${operationId}`, title: summary }, badge(method), path);
  return make("li", { "data-of": operationId }, link);
}

function endpoint(operation) {
  const { path, method, operationId, summary } = operation;
  const details = make("details", { class: "operation", id: operationId },
    make("summary", {}, badge(method), make("code", {}, path), make("span", {}, summary)));
  // the content is made when it is opened
  details.addEventListener("toggle", () => details.append(inside(operation)), { once: true });
  return details;
}

function inside(operation) {
  return make("div", { class: "inside" },
    make("p", {}, ...prose(operation.description)),
    access(operation.security),
    ...section(t("docs.parameters"), parameters(allParameters(operation))),
    ...body(operation.requestBody),
    ...section(t("docs.answers"), Object.entries(operation.responses).map(answer)),
    ...section(t("docs.with-curl"), [make("pre", {}, curl(operation))]),
    ...(operation.responses[101] ? [] : section(t("docs.try"), [trial(operation)])));
}

function section(title, children) {
  return children.length ? [make("h3", {}, title), ...children] : [];
}

function access(security) {
  const scopes = (security ?? []).flatMap((way) => way.key ?? []);
  if (!scopes.length) return null;
  return make("p", { class: "kind" }, t("docs.needs", { scopes: scopes.join(", ") }));
}

function allParameters({ parameters, "x-headers": more = [] }) {
  return [...parameters, ...more];
}

function parameters(all) {
  if (!all.length) return [];
  const rows = all.map((parameter) =>
    row(parameter.name, parameter.schema, parameter.required, parameter.description, parameter.in));
  return [make("table", { class: "fields" }, make("tbody", {}, ...rows))];
}

function body(requestBody) {
  if (!requestBody) return [];
  const { schema, example } = requestBody.content["application/json"];
  const { properties, required = [] } = resolved(schema);
  const rows = Object.entries(properties ?? {}).map(([name, value]) =>
    row(name, value, required.includes(name)));
  if (!rows.length) return [];
  return section(t("docs.body"), [
    make("p", {}, `${requestBody.description} ${t("docs.media-types", { names: Object.keys(requestBody.content).join(", ") })}`),
    make("table", { class: "fields" }, make("tbody", {}, ...rows)),
    ...(example ? [make("pre", {}, pretty(example))] : []),
  ]);
}

function row(name, schema, required, description, where) {
  const notes = [required ? make("em", {}, t("docs.required")) : "", where ? t(`docs.where.${where}`) : ""].filter(Boolean);
  const small = make("small", {}, ...notes.flatMap((note, at) => (at ? [" · ", note] : [note])));
  return make("tr", {},
    make("td", {}, name, small),
    make("td", {}, make("span", { class: "kind" }, kind(schema)),
      make("div", {}, ...prose(description || meaning(schema))), ...fields(schema)));
}

// the fields of an object, and of the objects in it; `above` are those that contain it
function fields(schema, above = []) {
  const it = objectIn(schema);
  if (!it || above.includes(it)) return [];
  const { properties, required = [] } = it;
  const rows = Object.entries(properties).map(([name, value]) => make("tr", {},
    make("td", {}, name, make("small", {}, required.includes(name) ? t("docs.always") : "")),
    make("td", {}, make("span", { class: "kind" }, kind(value)), make("div", {}, ...prose(meaning(value))),
      ...fields(value, [...above, it]))));
  return [make("table", { class: "fields inner" }, make("tbody", {}, ...rows))];
}

// the object that a value is, or is a list or a map of
function objectIn(schema) {
  const it = resolved(schema);
  if (!it) return null;
  if (it.properties) return it;
  const inner = [it.items, it.additionalProperties, ...(it.anyOf ?? [])];
  return inner.filter((part) => part && typeof part === "object").map(objectIn).find(Boolean) ?? null;
}

function meaning(schema) {
  if (schema?.description) return schema.description;
  const inner = [...(schema?.$ref ? [resolved(schema)] : []), ...(schema?.anyOf ?? [])];
  return inner.map(meaning).find(Boolean) ?? "";
}

// text in backticks is code
function prose(text) {
  return text.split("`").map((piece, at) => (at % 2 ? make("code", {}, piece) : piece));
}

function answer([status, { description, content, headers, links }]) {
  const parts = [];
  for (const [type, { schema, example, examples }] of Object.entries(content ?? {})) {
    parts.push(make("div", { class: "kind" }, type + (schema ? `: ${kind(schema)}` : "")));
    for (const value of examples ? Object.values(examples).map((entry) => entry.value) : [example]) {
      if (value !== undefined) parts.push(make("pre", {}, pretty(value)));
    }
    if (status < 400) parts.push(...fields(schema));
  }
  const rows = Object.entries(headers ?? {}).map(([name, header]) =>
    row(name, header.schema, false, header.description, "header"));
  if (rows.length) parts.push(make("table", { class: "fields" }, make("tbody", {}, ...rows)));
  const next = Object.values(links ?? {}).map((link) => link.operationId);
  if (next.length) parts.push(make("p", {}, t("docs.leads-to"), ...joined(next)));
  return make("details", { class: status < 400 ? "answer" : "answer bad" },
    make("summary", {}, make("b", {}, status), description), make("div", {}, ...parts));
}

function joined(operations) {
  return operations.flatMap((name, at) => [at ? ", " : "", make("a", { href: `#${name}` }, name)]);
}

// JSON Schema in a few words
function kind(schema) {
  const it = resolved(schema);
  if (!it || !Object.keys(it).length) return t("docs.anything");
  if (it.anyOf) return [...new Set(it.anyOf.map(kind))].join(" | ");
  if (it.enum) return it.enum.map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in it) return JSON.stringify(it.const);
  if (it.type === "array") return t("docs.list-of", { kind: kind(it.items) });
  if (it.type === "object" && !it.properties) return t("docs.object");
  const limits = Object.entries({
    minimum: "≥", exclusiveMinimum: ">", maximum: "≤", exclusiveMaximum: "<",
    minLength: `${t("docs.limit.length")} ≥`, maxLength: `${t("docs.limit.length")} ≤`,
    pattern: t("docs.limit.like"), default: t("docs.limit.default"),
  }).filter(([name]) => name in it).map(([name, sign]) => `${sign} ${JSON.stringify(it[name])}`);
  const named = schema.$ref ? schema.$ref.split("/").pop() : it.type ?? t("docs.anything");
  return [named, ...limits].join(", ");
}

function resolved(schema) {
  return schema?.$ref ? described.components.schemas[schema.$ref.split("/").pop()] : schema;
}

function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curl({ path, method, requestBody }) {
  const words = ["curl"];
  if (method !== "get" && !(method === "post" && requestBody)) words.push("-X", method.toUpperCase());
  words.push(quoted(ROOT.href.slice(0, -1) + path.replaceAll(/{(\w+)}/g, (_, name) => name.toUpperCase())));
  const example = requestBody?.content["application/json"].example;
  if (example) words.push("\\\n  -H 'Content-Type: application/json' \\\n  -d", quoted(JSON.stringify(example)));
  return words.join(" ");
}

function trial(operation) {
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

function filter(words) {
  const wanted = words.toLowerCase();
  for (const details of groups.querySelectorAll(".operation")) {
    details.hidden = !details.firstChild.textContent.toLowerCase().includes(wanted);
    contents.querySelector(`[data-of="${details.id}"]`).hidden = details.hidden;
  }
  for (const part of document.querySelectorAll(".group, #contents > section")) {
    part.hidden = !part.querySelector(".operation:not([hidden]), li:not([hidden])");
  }
}

// the endpoint that the address names
function open() {
  const details = document.getElementById(location.hash.slice(1));
  if (!details?.matches(".operation")) return;
  details.open = true;
  details.scrollIntoView();
}
