// The large view of the gallery: one request with all that is known of it. The hash of the page names it.

import { byId, element, fill, picture, prose, say, showTime, sorry, write } from "./studio.dom.js";
import { frontOf } from "./studio.gallery.items.js";
import { placeOf, reveal, shelfItems } from "./studio.gallery.shelf.js";
import { showStrip } from "./studio.gallery.strip.js";
import { remember } from "./studio.memory.js";
import { noteField } from "./studio.notes.js";
import { FINAL, detailsOf, stateOf } from "./studio.record.js";
import { ROOT, Trouble, askFor, here } from "./studio.service.js";
import { exactTime, t } from "./studio.words.js";

const large = byId("large");
const slots = {};
for (const slot of large.querySelectorAll("[data-slot]")) slots[slot.dataset.slot] = slot;
let record;

/** Show the request that the hash names, or none. */
export async function showHash() {
  const id = location.hash.slice(1);
  byId("missing").hidden = true;
  if (!id) {
    if (large.open) large.close();
    return;
  }
  try {
    const found = await askFor(id);
    if (location.hash.slice(1) !== id) return; // another was chosen
    show(found);
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    write(byId("missing"), trouble.message);
    byId("missing").hidden = false;
    return;
  }
  if (!large.open) large.showModal();
}

/** Fill the view. */
function show(found) {
  record = found;
  const { prompt, text, imageUri, parts, status } = record;
  large.dataset.tag = record.tag;
  large.dataset.status = status;
  write(slots.chip, stateOf(record));
  showTime(slots.time, record.created_at);
  write(slots.title, prompt);
  const image = imageUri && picture(imageUri, prompt);
  if (image && parts.image?.alt) image.alt = parts.image.alt;
  const reason = record.error ?? (t(FINAL.has(status) ? "gallery.no-result" : "gallery.unfinished"));
  slots.frame.replaceChildren(image || (text ? prose(text) : sorry(reason, status !== "failed")));
  slots.caption.replaceChildren(...(image && text ? [prose(text)] : []), ...(record.error && (image || text) ? [sorry(record.error)] : []));
  const undrawn = parts.image?.missing ?? [];
  slots.undrawn.hidden = !undrawn.length;
  write(slots.undrawn, t("shared.not-drawn", { what: undrawn.join(", ") }));
  slots.details.replaceChildren(...timesOf(record), ...detailsOf(record).slice(2)); // the prompt is the title
  fill(slots.note, record.id, () => noteField(found, (note) => (found.note = note)));
  slots.copy.hidden = !text;
  slots.save.hidden = !imageUri;
  if (imageUri) Object.assign(slots.save, { href: here(imageUri), download: imageUri.split("/").pop() });
  slots.newer.disabled = neighbour(-1) === undefined;
  slots.older.disabled = neighbour(1) === undefined;
  showStrip(found, slots, go);
  large.scrollTop = 0;
}

/** When it was accepted, begun and finished. */
function timesOf({ created_at: created, started_at: started, completed_at: ended }) {
  const times = [["shared.accepted", created], ["shared.begun", started], ["shared.finished", ended]].filter(([, moment]) => moment);
  return times.flatMap(([name, moment]) => [element("dt", {}, t(name)), element("dd", {}, exactTime(moment))]);
}

/** The place in the list of the item before or after this one; undefined without one. */
function neighbour(step) {
  const at = placeOf(record.id);
  return at < 0 || !shelfItems()[at + step] ? undefined : at + step;
}

/** Show a neighbour, in the same place of the browser's history. */
function turn(step) {
  const at = neighbour(step);
  if (at !== undefined) go(frontOf(shelfItems()[at]).id);
}

/** Show another request, in the same place of the browser's history. */
function go(id) {
  history.replaceState(null, "", `#${id}`);
  showHash();
}

/** Make the view work. */
export function startLarge() {
  addEventListener("hashchange", showHash);
  large.addEventListener("close", () => {
    const at = neighbour(0);
    history.replaceState(null, "", location.pathname + location.search);
    reveal(at);
  });
  large.addEventListener("click", ({ target }) => target === large && large.close()); // beside the view
  large.addEventListener("keydown", ({ key, target }) => {
    if (target.matches("textarea")) return;
    if (key === "ArrowLeft") turn(-1);
    if (key === "ArrowRight") turn(1);
  });
  slots.newer.addEventListener("click", () => turn(-1));
  slots.older.addEventListener("click", () => turn(1));
  slots.close.addEventListener("click", () => large.close());
  slots.use.addEventListener("click", () => {
    remember({ settings: { prompt: record.prompt, tag: record.tag, seed: record.seed, options: record.options } });
    location.assign(ROOT);
  });
  slots.copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(record.text);
      say(t("shared.copied"));
    } catch {
      getSelection().selectAllChildren(record.imageUri ? slots.caption : slots.frame);
      say(t("shared.selected"));
    }
  });
  showHash();
}
