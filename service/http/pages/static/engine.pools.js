// The pools: their workers and what each is at, their numbers, pause and resume, and what is next.

import { ago, byId, element, fill, say, write } from "./studio.dom.js";
import { count, facts, folded, lasting, nothing, refill, spread, table, together } from "./engine.parts.js";
import { ask, pathOf } from "./studio.service.js";

const NAMES = { text: "Texts", image: "Pictures" };
const cards = new Map(); // by kind: { node, state, trouble, numbers, workers, button, note }
const MAX_PROMPTS = 500;
const prompts = new Map(); // by request id: what it is about

/** Show all pools of a status. */
export function showPools({ pools, latencies }) {
  for (const [kind, pool] of Object.entries(pools)) {
    const card = cards.get(kind) ?? makeCard(kind);
    showState(card, pool);
    const values = {
      "At work": `${pool.busy} of ${pool.limit}`,
      Waiting: count(pool.queued),
      "Oldest waiting": lasting(pool.oldest_waiting_seconds),
      "Oldest at work": lasting(longest(pool.running)),
      "Waiting time": spread(latencies[kind].waiting),
      "Service time": spread(latencies[kind].service),
      Breaker: pool.breaker,
      "Failed attempts": count(pool.failed_attempts),
      Retries: count(pool.retries),
      Refusals: count(pool.refusals),
      Clients: count(pool.clients?.waiting),
    };
    if (pool.servers.length) values.Servers = `${pool.servers.filter(({ up }) => up).length} of ${pool.servers.length}`;
    const bad = pool.breaker === "open" ? ["Breaker"] : [];
    fill(card.numbers, JSON.stringify(values), () => facts(values, bad));
    showWorkers(card, pool);
    showClients(card, pool);
  }
}

/** The seconds of the generation that runs for the longest time; null for none. */
function longest(running) {
  const all = running.map(({ seconds }) => seconds).filter((seconds) => seconds != null);
  return all.length ? Math.max(...all) : null;
}

function makeCard(kind) {
  const node = element("article", { className: "panel" });
  const title = element("h3", { id: `pool-${kind}` }, NAMES[kind] ?? kind);
  node.setAttribute("aria-labelledby", title.id);
  const card = {
    kind,
    node,
    state: element("p", { className: "chip" }),
    by: element("p", { className: "by" }),
    trouble: element("p", { className: "fault", hidden: true }),
    numbers: element("div"),
    workers: element("div", { className: "workers" }),
    clients: element("div"),
    button: element("button", { type: "button", className: "quiet" }),
    note: element("p", { className: "fault", hidden: true }),
  };
  card.button.addEventListener("click", () => change(card));
  const head = element("header", { className: "panel-head" }, element("div", {}, title, card.by), card.state, card.button);
  node.append(head, card.trouble, card.note, card.numbers, card.workers, card.clients);
  byId("pools").append(node);
  cards.set(kind, card);
  return card;
}

function showState(card, pool) {
  const { paused, paused_by: by, trouble, breaker, waits_for: waits } = pool;
  const words = paused ? "Paused" : breaker === "open" ? "Holds back" : waits ? "Waits" : trouble ? "In trouble" : "Runs";
  write(card.state, words);
  card.state.dataset.state = words;
  write(card.by, `Generator ${pool.generator}, ${count(pool.configured)} ${pool.configured === 1 ? "worker" : "workers"}${pool.automatic ? ", as many as it bears" : ""}`);
  const reasons = [
    paused && (by === "operator" ? `Paused by an operator ${ago(pool.paused_at)}. What runs ends, what waits stays.` : "Paused: workers = 0 in the configuration."),
    trouble,
    waits && !paused && `${waits} The next job begins ${new Date(pool.waits_until).toLocaleTimeString("en")}.`,
    breaker === "open" && `The breaker is open: the next job is tried ${new Date(pool.breaker_until).toLocaleTimeString("en")}.`,
  ].filter(Boolean);
  write(card.trouble, reasons.join(" "));
  card.trouble.classList.toggle("calm", paused && reasons.length === 1);
  card.trouble.hidden = !reasons.length;
  card.paused = paused;
  write(card.button, paused ? "Resume" : "Pause");
  card.button.setAttribute("aria-label", `${paused ? "Resume" : "Pause"} ${NAMES[card.kind] ?? card.kind}`);
  card.button.hidden = by === "configuration";
}

