// Cards: each shows a request and its results so far.

import { byId, element, fill, picture, rewrite, say, showTime, sorry, stamp, waiting, write } from "./studio.dom.js";
import { openFeed, showView } from "./studio.feed.js";
import { FINAL, detailsOf, nameOf, stateOf } from "./studio.record.js";
import { mayChoosePriority, priorityField } from "./studio.priority.js";
import { isPublished, postOf, stateOfPost } from "./studio.published.js";
import { cancel, send, parametersOf } from "./studio.requests.js";
import { here } from "./studio.service.js";
import { choose, makeAnew, showGroup } from "./studio.variants.js";
import { t } from "./studio.words.js";

const MOST_WIDE = 2.4; // width by height of a frame

const WORK = { text: "studio.writing", image: "studio.drawing" };

export const cards = new Map(); // by request id: { record, node, slots, last, isHidden }

/** Whether a card waits for results. */
export const isUnfinished = (card) => !FINAL.has(card.record.status) && !card.isHidden;

/** A card for a request, not yet on the page. */
export function makeCard(record) {
  const { node, slots } = stamp("card");
  const card = { record, node, slots };
  const name = nameOf(record);
  node.dataset.tag = record.tag;
  node.dataset.id = record.id;
  node.firstElementChild.setAttribute("aria-label", record.prompt);
  slots.avatar.textContent = [...name][0].toUpperCase();
  slots.author.textContent = name;
  slots.prompt.textContent = slots.prompt.title = record.prompt;
  slots.caption.hidden = record.tag !== "instagram";
  slots.panel.id = `details-${record.id}`;
  slots.toggle.setAttribute("aria-controls", slots.panel.id);
  slots.toggle.addEventListener("click", () => toggleDetails(card));
  slots.copy.addEventListener("click", () => copyText(card));
  slots.cancel.addEventListener("click", () => cancel(card));
  slots.finish.addEventListener("click", async () => {
    const { finish } = await import("./studio.finish.js");
    finish(card.record, () => update(card, card.record));
  });
  slots.again.addEventListener("click", () => send(parametersOf(card.record), say));
  slots.choose.addEventListener("click", () => choose(card));
  slots.anew.id = `anew-${record.id}`;
  slots.more.setAttribute("aria-controls", slots.anew.id);
  slots.more.addEventListener("click", () => {
    slots.anew.hidden = !slots.anew.hidden;
    slots.more.setAttribute("aria-expanded", String(!slots.anew.hidden));
  });
  slots.anew.addEventListener("click", ({ target }) => makeAnew(card.record, target.closest("button")?.dataset.anew));
  for (const button of slots.anew.children) button.hidden = button.dataset.anew === record.tag;
  slots.frame.style.aspectRatio = shapeOf(record);
  slots.published.title = t("studio.see-in-feed");
  slots.published.addEventListener("click", () => {
    openFeed(postOf(card.record)?.user ?? record.user_id);
    showView("feed");
  });
  cards.set(record.id, card);
  update(card, record);
  return card;
}

/** Show the latest record of a request in its card. */
export function update(card, record) {
  const { slots } = card;
  tellNews(card.record, record);
  card.record = record;
  card.node.dataset.status = record.status;
  showTime(slots.time, record.created_at);
  showChip(card);
  if (record.tag !== "text") showPart(slots.frame, "image", record);
  if (record.tag !== "image") showPart(record.tag === "text" ? slots.frame : slots.caption, "text", record);
  const undrawn = record.parts.image?.missing ?? [];
  slots.undrawn.hidden = !undrawn.length;
  write(slots.undrawn, t("shared.not-drawn", { what: undrawn.join(", ") }));
  slots.cancel.hidden = !isUnfinished(card);
  slots.copy.hidden = !isReady(record, "text");
  slots.save.hidden = !record.imageUri;
  if (record.imageUri) {
    slots.save.href = here(record.imageUri);
    slots.save.download = record.imageUri.split("/").pop();
  }
  const post = postOf(record);
  slots.finish.hidden = record.status !== "completed";
  write(slots.finish.querySelector("span"), t(isPublished(record) ? "studio.edit-post" : post ? "studio.edit-scheduled" : "studio.publish"));
  slots.again.hidden = !FINAL.has(record.status) || record.status === "completed";
  slots.more.hidden = record.status !== "completed";
  if (slots.more.hidden) slots.anew.hidden = true;
  showGroup(record.group);
  slots.details.replaceChildren(...detailsOf(record));
  slots.remark.hidden = !record.note || !slots.panel.hidden;
  write(slots.remark, record.note ?? "");
  showPriority(card);
  const busy = [...cards.values()].some(isUnfinished);
  document.body.classList.toggle("busy", busy);
}

