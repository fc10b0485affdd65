// Lists that are being made: each row is sent once, at the pace that the service allows, and counted until
// it is final. They are kept on this machine and go on after a reload; one window at a time sends a list.

import { showBatches } from "./studio.batches.card.js";
import { FINAL } from "./studio.record.js";
import { Trouble, ask, pathOf } from "./studio.service.js";

const STORE = "feedmill-batch-"; // and the id of the list
const SAVE_MS = 1000; // an unsaved row is sent again with the same key, which makes nothing new
const AWAY_SECONDS = 3; // until the service is tried again that gave no time
const COUNT_MS = 1500;
const PAGE_OF_REQUESTS = 100;
const CANCELLED_AT_ONCE = 4;
const REFUSED = [400, 403, 413, 415, 422]; // the service will not take this row
const DONE = [404, 409, 410]; // there is nothing to cancel any more

let batches = []; // { id, made, owner, rows: [{ line, parameters, ids, fault }], states by request, isStopped }, newest first
const begun = new Set(); // ids of those that this window makes, or will when another one is closed
const running = new Set(); // ids of those that it makes
const unsaved = new Map(); // timers, by id

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // no storage allowed, or not ours
  }
}

function save(batch) {
  clearTimeout(unsaved.get(batch.id));
  unsaved.delete(batch.id);
  try {
    localStorage.setItem(STORE + batch.id, JSON.stringify(batch));
  } catch {
    // no storage allowed, or full: it goes on as long as the page is open
  }
}

function changed(batch) {
  showBatches(batches);
  if (!unsaved.has(batch.id)) unsaved.set(batch.id, setTimeout(save, SAVE_MS, batch));
}

/** Begin to send these rows. */
export function startBatch(rows) {
  const id = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const batch = { id, made: Date.now(), rows: rows.map(({ line, parameters }) => ({ line, parameters })), states: {} };
  batches = [batch, ...batches];
  save(batch);
  showBatches(batches);
  run(batch);
}

/** Cancel what is not final, and send no more of it. */
export async function stopBatch(batch) {
  batch.isStopped = true;
  save(batch);
  showBatches(batches);
  const open = openIds(batch);
  const cancelNext = async () => {
    for (let id = open.pop(); id; id = open.pop()) await patiently(batch, () => ask(`${pathOf(id)}?cancel=true`, undefined, "DELETE"), DONE);
  };
  await Promise.all(Array.from({ length: CANCELLED_AT_ONCE }, cancelNext));
}

/** Forget a list; what was made of it stays. */
export function forgetBatch(batch) {
  clearTimeout(unsaved.get(batch.id));
  batches = batches.filter((each) => each !== batch);
  localStorage.removeItem(STORE + batch.id);
  showBatches(batches);
}

/** How far a list is. */
export function progressOf({ rows, states }) {
  const of = (...wanted) => Object.values(states).filter((state) => wanted.includes(state)).length;
  const ended = { completed: of("completed"), failed: of("failed", "expired", "gone"), cancelled: of("cancelled") };
  const sent = rows.filter(({ ids }) => ids).length;
  return { all: rows.length, sent, refused: rows.filter(({ fault }) => fault).length, requests: Object.keys(states).length, ...ended };
}

/** Whether nothing of a list is left to do. */
export const isOver = (batch) => !openIds(batch).length && (batch.isStopped || batch.rows.every(({ ids, fault }) => ids || fault));

const openIds = ({ states }) => Object.keys(states).filter((id) => !FINAL.has(states[id]) && states[id] !== "gone");

/** Do something until the service does it, says one of these `finals`, or it is wanted no more; returns the
 * answer, or the reason. */
async function patiently(batch, act, finals, isWanted = () => true) {
  while (isWanted()) {
    try {
      return { answer: await act() };
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      if (finals.includes(trouble.status)) return { reason: trouble.message };
      const seconds = trouble.retryAfter || AWAY_SECONDS;
      batch.waits = { why: trouble.message, until: Date.now() + seconds * 1000 };
      changed(batch);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      delete batch.waits;
    }
  }
  return {};
}

/** Send the rows of a list, one after the other. */
async function sendRows(batch) {
  for (const row of batch.rows.filter(({ ids, fault }) => !ids && !fault)) {
    if (batch.isStopped) return;
    const key = { "Idempotency-Key": `${batch.id}-${row.line}` };
    const { answer, reason } = await patiently(batch, () => ask("content", row.parameters, "POST", key), REFUSED, () => !batch.isStopped);
    if (reason) row.fault = reason;
    if (answer) {
      row.ids = answer.RequestIds ?? [answer.RequestId];
      for (const id of row.ids) batch.states[id] ??= "queued";
      if (batch.isStopped) stopBatch(batch); // it was stopped while this one was on its way
    }
    changed(batch);
  }
}

/** Read how far the requests are, from the newest back to the oldest that is not final. */
async function count(batch) {
  const open = new Set(openIds(batch));
  let cursor;
  while (open.size) {
    const query = new URLSearchParams({ limit: PAGE_OF_REQUESTS, ...(cursor && { cursor }) });
    const { requests, next } = await ask(`content?${query}`);
    for (const { id, status } of requests) if (open.delete(id)) batch.states[id] = status;
    cursor = next;
    if (next && [...open].some((id) => id < next)) continue;
    for (const id of open) batch.states[id] = "gone"; // removed since
    return;
  }
}

/** Make a list, unless another window makes it: then go on when that one is closed. */
async function run(batch) {
  if (begun.has(batch.id)) return;
  begun.add(batch.id);
  if (navigator.locks) await navigator.locks.request(STORE + batch.id, () => work(batch));
  else await work(batch);
  begun.delete(batch.id);
}

async function work(batch) {
  const latest = stored(STORE + batch.id);
  if (latest) Object.assign(batch, latest);
  delete batch.waits;
  const { answer: key } = await patiently(batch, () => ask("key"), []);
  batch.owner ??= key.name ?? "";
  batch.isForeign = batch.owner !== (key.name ?? ""); // it goes on with the key that it began with
  showBatches(batches);
  if (batch.isForeign) return;
  running.add(batch.id);
  const sending = sendRows(batch);
  while (!isOver(batch) && batches.includes(batch)) {
    await count(batch).catch((trouble) => {
      if (!(trouble instanceof Trouble)) throw trouble; // else the service is away
    });
    changed(batch);
    await new Promise((resolve) => setTimeout(resolve, COUNT_MS));
  }
  await sending;
  running.delete(batch.id);
  if (batches.includes(batch)) save(batch);
  showBatches(batches);
}

/** Show the lists of earlier visits and go on with those of the present key. */
export function resumeBatches() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(STORE));
  const others = keys.map(stored).filter((each) => each?.rows && !batches.some(({ id }) => id === each.id));
  batches = [...batches, ...others].sort((a, b) => b.made - a.made);
  showBatches(batches);
  for (const batch of batches) if (!isOver(batch)) run(batch);
}

addEventListener("pagehide", () => batches.filter(({ id }) => unsaved.has(id)).forEach(save));
addEventListener("storage", ({ key, newValue }) => {
  if (!key?.startsWith(STORE)) return;
  const batch = batches.find(({ id }) => STORE + id === key);
  const latest = newValue && stored(key);
  if (!latest) batches = batches.filter((each) => each !== batch);
  else if (!batch) batches = [latest, ...batches];
  else if (!running.has(batch.id)) Object.assign(batch, latest);
  else if (latest.isStopped) batch.isStopped = true;
  showBatches(batches);
});
