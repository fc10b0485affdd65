// The building blocks of the engine room: numbers with their words, tables, durations.

import { element, fill } from "./studio.dom.js";
import { WORDS } from "./engine.words.js";

const LONG = new Set(["Prompt", "At"]); // columns whose texts are cut off after two lines
const SIZES = ["bytes", "kB", "MB", "GB", "TB"];

/** A duration for people: "0.4 s", "12 s", "3 min", "2 h"; a dash for none. */
export function lasting(seconds) {
  if (seconds == null) return "–";
  if (seconds === 0) return "0 s";
  if (seconds < 0.1) return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** A count for people, or a dash. */
export const count = (number) => (number == null ? "–" : number.toLocaleString("en", { maximumFractionDigits: 1 }));

/** A size for people. */
export function size(bytes) {
  if (bytes == null) return "–";
  const step = Math.min(SIZES.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** step).toFixed(step > 1 ? 1 : 0)} ${SIZES[step]}`;
}

/** Two percentiles of a distribution; a dash without recent values. */
export const spread = (of, high = "p95") => (of ? `${lasting(of.p50)} / ${lasting(of[high])}` : "–");

/** Let a node say what its number means, to mice and to screen readers. */
export function explain(node, name) {
  node.title = WORDS[name];
  node.setAttribute("aria-description", WORDS[name]);
  return node;
}

/** A list of numbers with their names; `bad` names those to warn of. */
export function facts(values, bad = []) {
  const list = element("dl", { className: "facts" });
  for (const [name, value] of Object.entries(values)) {
    const fact = element("div", { className: bad.includes(name) ? "fact bad" : "fact" });
    const term = explain(element("dt", {}, name), name);
    fact.append(term, element("dd", { title: WORDS[name] }, String(value)));
    list.append(fact);
  }
  return list;
}

/** A table; `heads` are names of columns, with a word for each that is a number. */
export function table(caption, heads, rows) {
  const node = element("table", {}, element("caption", { className: "unseen" }, caption));
  const top = element("tr");
  for (const head of heads) {
    const cell = element("th", { scope: "col" }, head);
    if (WORDS[head]) explain(cell, head);
    top.append(cell);
  }
  const body = element("tbody");
  for (const row of rows) {
    const line = element("tr");
    row.forEach((content, place) => {
      const long = LONG.has(heads[place]);
      const shown = long ? element("div", { className: "clamp", title: content }, content) : content;
      const cell = element("td", WORDS[heads[place]] ? { className: "number" } : {}, shown);
      cell.dataset.head = heads[place];
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

/** As `fill`, but the focus stays where it is, if what has it is made again. */
export function refill(slot, key, make) {
  const held = slot.contains(document.activeElement) ? nameOf(document.activeElement) : "";
  fill(slot, key, make);
  if (!held || slot.contains(document.activeElement)) return;
  [...slot.querySelectorAll("button, summary")].find((node) => nameOf(node) === held)?.focus();
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
