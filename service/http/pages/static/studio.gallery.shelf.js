// The shelf: tiles in columns, of which only those near the window are on the page. All tiles are
// equally high, so where one stands is known before it is made.

import { byId } from "./studio.dom.js";
import { idsOf, tileOf } from "./studio.gallery.items.js";

const AHEAD_PX = 900; // above and below the window
const shelf = byId("shelf");
let items = [];
let isComplete = false;
let grid = { columns: 1, width: 0, height: 0, gap: 0 };
const nodes = new Map(); // by item
let decorate = () => {};
let asked = 0; // the frame in which the shelf is arranged

/** The items of the shelf, in order. */
export const shelfItems = () => items;

/** The place of the item with this request, or -1. */
export const placeOf = (id) => items.findIndex((item) => idsOf(item).includes(id));

/** Show these items; what is there already stays. `complete`: no more follow. */
export function showItems(list, complete) {
  for (const [item, node] of nodes) if (!list.includes(item) || item.isOld) discard(item, node);
  items = list;
  isComplete = complete;
  measure();
  arrange();
}

/** Make the tiles of these items again, or all. */
export function refreshTiles(some = [...nodes.keys()]) {
  for (const item of some) if (nodes.has(item)) discard(item, nodes.get(item));
  arrange();
}

/** Let a function change every tile that is made, as (node, item). */
export function decorateTiles(change) {
  decorate = change;
  refreshTiles();
}

/** Scroll to an item and put the focus on it. */
export function reveal(place) {
  const item = items[place];
  if (!item) return;
  const top = shelf.getBoundingClientRect().top + scrollY + Math.floor(place / grid.columns) * (grid.height + grid.gap);
  if (top < scrollY || top + grid.height > scrollY + innerHeight) scrollTo({ top: top - (innerHeight - grid.height) / 2 });
  arrange();
  nodes.get(item)?.querySelector("a").focus({ preventScroll: true });
}

function discard(item, node) {
  item.isOld = false;
  nodes.delete(item);
  node.remove();
}

/** Find out how many columns there are, and how large a tile is. */
function measure() {
  const style = getComputedStyle(shelf);
  const least = parseFloat(style.getPropertyValue("--tile")) * parseFloat(getComputedStyle(document.documentElement).fontSize);
  const gap = parseFloat(style.columnGap) || 0;
  const room = shelf.clientWidth;
  const columns = Math.max(Number(style.getPropertyValue("--columns")) || 1, Math.floor((room + gap) / (least + gap)));
  grid = { columns, gap, width: (room - gap * (columns - 1)) / columns, height: 0 };
  if (!items.length) return;
  const [probe = place(items[0], 0)] = nodes.values();
  probe.style.width = `${grid.width}px`;
  grid.height = probe.getBoundingClientRect().height;
}

/** Make the tile of an item and put it among the others, in their order. */
function place(item, at) {
  const node = tileOf(item);
  nodes.set(item, node);
  decorate(node, item);
  node.dataset.place = at;
  const after = [...shelf.children].find((other) => Number(other.dataset.place) > at);
  shelf.insertBefore(node, after ?? null);
  return node;
}

/** Put the tiles near the window on the page, and remove the others; one with the focus stays. */
export function arrange() {
  cancelAnimationFrame(asked);
  const { columns, width, height, gap } = grid;
  const rows = Math.ceil(items.length / columns);
  const step = height + gap || 1;
  shelf.style.height = `${Math.max(0, rows * step - gap)}px`;
  const top = shelf.getBoundingClientRect().top;
  const first = Math.max(0, Math.floor((-top - AHEAD_PX) / step)) * columns;
  const last = Math.min(items.length, Math.ceil((innerHeight - top + AHEAD_PX) / step) * columns);
  const near = new Set(items.slice(first, last));
  for (const [item, node] of nodes) if (!near.has(item) && !node.contains(document.activeElement)) discard(item, node);
  for (let at = first; at < last; at++) {
    const node = nodes.get(items[at]) ?? place(items[at], at);
    node.style.width = `${width}px`;
    node.style.translate = `${(at % columns) * (width + gap)}px ${Math.floor(at / columns) * step}px`;
    node.setAttribute("aria-posinset", at + 1);
    node.setAttribute("aria-setsize", isComplete ? items.length : -1);
  }
}

function arrangeSoon() {
  cancelAnimationFrame(asked);
  asked = requestAnimationFrame(arrange);
}

addEventListener("scroll", arrangeSoon, { passive: true });
new ResizeObserver(() => {
  measure();
  arrangeSoon();
}).observe(shelf);
