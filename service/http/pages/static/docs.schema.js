// What openapi.json says, and its schemas in a few words.

import { t } from "./studio.words.js";

export const ROOT = new URL(".", import.meta.url); // of the service, wherever a proxy has it
export const described = await (await fetch(new URL("openapi.json", ROOT))).json();

// an element with attributes and children; strings become text, never markup
export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

// text in backticks is code
export function prose(text) {
  return text.split("`").map((piece, at) => (at % 2 ? make("code", {}, piece) : piece));
}

export function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

// the fields of an object, and of the objects in it; `above` are those that contain it
export function fields(schema, above = []) {
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

export function meaning(schema) {
  if (schema?.description) return schema.description;
  const inner = [...(schema?.$ref ? [resolved(schema)] : []), ...(schema?.anyOf ?? [])];
  return inner.map(meaning).find(Boolean) ?? "";
}

// JSON Schema in a few words
export function kind(schema) {
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

export function resolved(schema) {
  return schema?.$ref ? described.components.schemas[schema.$ref.split("/").pop()] : schema;
}
