// The API page, made from openapi.json: groups, endpoints, fields, examples, and a form.

import { described, fields, kind, make, meaning, pretty, prose, resolved } from "./docs.schema.js";
import { allParameters, curl, trial } from "./docs.try.js";
import { t } from "./studio.words.js";

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
