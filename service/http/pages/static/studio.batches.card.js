// The card of each list: how far it is, cancel all, export all.

import { forgetBatch, isOver, progressOf, stopBatch } from "./studio.batches.js";
import { byId, showTime, stamp, write } from "./studio.dom.js";
import { t } from "./studio.words.js";

const shown = new Map(); // by id: { node, slots }

/** Show these lists, newest first. */
export function showBatches(batches) {
  for (const [id, { node }] of shown) {
    if (batches.some((batch) => batch.id === id)) continue;
    node.remove();
    shown.delete(id);
  }
  batches.forEach((batch, i) => {
    if (!shown.has(batch.id)) shown.set(batch.id, makeCard(batch));
    const { node } = shown.get(batch.id);
    if (byId("batches").children[i] !== node) byId("batches").insertBefore(node, byId("batches").children[i] ?? null);
    show(batch);
  });
}

function makeCard(batch) {
  const { node, slots } = stamp("batch");
  const title = `batch-${batch.id}`;
  slots.title.id = title;
  node.firstElementChild.setAttribute("aria-labelledby", title);
  slots.bar.setAttribute("aria-labelledby", title);
  showTime(slots.time, new Date(batch.made).toISOString());
  slots.cancel.addEventListener("click", () => stopBatch(batch));
  slots.forget.addEventListener("click", () => forgetBatch(batch));
  slots.csv.addEventListener("click", () => exported(batch, slots, "saveTable"));
  slots.zip.addEventListener("click", () => exported(batch, slots, "saveArchive"));
  return { node, slots };
}

/** Export what there is; the code for it is loaded when it is first needed. */
async function exported(batch, slots, how) {
  const exports = await import("./studio.batches.export.js");
  const buttons = [slots.csv, slots.zip];
  for (const button of buttons) button.disabled = true;
  await exports[how](batch, (words) => write(slots.note, words));
  for (const button of buttons) button.disabled = false;
}

function show(batch) {
  const { slots } = shown.get(batch.id);
  const { all, sent, refused, requests, completed, failed, cancelled } = progressOf(batch);
  const over = isOver(batch);
  write(slots.title, t("make.batch.title", { count: all }));
  slots.bar.max = Math.max(1, all - sent - refused + requests);
  slots.bar.value = completed + failed + cancelled;
  const parts = [
    sent + refused < all && !batch.isStopped && t("make.batch.sent", { sent, count: all }),
    t("make.batch.completed", { count: completed }),
    failed && t("make.batch.failed", { count: failed }),
    cancelled && t("make.batch.cancelled", { count: cancelled }),
    refused && t("make.batch.refused", { count: refused }),
    batch.isStopped && sent + refused < all && t("make.batch.unsent", { count: all - sent - refused }),
  ];
  write(slots.count, parts.filter(Boolean).join(" · "));
  const waits = batch.waits && !over;
  slots.waits.hidden = !waits && !batch.isForeign;
  if (batch.isForeign) write(slots.waits, t("make.batch.foreign"));
  else if (waits) write(slots.waits, t("make.batch.waits", { why: batch.waits.why, time: new Date(batch.waits.until).toLocaleTimeString(document.documentElement.lang) }));
  slots.cancel.hidden = over || Boolean(batch.isStopped || batch.isForeign);
  slots.forget.hidden = !over && !batch.isForeign;
  slots.csv.hidden = batch.isForeign || (!sent && !refused);
  slots.zip.hidden = batch.isForeign || !completed || batch.rows.every(({ parameters }) => parameters.tag === "text");
}
