// The options of the composer: folded away, remembered, and sent with every prompt until they change.

import { byId, element, write } from "./studio.dom.js";
import { recall, remember } from "./studio.memory.js";
import { KINDS, takeModels } from "./studio.models.js";
import { t } from "./studio.words.js";

const TOKENS = { short: 60, medium: 150, long: 400 };
const SECONDS_A_MINUTE = 60;
const NAMES = ["n", "shape", "width", "height", "seed", "words", "text-model", "image-model", "priority", "minutes", "webhook"];

const box = byId("options");
const remembered = { ...recall().options }; // until it is known what the key permits

/** The parameters that the options stand for; without those that the kind of result does not have. */
export function optionsOf(form) {
  const { n, seed, words, priority, minutes, webhook, tag } = form.elements;
  const size = tag.value === "text" ? "" : sizeOf(form);
  const options = {
    ...(size && { size }),
    ...(tag.value !== "image" && TOKENS[words.value] && { max_tokens: TOKENS[words.value] }),
  };
  return {
    ...(n.value > 1 && { n: Number(n.value) }),
    ...(seed.value && { seed: Number(seed.value) }),
    ...(Object.keys(options).length && { options }),
    ...(priority.value && { priority: priority.value }),
    ...Object.fromEntries(modelFields(form).map((field) => [field.name, field.value])),
    ...(minutes.value && { "finish-by": minutes.value * SECONDS_A_MINUTE }),
    ...(webhook.value.trim() && { webhook: webhook.value.trim() }),
  };
}

/** The choices of models that are made, of the parts that the result has. */
function modelFields({ elements }) {
  const kinds = KINDS.filter((kind) => [kind, "instagram"].includes(elements.tag.value));
  return kinds.map((kind) => elements[`${kind}-model`]).filter(({ value }) => value);
}

/** "1080x1350", or nothing for the size that the service is set to. */
function sizeOf(form) {
  const { shape, width, height } = form.elements;
  if (shape.value !== "free") return shape.value;
  return width.value && height.value ? `${width.value}x${height.value}` : "";
}

/** Put the options of an earlier request into the form; `seed` undefined takes it out. */
export function takeOptions(form, { seed, options }) {
  const { elements } = form;
  elements.seed.value = seed ?? "";
  if (options) {
    const [width, height] = options.size?.split("x") ?? [];
    elements.shape.value = options.size ?? "";
    if (elements.shape.value !== (options.size ?? "")) {
      elements.shape.value = "free";
      [elements.width.value, elements.height.value] = [width, height];
    }
    elements.words.value = Object.keys(TOKENS).find((name) => TOKENS[name] === options.max_tokens) ?? "";
  }
  changed(form);
}

/** Show the priorities that the key permits. */
export function showPriorities(priorities) {
  offer("priority", priorities.map((name) => element("option", { value: name === "normal" ? "" : name }, t(`shared.priority.${name}`))));
}

/** Show the models that the key may use. */
export function showModels(models) {
  for (const [kind, choices] of Object.entries(takeModels(models))) offer(`${kind}-model`, choices);
}

/** Offer these choices; where there is one there is nothing to choose. */
function offer(name, choices) {
  const select = box.querySelector(`[name=${name}]`);
  const chosen = select.value || remembered[name];
  delete remembered[name];
  select.replaceChildren(...choices);
  select.value = choices.some(({ value }) => value === chosen) ? chosen : "";
  select.parentElement.hidden = choices.length < 2;
  changed(box.closest("form"));
}

/** Remember the options and show which differ from none. */
function changed(form) {
  const values = Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value]));
  const unknown = Object.fromEntries(NAMES.filter((name) => !values[name] && remembered[name]).map((name) => [name, remembered[name]]));
  remember({ options: { ...values, ...unknown, isOpen: box.open } });
  const { n, seed, words, priority, minutes, webhook, shape } = values;
  const size = sizeOf(form);
  const chosen = [
    n > 1 && t("make.variants", { count: Number(n) }),
    size && (shape === "free" ? size.replace("x", " × ") : form.querySelector(`[name=shape][value="${shape}"]`).dataset.name),
    words && t(`make.length.${words}`),
    ...modelFields(form).map((field) => field.value),
    priority && t(`shared.priority.${priority}`),
    minutes && t("make.within", { count: Number(minutes) }),
    webhook && t("make.webhook"),
  ];
  write(byId("chosen"), chosen.filter(Boolean).join(" · "));
  byId("seed").hidden = !seed;
  write(byId("seed").firstElementChild, t("studio.seed", { seed }));
  byId("unpublished").hidden = !(n > 1 && form.elements.publish.checked);
}

/** Make the options work; they are as they were left. */
export function startOptions(form) {
  for (const name of NAMES) {
    if (!remembered[name]) continue;
    const field = form.elements[name];
    field.value = remembered[name];
    if (field.value === remembered[name]) delete remembered[name];
  }
  box.open = Boolean(remembered.isOpen);
  form.addEventListener("input", () => changed(form));
  box.addEventListener("toggle", () => changed(form));
  byId("reset").addEventListener("click", () => {
    for (const name of NAMES) {
      delete remembered[name];
      form.elements[name].value = name === "n" ? "1" : "";
    }
    changed(form);
  });
  byId("seed").lastElementChild.addEventListener("click", () => {
    takeOptions(form, {});
    form.elements.prompt.focus();
  });
  changed(form);
}