/** Pause or resume a pool, and say what came of it. */
async function change(card) {
  const name = NAMES[card.kind] ?? card.kind;
  card.button.disabled = true;
  try {
    const pool = await ask(`pools/${card.kind}/${card.paused ? "resume" : "pause"}`, undefined, "POST");
    card.note.hidden = true;
    say(`${name}: ${pool.paused ? "paused" : "resumed"}.`);
    dispatchEvent(new Event("changed"));
  } catch (trouble) {
    write(card.note, trouble.message);
    card.note.hidden = false;
    say(trouble.message);
  }
  card.button.disabled = false;
  card.button.focus();
}

function showWorkers(card, { running, idle, configured }) {
  const rows = running.map(({ worker, request, attempt, seconds }) => [worker, request, attempt, seconds && Math.floor(seconds)]);
  const about = running.map(({ request }) => prompts.get(request));
  fill(card.workers, JSON.stringify([rows, about, idle, configured]), () => {
    if (!rows.length) return nothing(configured === 1 ? "The worker is idle." : `All ${count(configured)} workers are idle.`);
    const lines = running.map(({ worker, request, attempt, seconds }) => [
      worker.split(".").pop(),
      request ? prompts.get(request) ?? `Request ${request.slice(0, 13)}…` : "A direct call",
      count(attempt),
      lasting(seconds == null ? null : Math.floor(seconds)),
    ]);
    const rest = idle ? nothing(`${count(idle)} idle.`) : null;
    return together(table(`Workers at work: ${card.kind}`, ["Worker", "At", "Attempt", "For"], lines), rest);
  });
  for (const { request } of running.slice(0, 8)) if (request && !prompts.has(request)) learn(request);
}

function showClients(card, { clients }) {
  const all = clients?.first ?? [];
  card.clients.hidden = !all.length;
  refill(card.clients, JSON.stringify(all), () => {
    const rows = all.map((one) => [
      one.client.replace(":", " ") || "the service",
      count(one.waiting),
      count(one.running),
      `${Math.round(one.share * 100)} %`,
      count(one.weight),
    ]);
    return folded(`clients-${card.kind}`, "Clients", table(`Clients: ${card.kind}`, ["Client", "Waiting", "Running", "Share", "Weight"], rows));
  });
}

/** Ask what a request is about, once. */
async function learn(id) {
  prompts.set(id, undefined);
  if (prompts.size > MAX_PROMPTS) prompts.delete(prompts.keys().next().value);
  try {
    prompts.set(id, (await ask(pathOf(id))).prompt.slice(0, 200));
  } catch {
    prompts.delete(id); // it is asked again while it runs
  }
}

/** Show what waits for each pool, by priority, with the next twenty. */
export async function showQueues(kinds) {
  for (const kind of kinds) {
    const { waiting, next } = await ask(`pools/${kind}/queue?limit=20`);
    for (const part of next) prompts.set(part.id, part.prompt);
    let panel = byId(`queue-${kind}`);
    if (!panel) {
      panel = element("article", { className: "panel", id: `queue-${kind}` });
      byId("queues").append(panel);
    }
    const rows = next.map((part) => [part.id, part.position, part.attempts, part.retry_at]);
    fill(panel, JSON.stringify([waiting, rows]), () => {
      const title = element("h3", {}, NAMES[kind] ?? kind);
      const numbers = facts({ High: count(waiting.high), Normal: count(waiting.normal), Low: count(waiting.low) });
      if (!next.length) return together(title, numbers, nothing("Nothing waits."));
      const lines = next.map((part) => [String(part.position), part.prompt, part.priority, part.client.replace(":", " ") || "–", when(part)]);
      return together(title, numbers, table(`Next: ${kind}`, ["Before", "Prompt", "Priority", "Client", "Since"], lines));
    });
  }
}

function when({ created_at: accepted, attempts, retry_at: retry }) {
  const time = element("time", { dateTime: accepted, title: new Date(accepted).toLocaleString("en") }, ago(accepted));
  const again = attempts ? ` · ${attempts} failed${retry ? ", waits to be tried again" : ""}` : "";
  return together(time, again);
}
