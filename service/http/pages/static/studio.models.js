// The models that the key may use: a choice where there are several of a kind.

import { element } from "./studio.dom.js";
import { t } from "./studio.words.js";

export const KINDS = ["text", "image"];
const PARTS = { text: ["text"], image: ["image"], instagram: KINDS };

let models = []; // as GET /models lists them

/** Take the models of the service; returns the choices of each kind: the first is its default. */
export function takeModels(listed) {
  models = listed;
  return Object.fromEntries(KINDS.map((kind) => [kind, choicesOf(kind)]));
}

function choicesOf(kind) {
  const of = models.filter((model) => model.kind === kind);
  const usual = usualOf(kind);
  const others = of.filter((model) => model !== usual);
  return usual ? [choice(usual, "", t("make.model.usual", { name: usual.name })), ...others.map((model) => choice(model, model.name, model.name))] : [];
}

function choice({ state }, value, name) {
  const isTroubled = ["waiting", "failing", "unavailable"].includes(state);
  return element("option", { value }, isTroubled ? `${name} · ${t(`make.model.${state}`)}` : name);
}

/** The model of a kind for requests that name none. */
function usualOf(kind) {
  const of = models.filter((model) => model.kind === kind);
  return of.find((model) => model.default) ?? of[0];
}

/** The fields that ask for the models that a request asked for, as far as `tag` has their parts. */
export function modelsOf({ tag: of, wanted_model: wanted }, tag) {
  const names = typeof wanted === "string" ? { [of]: wanted } : (wanted ?? {});
  const chosen = PARTS[tag].filter((kind) => models.some(({ name }) => name === names[kind]) && names[kind] !== usualOf(kind).name);
  return Object.fromEntries(chosen.map((kind) => [`${kind}-model`, names[kind]]));
}
