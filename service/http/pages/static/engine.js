// The engine room: what GET /status knows, drawn, and the few things that an operator can do.

import { ago, byId, element, repeat, write } from "./studio.dom.js";
import { showFound } from "./engine.found.js";
import { showHooks, showLetters } from "./engine.letters.js";
import { WHY, lasting } from "./engine.parts.js";
import { showHour } from "./engine.plots.js";
import { showPools, showQueues } from "./engine.pools.js";
import { showStores, showStreams } from "./engine.stores.js";
import { takePriorities } from "./studio.priority.js";
import { Trouble, ask, currentKey, useKey } from "./studio.service.js";
import { number, t } from "./studio.words.js";

const STATUS_POLL_MS = 2000;
const QUEUE_POLL_MS = 3000;
const HOUR_POLL_MS = 20_000;
const LETTERS_POLL_MS = 4000;
const FOUND_POLL_MS = 30_000;
const AWAY_POLL_MS = 3000;
const SETTLED_MS = 700; // after which most of what was asked for is done
const COST_FACTOR = 10; // what takes long is asked for less often: a page is no load

let admitted = false;
byId("status").hidden = false;

/** Let the operator enter a key. */
function askForKey(fault) {
  const gate = byId("gate");
  write(byId("key-fault"), fault);
  byId("key-fault").hidden = !fault;
  if (!gate.open) gate.showModal();
}

/** Show what is wrong, or that nothing is; `locked` if a key would help. */
function showTrouble(sentence, locked = false) {
  write(byId("reason"), sentence);
  byId("trouble").hidden = !sentence;
  byId("other-key").hidden = !locked;
}

/** Ask what the key permits: it is said in words, before any call is refused. */
async function enter() {
  let may;
  try {
    may = await ask("key");
  } catch (trouble) {
    showAway(trouble);
    setTimeout(enter, AWAY_POLL_MS);
    return;
  }
  if (may.scopes.includes("admin")) {
    takePriorities(may.priorities);
    open();
    return;
  }
  const refusal = may.name
    ? t("engine.lock.scope", { name: may.name })
    : currentKey() ? t("engine.lock.wrong") : "";
  lock(refusal);
}

/** Show nothing, and ask for a key. */
function lock(refusal) {
  admitted = false;
  byId("gauges").hidden = true;
  byId("status").dataset.state = "waiting";
  write(byId("status").firstElementChild, t("engine.locked"));
  showTrouble(refusal || t("engine.lock.missing"), true);
  askForKey(refusal);
}

async function open() {
  admitted = true;
  showTrouble("");
  await Promise.all(looks.map((look) => look()));
  await lookAtQueues(); // they stand in the order of the pools
  byId("gauges").hidden = !admitted; // all at once: nothing jumps
}

/** Say what went wrong; a fault of the page itself is in the console, too. */
function showAway(trouble) {
  const isFault = !(trouble instanceof Trouble);
  if (isFault) console.error(trouble);
  byId("status").dataset.state = "away";
  write(byId("status").firstElementChild, t(isFault ? "engine.state.trouble" : "shared.out-of-reach"));
  showTrouble(isFault ? t("engine.internal", { reason: String(trouble) }) : t("shared.tries-again", { what: trouble.message }));
}

/** A task that is repeated while the page may see anything; troubles are said in words. */
function looking(task, pause) {
  return repeat(async () => {
    if (!admitted) return pause;
    const began = performance.now();
    try {
      await task();
    } catch (trouble) {
      if (trouble.status === 401 || trouble.status === 403) lock(trouble.message);
      else if (admitted) showAway(trouble);
      return AWAY_POLL_MS;
    }
    return Math.max(pause, COST_FACTOR * (performance.now() - began));
  });
}

async function showStatus() {
  const status = await ask("status");
  const missing = Object.entries(status.waiting_for);
  byId("status").dataset.state = status.ready ? "ready" : "waiting";
  write(byId("status").firstElementChild, t(status.ready ? "shared.ready" : "shared.waiting-for", { names: missing.map(([name]) => name).join(", ") }));
  showTrouble(missing.map(([name, why]) => t("engine.reason", { name, why })).join(" "));
  const { accepted, finished } = status.rates;
  write(byId("about"), t("engine.about", {
    version: status.version,
    node: status.node,
    uptime: lasting(status.uptime_seconds),
    accepted: number(accepted, 1),
    finished: number(finished, 1),
  }));
  document.body.classList.toggle("busy", Object.values(status.pools).some(({ busy }) => busy));
  kinds = Object.keys(status.pools);
  const load = JSON.stringify(Object.values(status.pools).map(({ queued, busy }) => [queued, busy]));
  showPools(status);
  if (load !== lastLoad) lookAtQueues(); // they stand in the order of the pools
  lastLoad = load;
  showStreams(status);
  showStores(status);
}

let kinds = ["text", "image"];
let lastLoad = ""; // what waits and runs: when it changes, the queues do

for (const name of WHY) {
  byId("legend").append(element("dt", {}, t(`engine.name.${name}`)), element("dd", {}, t(`engine.why.${name}`)));
}
byId("gate").addEventListener("submit", () => {
  useKey(byId("key").value.trim());
  byId("key").value = "";
  enter();
});
byId("other-key").addEventListener("click", () => askForKey(""));

const lookAtQueues = looking(() => showQueues(kinds), QUEUE_POLL_MS);
const looks = [
  lookAtQueues,
  looking(showStatus, STATUS_POLL_MS),
  looking(showHour, HOUR_POLL_MS),
  looking(showLetters, LETTERS_POLL_MS),
  looking(showHooks, LETTERS_POLL_MS),
  looking(showFound, FOUND_POLL_MS),
];
addEventListener("changed", () => {
  const lookAround = () => looks.forEach((look) => look());
  lookAround();
  setTimeout(lookAround, SETTLED_MS);
});
repeat(() => {
  for (const node of document.querySelectorAll("time")) write(node, ago(node.dateTime));
  return 5000;
});
enter();
