// Variants of one prompt stand side by side in a group: one is chosen, the others fold. And what is
// made anew from a finished card.

import { cards, isUnfinished } from "./studio.cards.js";
import { chooseVariant, chosenOf } from "./studio.choices.js";
import { compose } from "./studio.composer.js";
import { byId, say, stamp, write } from "./studio.dom.js";
import { FINAL } from "./studio.record.js";
import { cancel, parametersOf, send } from "./studio.requests.js";
import { t } from "./studio.words.js";

const groups = new Map(); // by group: { node, slots, isUnfolded }

/** The cards of a group, in the order of their seeds. */
const cardsOf = (group) => [...cards.values()].filter(({ record }) => record.group === group).sort((a, b) => (a.record.id < b.record.id ? -1 : 1));

/** Put a card on the page: into its group if it has one, which is made at this end of the list. */
export function place(card, end) {
  const { group } = card.record;
  if (!group) {
    byId("cards")[end](card.node);
    return;
  }
  if (!groups.has(group)) {
    groups.set(group, makeGroup(card.record));
    byId("cards")[end](groups.get(group).node);
  }
  const after = cardsOf(group).find(({ node, record }) => node.parentElement && record.id > card.record.id);
  groups.get(group).slots.list.insertBefore(card.node, after?.node ?? null);
  showGroup(group);
}

/** A group without cards. */
function makeGroup({ group, prompt }) {
  const { node, slots } = stamp("group");
  const title = `group-${group}`;
  slots.title.id = title;
  node.firstElementChild.setAttribute("aria-labelledby", title);
  slots.title.title = prompt;
  write(slots.title, prompt);
  slots.cancel.addEventListener("click", () => cardsOf(group).filter(isUnfinished).forEach(cancel));
  slots.fold.addEventListener("click", () => {
    const it = groups.get(group);
    it.isUnfolded = !it.isUnfolded;
    showGroup(group);
  });
  return { node, slots, isUnfolded: false };
}

/** Show how far a group is, and which of it is chosen; it goes with its last card. */
export function showGroup(group) {
  const it = groups.get(group);
  if (!it) return;
  const all = cardsOf(group);
  if (!all.length) {
    it.node.remove();
    groups.delete(group);
    return;
  }
  const { slots } = it;
  const chosen = all.find(({ record }) => record.id === chosenOf(group));
  const others = all.length - 1;
  const isFolded = Boolean(chosen) && others > 0 && !it.isUnfolded;
  it.node.classList.toggle("folded", isFolded);
  const ended = all.filter(({ record }) => FINAL.has(record.status)).length;
  const words = ended < all.length ? "make.group.progress" : "make.group.done";
  write(slots.count, t(words, { ended, count: all.length }));
  slots.cancel.hidden = ended === all.length;
  slots.fold.hidden = !chosen || !others;
  slots.fold.setAttribute("aria-expanded", String(!isFolded));
  write(slots.fold, isFolded ? t("make.others", { count: others }) : t("make.fold"));
  all.forEach((card, i) => {
    card.node.classList.toggle("chosen", card === chosen);
    card.node.hidden = isFolded && card !== chosen;
    card.slots.choose.hidden = !isUnfinished(card) && (card.record.status !== "completed" || card === chosen || !others);
    card.slots.choose.disabled = isUnfinished(card); // it keeps its place
    card.node.firstElementChild.setAttribute("aria-label", t("make.variant", { number: i + 1, prompt: card.record.prompt }));
  });
}

/** Choose a variant: the others fold. */
export function choose({ record, slots }) {
  chooseVariant(record.group, record.id);
  const it = groups.get(record.group);
  it.isUnfolded = false;
  showGroup(record.group);
  say(t("make.chosen"));
  (slots.finish.hidden ? it.slots.fold : slots.finish).focus();
}

/** Make something anew: all with another seed, another prompt with the same seed, or one part. */
export function makeAnew(record, what) {
  const { prompt, tag, seed, options } = record;
  const again = (kind) => send({ ...parametersOf(record, kind), publish: false }, say);
  if (what === "seed") again(tag);
  if (what === "text" || what === "image") again(what);
  if (what !== "prompt") return;
  compose({ prompt, tag, seed, options });
  byId("prompt").select();
}
