// The pools: their workers and what each is at, their numbers, pause and resume, and what is next.

import { ago, byId, element, fill, say, write } from "./studio.dom.js";
import { count, facts, folded, lasting, nothing, refill, spread, table, together } from "./engine.parts.js";
import { priorityField } from "./studio.priority.js";
import { ask, pathOf } from "./studio.service.js";
import { exactTime, has, t, timeOfDay } from "./studio.words.js";

/** The name of a kind for people. */
const nameOf = (kind) => (has(`engine.kind.${kind}`) ? t(`engine.kind.${kind}`) : kind);

const cards = new Map(); // by kind: { node, state, trouble, numbers, workers, button, note }
const MAX_PROMPTS = 500;
const prompts = new Map(); // by request id: what it is about

/** Show all pools of a status. */
export function showPools({ pools, latencies }) {
  for (const gone of [...cards.keys()].filter((name) => !(name in pools))) {
    cards.get(gone).node.remove();
    byId(`queue-${gone}`)?.remove();
    cards.delete(gone);
  }
  for (const [kind, pool] of Object.entries(pools)) {
    const card = cards.get(kind) ?? makeCard(kind);
    showState(card, pool);
    const values = {
      "at-work": t("engine.of", { some: pool.busy, all: pool.limit }),
      waiting: count(pool.queued),
      "oldest-waiting": lasting(pool.oldest_waiting_seconds),
      "oldest-at-work": lasting(longest(pool.running)),
      "waiting-time": spread(latencies[kind].waiting),
      "service-time": spread(latencies[kind].service),
      breaker: has(`engine.breaker.${pool.breaker}`) ? t(`engine.breaker.${pool.breaker}`) : pool.breaker,
      "failed-attempts": count(pool.failed_attempts),
      retries: count(pool.retries),
      refusals: count(pool.refusals),
      clients: count(pool.clients?.waiting),
    };
    if (pool.servers.length) values.servers = t("engine.of", { some: pool.servers.filter(({ up }) => up).length, all: pool.servers.length });
    const bad = pool.breaker === "open" ? ["breaker"] : [];
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
  const title = element("h3", { id: `pool-${kind}` }, nameOf(kind));
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
  const state = paused ? "paused" : breaker === "open" ? "breaker" : waits ? "waits" : trouble ? "trouble" : "runs";
  write(card.state, t(`engine.state.${state}`));
  card.state.dataset.state = state;
  const generator = t("engine.generator", { name: pool.generator, count: pool.configured });
  write(card.by, pool.automatic ? `${generator}, ${t("engine.automatic")}` : generator);
  const reasons = [
    paused && (by === "operator" ? t("engine.by.operator", { when: ago(pool.paused_at) }) : t("engine.by.configuration")),
    trouble,
    waits && !paused && t("engine.next-job", { why: waits, time: timeOfDay(pool.waits_until) }),
    breaker === "open" && t("engine.breaker-open", { time: timeOfDay(pool.breaker_until) }),
  ].filter(Boolean);
  write(card.trouble, reasons.join(" "));
  card.trouble.classList.toggle("calm", paused && reasons.length === 1);
  card.trouble.hidden = !reasons.length;
  card.paused = paused;
  write(card.button, t(paused ? "engine.resume" : "engine.pause"));
  card.button.setAttribute("aria-label", t(paused ? "engine.resume-pool" : "engine.pause-pool", { pool: nameOf(card.kind) }));
  card.button.hidden = by === "configuration";
}

/** Pause or resume a pool, and say what came of it. */
async function change(card) {
  const name = nameOf(card.kind);
  card.button.disabled = true;
  try {
    const pool = await ask(`pools/${card.kind}/${card.paused ? "resume" : "pause"}`, undefined, "POST");
    card.note.hidden = true;
    say(t(pool.paused ? "engine.paused-pool" : "engine.resumed-pool", { pool: name }));
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
    if (!rows.length) return nothing(t("engine.all-idle", { count: configured }));
    const lines = running.map(({ worker, request, attempt, seconds }) => [
      worker.split(".").pop(),
      request ? prompts.get(request) ?? t("engine.request", { id: request.slice(0, 13) }) : t("engine.direct-call"),
      count(attempt),
      lasting(seconds == null ? null : Math.floor(seconds)),
    ]);
    const rest = idle ? nothing(t("engine.idle", { count: idle })) : null;
    return together(table(t("engine.table.workers", { pool: nameOf(card.kind) }), ["worker", "at", "attempt", "for"], lines), rest);
  });
  for (const { request } of running.slice(0, 8)) if (request && !prompts.has(request)) learn(request);
}

function showClients(card, { clients }) {
  const all = clients?.first ?? [];
  card.clients.hidden = !all.length;
  refill(card.clients, JSON.stringify(all), () => {
    const rows = all.map((one) => [
      one.client.replace(":", " ") || t("engine.the-service"),
      count(one.waiting),
      count(one.running),
      t("engine.percent", { number: Math.round(one.share * 100) }),
      count(one.weight),
    ]);
    return folded(`clients-${card.kind}`, t("engine.name.clients"), table(t("engine.table.clients", { pool: nameOf(card.kind) }), ["client", "waiting", "running", "share", "weight"], rows));
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
    if (!cards.has(kind)) continue; // a model that was removed in between
    const isAfterChange = byId(`queue-${kind}`)?.dataset.changed; // an answer that was asked for earlier is old
    const { waiting, next } = await ask(`pools/${kind}/queue?limit=20`);
    for (const part of next) prompts.set(part.id, part.prompt);
    let panel = byId(`queue-${kind}`);
    if (!panel) {
      panel = element("article", { className: "panel", id: `queue-${kind}` });
      byId("queues").append(panel);
    }
    const rows = next.map((part) => [part.id, part.position, part.priority, part.attempts, part.retry_at]);
    if (panel.contains(document.activeElement) && !isAfterChange) continue; // a choice is open
    if (isAfterChange) delete panel.dataset.changed;
    refill(panel, JSON.stringify([waiting, rows]), () => {
      const title = element("h3", {}, nameOf(kind));
      const numbers = facts({ high: count(waiting.high), normal: count(waiting.normal), low: count(waiting.low) });
      if (!next.length) return together(title, numbers, nothing(t("engine.nothing-waits")));
      const lines = next.map((part) => [String(part.position), part.prompt, urgency(part, panel), part.client.replace(":", " ") || "–", when(part)]);
      return together(title, numbers, table(t("engine.table.next", { pool: nameOf(kind) }), ["before", "prompt", "priority", "client", "since"], lines));
    });
  }
}

/** The priority of a part, to be changed. */
function urgency(part, panel) {
  return priorityField(part, () => {
    panel.dataset.changed = "1";
    dispatchEvent(new Event("changed"));
  });
}

function when({ created_at: accepted, attempts, retry_at: retry }) {
  const time = element("time", { dateTime: accepted, title: exactTime(accepted) }, ago(accepted));
  const again = attempts ? ` · ${t(retry ? "engine.again-waits" : "engine.again-failed", { count: attempts })}` : "";
  return together(time, again);
}
