// The building blocks of the engine room: numbers with their words, tables, durations.

import { element, fill } from "./studio.dom.js";
import { has, number, t } from "./studio.words.js";

const LONG = new Set(["prompt", "at"]); // columns whose texts are cut off after two lines
export const WHY = [
  "at-work", "waiting", "oldest-waiting", "oldest-at-work", "waiting-time", "service-time", "breaker",
  "failed-attempts", "retries", "refusals", "clients", "running", "share", "weight", "servers", "before",
  "high", "normal", "low", "attempt", "for", "length", "pending", "idle", "commits", "failed-commits",
  "rows-a-commit", "database-size", "redis-memory", "redis-clients", "reconnects", "loop-lag",
  "connections", "event-streams", "feeds-on-the-way", "dead-letters", "accepted", "finished", "failed",
  "backlog",
]; // the numbers, in the order of the legend
const SIZES = ["bytes", "kB", "MB", "GB", "TB"];

/** A duration for people: "0.4 s", "12 s", "3 min", "2 h"; a dash for none. */
export function lasting(seconds) {
  if (seconds == null) return "–";
  if (seconds === 0) return "0 s";
  if (seconds < 0.1) return `${number(seconds * 1000, seconds < 0.01 ? 1 : 0)} ms`;
  if (seconds < 10) return `${number(seconds, 1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : t("engine.days", { count: Math.round(seconds / 86_400) });
}

/** A count for people, or a dash. */
export const count = (value) => (value == null ? "–" : number(value));

/** A size for people. */
export function size(bytes) {
  if (bytes == null) return "–";
  const step = Math.min(SIZES.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${number(bytes / 1000 ** step, step > 1 ? 1 : 0)} ${SIZES[step]}`;
}

/** Two percentiles of a distribution; a dash without recent values. */
export const spread = (of, high = "p95") => (of ? `${lasting(of.p50)} / ${lasting(of[high])}` : "–");

/** Let a node say what its number means, to mice and to screen readers. */
export function explain(node, name) {
  node.title = t(`engine.why.${name}`);
  node.setAttribute("aria-description", node.title);
  return node;
}

/** A list of numbers with their names; `bad` names those to warn of. */
export function facts(values, bad = []) {
  const list = element("dl", { className: "facts" });
  for (const [name, value] of Object.entries(values)) {
    const fact = element("div", { className: bad.includes(name) ? "fact bad" : "fact" });
    const term = explain(element("dt", {}, t(`engine.name.${name}`)), name);
    fact.append(term, element("dd", { title: term.title }, String(value)));
    list.append(fact);
  }
  return list;
}

/** Whether a name is that of a number, which has an explanation. */
const isNumber = (name) => has(`engine.why.${name}`);

/** A table; `heads` are names of columns, with a word for each that is a number. */
export function table(caption, heads, rows) {
  const node = element("table", {}, element("caption", { className: "unseen" }, caption));
  const top = element("tr");
  for (const head of heads) {
    const cell = element("th", { scope: "col" }, t(`engine.name.${head}`));
    if (isNumber(head)) explain(cell, head);
    top.append(cell);
  }
  const body = element("tbody");
  for (const row of rows) {
    const line = element("tr");
    row.forEach((content, place) => {
      const long = LONG.has(heads[place]);
      const shown = long ? element("div", { className: "clamp", title: content }, content) : content;
      const cell = element("td", isNumber(heads[place]) ? { className: "number" } : {}, shown);
      cell.dataset.head = t(`engine.name.${heads[place]}`);
      line.append(cell);
    });
    body.append(line);
  }
  node.append(element("thead", {}, top), body);
  return node;
}

const unfolded = new Set(); // the keys of details that are open

/** Details that stay open when they are made again; `key` tells them apart. */
export function folded(key, summary, ...content) {
  const node = element("details", { open: unfolded.has(key) }, element("summary", {}, summary), ...content);
  node.firstElementChild.dataset.key = key;
  node.addEventListener("toggle", () => (node.open ? unfolded.add(key) : unfolded.delete(key)));
  return node;
}

const lost = new WeakMap(); // by slot: the name of what had the focus and is not there just now

/** As `fill`, but the focus stays where it is, if what has it is made again, now or later. */
export function refill(slot, key, make) {
  const { activeElement, body } = document;
  const held = slot.contains(activeElement) ? nameOf(activeElement) : activeElement === body && lost.get(slot);
  fill(slot, key, make);
  if (!held || slot.contains(document.activeElement)) return lost.delete(slot);
  const again = [...slot.querySelectorAll("button, summary, select")].find((node) => nameOf(node) === held);
  if (!again) return lost.set(slot, held);
  again.focus();
  lost.delete(slot);
}

const nameOf = (node) => node.dataset.key ?? node.getAttribute("aria-label");

/** A sentence for an empty list. */
export const nothing = (sentence) => element("p", { className: "nothing" }, sentence);

/** A fragment of these nodes. */
export function together(...nodes) {
  const fragment = document.createDocumentFragment();
  fragment.append(...nodes.filter(Boolean));
  return fragment;
}
