// The strip of variants in the large view: all of a group side by side, to look at and to choose one.

import { element, picture, say, write } from "./studio.dom.js";
import { chooseVariant, chosenOf } from "./studio.choices.js";
import { placeOf, refreshTiles, shelfItems } from "./studio.gallery.shelf.js";
import { Trouble, ask } from "./studio.service.js";
import { t } from "./studio.words.js";

const MOST_VARIANTS = 8;
let shown = { group: undefined, variants: [] };

/** Show the variants of a request's group; `go` shows another of them by its id. */
export async function showStrip(record, slots, go) {
  const { id, group } = record;
  slots.strip.hidden = slots.choose.hidden = true;
  if (!group) return;
  if (shown.group !== group) {
    try {
      const { requests } = await ask(`content?group=${encodeURIComponent(group)}&limit=${MOST_VARIANTS}`);
      shown = { group, variants: requests.reverse() };
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      return; // without it the view is as that of any request
    }
    if (location.hash.slice(1) !== id) return; // another was opened
  }
  if (shown.variants.length < 2) return;
  const hadFocus = slots.strip.contains(document.activeElement);
  slots.strip.replaceChildren(...shown.variants.map((variant, place) => button(variant, place, id, go)));
  slots.strip.hidden = false;
  if (hadFocus) slots.strip.querySelector("[aria-current]")?.focus();
  slots.choose.hidden = record.status !== "completed";
  write(slots.choose, t(chosenOf(group) === id ? "gallery.unchoose" : "gallery.choose"));
  slots.choose.onclick = () => {
    const isChosen = chooseVariant(group, id);
    say(t(isChosen ? "gallery.chosen" : "gallery.not-chosen"));
    refreshTiles([shelfItems()[placeOf(id)]].filter(Boolean));
    showStrip(record, slots, go);
  };
}

/** One variant, small. */
function button(variant, place, current, go) {
  const { id, group, imageUri, text, error, prompt } = variant;
  const content = imageUri ? picture(imageUri, prompt, "6rem") : element("span", {}, text ?? error ?? "…");
  const node = element("button", { type: "button" }, content);
  const isChosen = chosenOf(group) === id;
  node.classList.toggle("chosen", isChosen);
  if (content.alt) content.alt = "";
  node.setAttribute("aria-label", t(isChosen ? "gallery.variant-chosen" : "gallery.variant", { number: place + 1 }));
  if (id === current) node.setAttribute("aria-current", "true");
  node.addEventListener("click", () => go(id));
  return node;
}
