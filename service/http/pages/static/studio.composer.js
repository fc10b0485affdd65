// The composer: the prompt, what to make of it, and for whom. What is typed outlives a reload.

import { byId, say, write } from "./studio.dom.js";
import { recall, remember } from "./studio.memory.js";
import { optionsOf, takeOptions } from "./studio.options.js";
import { parametersOf, send } from "./studio.requests.js";
import { t } from "./studio.words.js";

const TYPING_MS = 300;

const composer = byId("composer");
const fields = composer.elements;

/** The parameters in the form. */
function parametersOfForm() {
  const values = { prompt: fields.prompt.value, tag: fields.tag.value, publish: fields.publish.checked };
  const parameters = { ...parametersOf({ ...values, user_id: fields["user-id"].value.trim() }), ...optionsOf(composer) };
  if (parameters.n > 1) parameters.publish = false; // one of them is chosen first
  return parameters;
}

/** Show what is wrong, beside the field that it concerns if there is one. */
function showFaults(sentence, errors = []) {
  const reasons = new Map(errors.map(({ name, reason }) => [name, reason]));
  let placed = false;
  for (const node of composer.querySelectorAll("[data-fault]")) {
    const name = node.dataset.fault;
    const reason = name ? reasons.get(name) : placed ? "" : sentence;
    const field = name && fields[name];
    if (field) field.setAttribute("aria-invalid", String(Boolean(reason)));
    if (reason && node.closest("details")) node.closest("details").open = true;
    if (field && reason && !placed) field.focus();
    if (!field && reason) say(reason); // screen readers read a field's own fault with the field
    placed ||= Boolean(reason);
    write(node, reason ?? "");
    node.hidden = !reason;
  }
}

/** Put a prompt, what to make and its options into the form; what is not given stays. */
export function compose({ prompt, tag, seed, options }) {
  if (prompt !== undefined) fields.prompt.value = prompt;
  if (tag) fields.tag.value = tag;
  takeOptions(composer, { seed, options });
  keepTyped();
  fields.prompt.focus();
  composer.scrollIntoView({ block: "nearest" });
}

/** Keep what is typed, until it is sent. */
function keepTyped() {
  remember({ typed: { prompt: fields.prompt.value, tag: fields.tag.value } });
}

/** Send the form: once at a time, and empty it only when it was accepted. */
async function submit(event) {
  event.preventDefault();
  if (composer.classList.contains("sending")) return;
  const parameters = parametersOfForm();
  showFaults("");
  const missing = [
    !parameters.prompt.trim() && { name: "prompt", reason: t("studio.fault.prompt") },
    parameters.publish && !parameters["user-id"] && { name: "user-id", reason: t("studio.fault.author") },
  ].filter(Boolean);
  if (missing.length) {
    showFaults("", missing);
    return;
  }
  composer.classList.add("sending");
  remember({ author: parameters["user-id"] ?? "" });
  if ((await send(parameters, showFaults)) && fields.prompt.value === parameters.prompt) {
    fields.prompt.value = "";
    keepTyped();
  }
  composer.classList.remove("sending");
}

/** Put an example into the composer. */
function tryExample({ target }) {
  if (target.dataset.tag) compose({ prompt: target.textContent, tag: target.dataset.tag });
}

/** Make the composer work; what was typed before, or chosen in the gallery, is in it. */
export function startComposer() {
  const { author, typed, settings } = recall();
  fields["user-id"].value = author;
  if (typed?.prompt) {
    fields.prompt.value = typed.prompt;
    fields.tag.value = typed.tag;
  }
  if (settings) {
    remember({ settings: undefined });
    compose(settings);
  }
  composer.addEventListener("submit", submit);
  composer.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) composer.requestSubmit();
  });
  let pause;
  composer.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(keepTyped, TYPING_MS);
  });
  addEventListener("pagehide", keepTyped);
  byId("examples").addEventListener("click", tryExample);
}
