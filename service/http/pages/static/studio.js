// The studio: a form for prompts, a card for each request until it is done, and a feed of new posts.

import { cards, isUnfinished, showChip, update } from "./studio.cards.js";
import { startComposer } from "./studio.composer.js";
import { ago, byId, element, fill, repeat, write } from "./studio.dom.js";
import { feed, openFeed, refreshFeed, showOlder, showView, startFeed } from "./studio.feed.js";
import { startGate } from "./studio.gate.js";
import { askWhatIsPermitted, permitted } from "./studio.head.js";
import { showKeys, startKeys } from "./studio.keys.js";
import { hasBatches, recall, remember } from "./studio.memory.js";
import { showModels, showPriorities, startOptions } from "./studio.options.js";
import { takePriorities } from "./studio.priority.js";
import { startRelations } from "./studio.relations.js";
import { clearList, restore, startFollowing } from "./studio.requests.js";
import { ROOT, Trouble, ask, troubles } from "./studio.service.js";
import { t } from "./studio.words.js";

const VIEWS = ["studio", "feed"]; // of this page
const STATUS_POLL_MS = 15_000;
const TROUBLED_STATUS_POLL_MS = 2000;

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
  byId("status").hidden = false;
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

/** Show what the key in use permits: the way to the engine room, priorities, models. */
async function showWhatIsPermitted(whatIsPermitted) {
  const what = await whatIsPermitted;
  if (!what) return; // the service is away: the next visit shows it
  try {
    const { scopes, priorities } = what;
    takePriorities(priorities);
    showPriorities(priorities);
    for (const card of cards.values()) update(card, card.record);
    if (scopes.includes("content") || scopes.includes("admin")) showModels((await ask("models")).models);
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
  }
}

/** Go on with the lists of earlier visits, if there are any. */
async function goOnWithBatches() {
  if (hasBatches()) (await import("./studio.batches.js")).resumeBatches();
}

/** Update everything that changes with the clock alone. */
function tick() {
  for (const card of cards.values()) if (isUnfinished(card)) showChip(card);
  for (const node of document.querySelectorAll("time[datetime]")) write(node, ago(node.dateTime));
  return 1000;
}

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
document.querySelector(".views").addEventListener("click", (event) => {
  const { view } = event.target.closest("a")?.dataset ?? {};
  if (!VIEWS.includes(view) || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  history.pushState(null, "", view === "feed" ? "#feed" : ROOT);
  showView(view);
  if (view === "feed") document.querySelector("section.feed").focus({ preventScroll: true });
});
const showViewOfAddress = () => showView(location.hash === "#feed" ? "feed" : "studio");
addEventListener("popstate", showViewOfAddress);

const checkStatus = repeat(showStatus);
troubles.addEventListener("away", checkStatus);
for (const name of ["offline", "online"]) addEventListener(name, checkStatus);
startGate(() => {
  openFeed(feed.user);
  restore();
  showWhatIsPermitted(askWhatIsPermitted());
  goOnWithBatches();
});
showWhatIsPermitted(permitted);
startOptions(byId("composer"));
startComposer();
showViewOfAddress();
byId("open-saved").addEventListener("click", async () => (await import("./studio.saved.js")).openSaved());
byId("open-keys").addEventListener("click", showKeys);
startKeys(() => location.assign(new URL("gallery?search", ROOT)));
byId("open-batch").addEventListener("click", async () => (await import("./studio.batch.js")).openBatch());
goOnWithBatches();
addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
addEventListener("drop", async (event) => {
  const [file] = event.dataTransfer.files;
  if (!file || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  event.preventDefault(); // else the browser would show the file instead of the page
  const batch = await import("./studio.batch.js");
  batch.openBatch();
  batch.take(file);
});
startRelations();
startFeed();
repeat(tick);
startFollowing();
