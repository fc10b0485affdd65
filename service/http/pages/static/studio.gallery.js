// The gallery: all requests of this key, newest first, by words, kind, state and day.

import { ago, byId, repeat, write } from "./studio.dom.js";
import { startGate } from "./studio.gate.js";
import { startKeys } from "./studio.keys.js";
import { addRecords, noItems } from "./studio.gallery.items.js";
import { showHash, startLarge } from "./studio.gallery.large.js";
import { showItems } from "./studio.gallery.shelf.js";
import { Trouble, ask } from "./studio.service.js";
import { t } from "./studio.words.js";

const PAGE_OF_REQUESTS = 40;
const TYPING_MS = 250;
const AHEAD = "1200px"; // below the window, where the next page is fetched

const filters = byId("filters");
let shown = {}; // the list on the page: { query, next, items, loading }

/** The parameters of the list in the form; the word that is being typed may be a beginning. */
function queryOfForm() {
  const { q, tag, status, day } = Object.fromEntries(new FormData(filters));
  const words = /[\p{L}\p{N}]/u.test(q) ? q.replace(/([\p{L}\p{N}]{2})$/u, "$1*").trim() : "";
  const since = day && new Date(`${day}T00:00`);
  const until = since && new Date(since.getFullYear(), since.getMonth(), since.getDate() + 1);
  const query = { q: words, tag, status, since: since && since.toISOString(), until: until && until.toISOString() };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value));
}

/** Show the list from its newest request on. */
function openList() {
  const chosen = [...new FormData(filters)].filter(([, value]) => value);
  history.replaceState(null, "", `${location.pathname}${chosen.length ? `?${new URLSearchParams(chosen)}` : ""}${location.hash}`);
  shown = { query: queryOfForm(), next: undefined, items: noItems() };
  loadMore();
}

/** Fetch the next page of the list and show it. */
async function loadMore() {
  const list = shown;
  if (list.loading || list.next === null) return;
  list.loading = true;
  try {
    const query = new URLSearchParams({ ...list.query, limit: PAGE_OF_REQUESTS, ...(list.next && { cursor: list.next }) });
    const { requests, next } = await ask(`content?${query}`);
    if (list !== shown) return; // another list was opened
    addRecords(list.items, requests);
    list.next = next;
    showItems(list.items.all, next === null);
    write(byId("found"), wordsFor(list));
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (list === shown) write(byId("found"), trouble.message);
    return;
  } finally {
    list.loading = false;
    byId("more").hidden = !shown.next;
  }
  watchEnd();
}

/** How much of the list there is. */
function wordsFor({ items: { requests: count }, next, query }) {
  if (!count) return t(Object.keys(query).length ? "gallery.nothing-found" : "gallery.empty");
  return next ? t("gallery.newest-first") : t("gallery.count", { count });
}

/** Fetch more when the end of the list comes near: the observer reports where it is now. */
const observer = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && loadMore(), { rootMargin: AHEAD });
function watchEnd() {
  observer.unobserve(byId("more"));
  observer.observe(byId("more"));
}

for (const [name, value] of new URLSearchParams(location.search)) {
  const field = filters.elements.namedItem(name); // [name] finds `length` as well
  if (field) field.value = value;
}
let typing;
filters.addEventListener("input", ({ target }) => {
  clearTimeout(typing);
  typing = setTimeout(openList, target.name === "q" ? TYPING_MS : 0);
});
filters.addEventListener("submit", (event) => {
  event.preventDefault();
  openList();
});
byId("more").addEventListener("click", loadMore);
const toSearch = () => byId("search").focus();
startKeys(toSearch);
if (new URLSearchParams(location.search).has("search")) toSearch();
startGate(() => {
  openList();
  showHash();
});
byId("select").addEventListener("click", async () => {
  const { toggleSelection } = await import("./studio.gallery.select.js");
  toggleSelection(openList);
});
startLarge();
openList();
repeat(() => {
  for (const node of document.querySelectorAll("time[datetime]")) write(node, ago(node.dateTime));
  return 10_000;
});
