// The studio: a form for prompts, a card for each request until it is done, and a feed of new posts.

import { cards, isUnfinished, showChip } from "./studio.cards.js";
import { ago, byId, element, fill, repeat, say, write } from "./studio.dom.js";
import { feed, openFeed, refreshFeed, showOlder, showView, startFeed } from "./studio.feed.js";
import { startGate } from "./studio.gate.js";
import { recall, remember } from "./studio.memory.js";
import { startRelations } from "./studio.relations.js";
import { clearList, restore, send, startFollowing, parametersOf } from "./studio.requests.js";
import { Trouble, ask, troubles } from "./studio.service.js";
import { t } from "./studio.words.js";

const STATUS_POLL_MS = 15_000;
const TROUBLED_STATUS_POLL_MS = 2000;

const composer = byId("composer");
let seed; // of a request to repeat

// --- the composer --------------------------------------------------------------------------------

/** The parameters in the form. */
function parametersOfForm() {
  const { prompt, tag, publish, "user-id": author } = composer.elements;
  const values = { prompt: prompt.value, tag: tag.value, publish: publish.checked };
  return { ...parametersOf({ ...values, user_id: author.value.trim() }), ...(seed != null && { seed }) };
}

/** Show what is wrong, beside the field that it concerns if there is one. */
function showFaults(sentence, errors = []) {
  const reasons = new Map(errors.map(({ name, reason }) => [name, reason]));
  let placed = false;
  for (const node of composer.querySelectorAll("[data-fault]")) {
    const name = node.dataset.fault;
    const reason = name ? reasons.get(name) : placed ? "" : sentence;
    const field = name && composer.elements[name];
    if (field) field.setAttribute("aria-invalid", String(Boolean(reason)));
    if (field && reason && !placed) field.focus();
    if (!field && reason) say(reason); // screen readers read a field's own fault with the field
    placed ||= Boolean(reason);
    write(node, reason ?? "");
    node.hidden = !reason;
  }
}

/** Make again what was chosen in the gallery: its prompt and tag, and its seed until that is taken back. */
function takeSettings() {
  const { settings } = recall();
  if (!settings) return;
  remember({ settings: undefined });
  composer.elements.prompt.value = settings.prompt;
  composer.elements.tag.value = settings.tag;
  ({ seed } = settings);
  showSeed();
  composer.elements.prompt.focus();
}

/** Show the seed in use, if there is one. */
function showSeed() {
  byId("seed").hidden = seed == null;
  write(byId("seed").firstElementChild, t("studio.seed", { seed: String(seed) }));
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
  const { prompt } = composer.elements;
  if ((await send(parameters, showFaults)) && prompt.value === parameters.prompt) prompt.value = "";
  composer.classList.remove("sending");
}

// --- the frame around ----------------------------------------------------------------------------

/** Show in the top line whether the service is ready, and below it what is wrong. */
async function showStatus() {
  let state = "ready";
  let reasons = [];
  try {
    await ask("readyz");
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    const missing = Object.entries(trouble.answer.waiting_for ?? {});
    state = missing.length ? "waiting" : "away";
    reasons = missing.length ? missing : [[t("shared.the-service"), t("shared.tries-again", { what: trouble.message })]];
  }
  byId("status").dataset.state = state;
  const names = reasons.map(([name]) => name).join(", ");
  const words = { ready: "shared.ready", waiting: "shared.waiting-for", away: "shared.out-of-reach" };
  write(byId("status").firstElementChild, t(words[state], { names }));
  byId("trouble").hidden = state === "ready";
  byId("trouble").dataset.state = state;
  fill(byId("reasons"), JSON.stringify(reasons), () => {
    const list = document.createDocumentFragment();
    for (const [name, reason] of reasons) list.append(element("dt", {}, name), element("dd", {}, reason));
    return list;
  });
  return state === "ready" ? STATUS_POLL_MS : TROUBLED_STATUS_POLL_MS;
}

/** Show the way to the engine room to those who may see it. */
async function showWayToEngineRoom() {
  try {
    byId("engine-room").hidden = !(await ask("key")).scopes.includes("admin");
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble; // the service is away: the next visit shows it
  }
}

/** Put an example into the composer. */
function tryExample({ target }) {
  if (!target.dataset.tag) return;
  composer.elements.prompt.value = target.textContent;
  composer.elements.tag.value = target.dataset.tag;
  composer.elements.prompt.focus();
}

/** Update everything that changes with the clock alone. */
function tick() {
  for (const card of cards.values()) if (isUnfinished(card)) showChip(card);
  for (const node of document.querySelectorAll("time[datetime]")) write(node, ago(node.dateTime));
  return 1000;
}

composer.addEventListener("submit", submit);
composer.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) composer.requestSubmit();
});
composer.elements["user-id"].value = recall().author;
byId("examples").addEventListener("click", tryExample);
byId("clear").addEventListener("click", clearList);
byId("older").addEventListener("click", showOlder);
byId("whose").addEventListener("submit", (event) => {
  event.preventDefault();
  const user = byId("reader").value.trim();
  if (user && user !== feed.user) openFeed(user);
  else refreshFeed();
});
byId("rank").addEventListener("change", ({ target }) => {
  remember({ rank: target.value });
  openFeed(feed.user);
});
byId("reader").addEventListener("change", () => byId("whose").requestSubmit());
document.querySelector(".views").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button) showView(button.dataset.view);
});

const checkStatus = repeat(showStatus);
troubles.addEventListener("away", checkStatus);
startGate(() => {
  openFeed(feed.user);
  restore();
  showWayToEngineRoom();
});
showWayToEngineRoom();
byId("seed").lastElementChild.addEventListener("click", () => {
  seed = undefined;
  showSeed();
  composer.elements.prompt.focus();
});
takeSettings();
if (location.hash === "#feed") showView("feed");
startRelations();
startFeed();
repeat(tick);
startFollowing();
