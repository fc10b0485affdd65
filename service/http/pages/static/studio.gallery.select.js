// Several requests of the gallery at once: publish, cancel, delete, export. It is loaded when it is
// first needed.

import { byId, confirmed, element, say, write } from "./studio.dom.js";
import { recall } from "./studio.memory.js";
import { Trouble, ask, pathOf } from "./studio.service.js";
import { t } from "./studio.words.js";

const shelf = byId("shelf");
const bar = byId("selection");
const author = element("input", { maxLength: 200, autocapitalize: "none", spellcheck: false, value: recall().author });
const note = element("p", { className: "since" });
const buttons = {
  publish: button("gallery.select.publish", publish),
  cancel: button("gallery.select.cancel", () => each((id) => ask(`${pathOf(id)}?cancel=true`, undefined, "DELETE"))),
  delete: confirmed(t("gallery.select.delete"), t("gallery.select.sure"), remove),
  export: button("gallery.select.export", exportAll),
};
let refresh = () => {};

function button(name, act) {
  const node = element("button", { type: "button", className: "quiet" }, t(name));
  node.addEventListener("click", act);
  return node;
}

/** The tiles that are chosen, in the order of the page. */
const chosen = () => [...shelf.querySelectorAll(".tile:has(.pick:checked)")];
const idOf = (tile) => tile.querySelector("a").hash.slice(1);

/** Begin or end to choose; `again` shows the list anew. */
export function toggleSelection(again) {
  refresh = again;
  const begins = !document.body.classList.toggle("selecting") ? false : true;
  byId("select").setAttribute("aria-pressed", String(begins));
  bar.hidden = !begins;
  if (!begins) {
    for (const box of shelf.querySelectorAll(".pick")) box.remove();
    return;
  }
  if (!bar.childElementCount) {
    const all = button("gallery.select.all", () => {
      for (const box of shelf.querySelectorAll(".pick")) box.checked = true;
      count();
    });
    bar.append(all, element("label", {}, t("gallery.select.author"), author), ...Object.values(buttons), note);
    note.setAttribute("role", "status");
    shelf.addEventListener("change", count);
    new MutationObserver(addBoxes).observe(shelf, { childList: true });
  }
  addBoxes();
  count();
}

/** Give each tile a box to tick. */
function addBoxes() {
  if (!document.body.classList.contains("selecting")) return;
  for (const tile of shelf.querySelectorAll(".tile:not(:has(.pick))")) {
    const box = element("input", { type: "checkbox", className: "pick" });
    box.setAttribute("aria-label", t("gallery.select.one", { prompt: tile.querySelector(".prompt").textContent }));
    tile.prepend(box);
  }
  count();
}

function count() {
  const tiles = chosen();
  const has = (...states) => tiles.some(({ dataset }) => states.includes(dataset.status));
  write(note, t("gallery.select.count", { count: tiles.length }));
  buttons.publish.disabled = !has("completed");
  buttons.cancel.disabled = !has("queued", "generating");
  buttons.delete.disabled = !has("completed", "failed", "cancelled", "expired");
  buttons.export.disabled = !tiles.length;
}

/** Do something with each chosen request, one after the other; says how many times it was refused. */
async function each(act, wanted = () => true) {
  const tiles = chosen().filter(wanted);
  let done = 0;
  let reason = "";
  for (const tile of tiles) {
    try {
      await act(idOf(tile), tile);
      done++;
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      reason = trouble.message;
    }
    write(note, t("gallery.select.progress", { done, count: tiles.length }));
  }
  const result = [t("gallery.select.progress", { done, count: tiles.length }), reason].filter(Boolean).join(" ");
  refresh();
  say(result);
  write(note, result);
}

function publish() {
  const user = author.value.trim();
  const isDone = ({ dataset }) => dataset.status === "completed";
  return each((id) => ask(`${pathOf(id)}/publish`, user ? { "user-id": user } : {}), isDone);
}

function remove() {
  const isOver = ({ dataset }) => !["queued", "generating"].includes(dataset.status);
  return each((id) => ask(pathOf(id), undefined, "DELETE"), isOver);
}

async function exportAll() {
  const { saveArchive } = await import("./studio.batches.export.js");
  const rows = chosen().map((tile, place) => ({ line: place + 1, parameters: {}, ids: [idOf(tile)] }));
  await saveArchive({ id: "gallery", rows }, (words) => write(note, words));
  count();
}