/** Show the choice of a priority while the request waits. */
function showPriority({ record, slots }) {
  slots.urgency.hidden = record.status !== "queued" || !mayChoosePriority();
  if (slots.urgency.hidden) return;
  const { id, prompt, priority = "normal" } = record;
  fill(slots.urgency, "field", () => {
    const field = priorityField({ id, prompt, priority }, (changed) => {
      const card = cards.get(id);
      if (changed && card) update(card, { ...card.record, ...changed });
    });
    field.prepend(t("shared.priority"), " ");
    return field;
  });
  const select = slots.urgency.querySelector("select");
  if (select !== document.activeElement) select.value = priority; // another tab may have changed it
}

/** Show or hide the details, with the note. */
async function toggleDetails(card) {
  const { slots, record } = card;
  slots.panel.hidden = !slots.panel.hidden;
  slots.toggle.setAttribute("aria-expanded", String(!slots.panel.hidden));
  if (!slots.panel.hidden && !slots.panel.querySelector(".note")) {
    const { noteField } = await import("./studio.notes.js");
    slots.panel.append(noteField(record, (note) => update(card, { ...card.record, note })));
  }
  update(card, card.record);
}

/** The shape of its picture, as it was asked for: the frame has it before there is one. */
function shapeOf({ tag, options }) {
  const [width, height] = (tag !== "text" && options?.size?.split("x")) || [1, 1];
  return String(Math.min(MOST_WIDE, Math.max(1 / MOST_WIDE, width / height)));
}

/** Whether a part is complete; a text grows before. */
export function isReady({ status, text, imageUri, parts }, kind) {
  if (kind === "image") return Boolean(imageUri);
  return Boolean(text) && (FINAL.has(status) || parts.text?.status === "completed");
}

/** One part: its result so far, why there is none, or that it is being made. */
export function showPart(slot, kind, record) {
  const part = record.parts[kind] ?? {};
  if (kind === "image" && record.imageUri) {
    fill(slot, "picture", () => picture(record.imageUri, record.prompt));
    const image = slot.querySelector("img");
    if (image && part.alt && image.alt !== part.alt) image.alt = part.alt; // it comes with the record
  } else if (kind === "text" && record.text) {
    const name = record.tag === "text" ? "" : nameOf(record);
    fill(slot, "text", () => element("p"));
    rewrite(slot.firstChild, record.text, name, !isReady(record, kind));
  } else if (FINAL.has(record.status) || part.status === "failed") {
    const calm = record.status === "cancelled";
    const reason = part.error ?? record.error ?? t(`studio.${calm ? "cancelled" : "none"}.${kind}`);
    fill(slot, `sorry ${reason}`, () => sorry(reason, calm));
  } else {
    const plain = t(record.status === "queued" ? "studio.waiting" : WORK[kind]);
    const note = part.error ? t("studio.trying-again", { error: part.error }) : plain;
    fill(slot, note, () => waiting(kind, note));
  }
}

/** The state of a request in a few words, on its card. */
export function showChip({ record, slots, isHidden }) {
  const published = isPublished(record);
  slots.chip.hidden = published;
  slots.published.hidden = !published;
  write(slots.chip, isHidden ? t("studio.hidden-card") : (stateOfPost(record) ?? stateOf(record)));
}

/** Announce what is new in a record. */
export function tellNews(before, record) {
  const { status, error, prompt } = record;
  const news = ["text", "image"]
    .filter((kind) => isReady(record, kind) && !isReady(before, kind))
    .map((kind) => t(`studio.ready.${kind}`));
  if (status === "generating" && before.status === "queued") news.push(t("studio.generating"));
  if (status === "completed" && before.status !== status) news.push(t("studio.done", { prompt }));
  if (status === "failed" && before.status !== status) news.push(t("studio.failed", { error }));
  if (news.length) say(news.join(" "));
}

/** Copy a card's text; where the browser forbids that, select it instead. */
export async function copyText({ record, slots }) {
  const label = slots.copy.querySelector("span");
  try {
    await navigator.clipboard.writeText(record.text);
    label.textContent = t("shared.copied");
  } catch {
    getSelection().selectAllChildren(record.tag === "text" ? slots.frame : slots.caption);
    label.textContent = t("shared.selected");
  }
  say(`${label.textContent}.`);
  setTimeout(() => (label.textContent = t("shared.copy")), 2000);
}
