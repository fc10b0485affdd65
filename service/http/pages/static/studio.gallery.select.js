// Several requests of the gallery at once: publish, cancel, delete, export. It is loaded when it is
// first needed.

import { byId, confirmed, element, say, write } from "./studio.dom.js";
import { frontOf } from "./studio.gallery.items.js";
import { decorateTiles, refreshTiles, shelfItems } from "./studio.gallery.shelf.js";
import { recall } from "./studio.memory.js";
import { Trouble, ask, pathOf } from "./studio.service.js";
import { t } from "./studio.words.js";

const bar = byId("selection");
const author = element("input", { maxLength: 200, autocapitalize: "none", spellcheck: false, value: recall().author });
const note = element("p", { className: "since" });
const buttons = {
  publish: button("gallery.select.publish", publish),
  cancel: button("gallery.select.cancel", cancel),
  delete: confirmed(t("gallery.select.delete"), t("gallery.select.sure"), remove),
  export: button("gallery.select.export", exportAll),
};
let refresh = () => {};

function button(name, act) {
  const node = element("button", { type: "button", className: "quiet" }, t(name));
  node.addEventListener("click", act);
  return node;
}

const picked = new Set(); // items of the shelf
let isOn = false;

/** The items that are chosen, in the order of the shelf. */
const chosen = () => shelfItems().filter((item) => picked.has(item));

/** Begin or end to choose; `again` shows the list anew. */
export function toggleSelection(again) {
  refresh = again;
  isOn = document.body.classList.toggle("selecting");
  byId("select").setAttribute("aria-pressed", String(isOn));
  bar.hidden = !isOn;
  picked.clear();
  if (!bar.childElementCount) {
    const all = button("gallery.select.all", () => {
      for (const item of shelfItems()) picked.add(item);
      refreshTiles();
      count();
    });
    bar.append(all, element("label", {}, t("gallery.select.author"), author), ...Object.values(buttons), note);
    note.setAttribute("role", "status");
  }
  decorateTiles(isOn ? addBox : () => {});
  count();
}

/** Give a tile a box to tick. */
function addBox(tile, item) {
  const box = element("input", { type: "checkbox", className: "pick", checked: picked.has(item) });
  box.setAttribute("aria-label", t("gallery.select.one", { prompt: frontOf(item).prompt }));
  box.addEventListener("change", () => {
    if (box.checked) picked.add(item);
    else picked.delete(item);
    count();
  });
  tile.prepend(box);
}

const OVER = ["completed", "failed", "cancelled", "expired"];

/** All requests that are chosen: of variants every one, or only the one that stands for them. */
const requests = (onlyFronts) => chosen().flatMap((item) => (onlyFronts ? [frontOf(item)] : item.records));

function count() {
  enable();
  write(note, t("gallery.select.count", { count: requests().length }));
}

/** Only what can be done with the chosen requests can be pressed. */
function enable() {
  const all = requests();
  const has = (...states) => all.some(({ status }) => states.includes(status));
  buttons.publish.disabled = !requests(true).some(({ status }) => status === "completed");
  buttons.cancel.disabled = !has("queued", "generating");
  buttons.delete.disabled = !has(...OVER);
  buttons.export.disabled = !all.length;
}

/** Do something with each of these requests, one after the other; says how many times it was refused. */
async function each(some, act) {
  let done = 0;
  let reason = "";
  for (const { id } of some) {
    try {
      await act(id);
      done++;
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      reason = trouble.message;
    }
    write(note, t("gallery.select.progress", { done, count: some.length }));
  }
  const result = [t("gallery.select.progress", { done, count: some.length }), reason].filter(Boolean).join(" ");
  picked.clear(); // the list comes again
  if (bar.contains(document.activeElement)) bar.firstElementChild.focus();
  enable();
  refresh();
  say(result);
  write(note, result);
}

function cancel() {
  const unfinished = requests().filter(({ status }) => !OVER.includes(status));
  return each(unfinished, (id) => ask(`${pathOf(id)}?cancel=true`, undefined, "DELETE"));
}

function publish() {
  const user = author.value.trim();
  const done = requests(true).filter(({ status }) => status === "completed");
  return each(done, (id) => ask(`${pathOf(id)}/publish`, user ? { "user-id": user } : {}));
}

function remove() {
  const over = requests().filter(({ status }) => OVER.includes(status));
  return each(over, (id) => ask(pathOf(id), undefined, "DELETE"));
}

async function exportAll() {
  const { saveArchive } = await import("./studio.batches.export.js");
  const rows = requests().map(({ id }, place) => ({ line: place + 1, parameters: {}, ids: [id] }));
  await saveArchive({ id: "gallery", rows }, (words) => write(note, words));
  count();
}
