// What stands on the shelf: a request, or the variants of a prompt, folded into one.

import { element, picture, showTime, sorry, stamp, write } from "./studio.dom.js";
import { chosenOf } from "./studio.choices.js";
import { FINAL, stateOf } from "./studio.record.js";
import { t } from "./studio.words.js";

const SHOWN_CHARACTERS = 400; // of a text on a tile: the whole texts of ten thousand are megabytes

/** An empty list of items. */
export const noItems = () => ({ all: [], groups: new Map(), requests: 0 });

/** Add records to the list, newest first; variants join the item of their group. */
export function addRecords(items, records) {
  for (const record of records) {
    items.requests++;
    const kept = { ...record, text: record.text?.slice(0, SHOWN_CHARACTERS) };
    const group = record.group && items.groups.get(record.group);
    if (group) {
      group.records.unshift(kept); // older ones have smaller numbers
      group.isOld = true;
      continue;
    }
    const item = { group: record.group, records: [kept] };
    items.all.push(item);
    if (record.group) items.groups.set(record.group, item);
  }
}

/** The record that stands for an item: the chosen variant, else the first. */
export function frontOf({ group, records }) {
  const chosen = records.length > 1 && chosenOf(group);
  return records.find(({ id }) => id === chosen) ?? records[0];
}

/** The ids of all requests of an item. */
export const idsOf = ({ records }) => records.map(({ id }) => id);

/** What a tile shows of a request. */
function contentOf({ imageUri, text, error, prompt, status }) {
  if (imageUri) return picture(imageUri, prompt, "(min-width: 30rem) 15rem, 45vw");
  if (text) return element("p", { className: "prose" }, text);
  return sorry(error ?? t(FINAL.has(status) ? "gallery.no-result" : "gallery.unfinished"), status !== "failed");
}

/** A tile for an item. */
export function tileOf(item) {
  const { node, slots } = stamp("tile");
  const record = frontOf(item);
  const { length: count } = item.records;
  node.dataset.status = record.status;
  node.dataset.tag = record.tag;
  node.firstElementChild.href = `#${record.id}`;
  slots.frame.append(contentOf(record));
  slots.prompt.textContent = record.prompt;
  write(slots.chip, stateOf(record));
  slots.chip.hidden = record.status === "completed"; // as nearly all are
  showTime(slots.time, record.created_at);
  slots.variants.hidden = count < 2;
  if (count > 1) {
    node.classList.add("stack");
    write(slots.variants, t(chosenOf(item.group) ? "gallery.variants-chosen" : "gallery.variants", { count }));
  }
  return node;
}
