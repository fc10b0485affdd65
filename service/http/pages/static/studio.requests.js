// Requests: sends them, follows them until they are final, and updates their cards.

import { cards, isReady, isUnfinished, makeCard, update } from "./studio.cards.js";
import { byId, repeat, say, write } from "./studio.dom.js";
import { follower } from "./studio.follow.js";
import { recall, remember } from "./studio.memory.js";
import { modelsOf } from "./studio.models.js";
import { FINAL } from "./studio.record.js";
import { ROOT, Trouble, ask, askFor, currentKey, now, pathOf } from "./studio.service.js";
import { place, showGroup } from "./studio.variants.js";
import { t } from "./studio.words.js";

const MAX_CARDS = 40; // that a reload brings back
const FIRST_POLL_MS = 300;
const SLOWEST_POLL_MS = 2000;
const POLL_GROWTH = 1.3; // factor from one pause to the next

let isOpen = false; // whether the event stream is open; else the page polls
let askForAll = () => {};

/** Bring back the requests that were sent before, and follow them. */
export function startFollowing() {
  askForAll = repeat(pollUnfinished);
  restore();
}

/** The body of POST /content for the same prompt as a record, or for another kind of result; without its
 * seed, so it gets a new one. */
export function parametersOf(record, tag = record.tag) {
  const { prompt, publish, user_id: author, options = {}, priority = "normal", webhook } = record;
  return {
    prompt,
    tag,
    publish,
    ...(author && { "user-id": author }),
    ...(Object.keys(options).length && { options }),
    ...(priority !== "normal" && { priority }),
    ...(webhook && { webhook }),
    ...modelsOf(record, tag),
  };
}

/** Submit a request and follow it; returns whether it was accepted. `complain` gets errors as sentences. */
export async function send(parameters, complain) {
  delete byId("gate").dataset.closed;
  try {
    const { RequestId, RequestIds: ids = [RequestId], group } = await ask("content", parameters);
    remember({ requests: [...ids.toReversed(), ...recall().requests].slice(0, MAX_CARDS) });
    const begun = { group, status: "queued", created_at: new Date(now()).toISOString(), parts: {} };
    for (const id of ids) place(makeCard({ ...parameters, ...begun, id, user_id: parameters["user-id"] }), "prepend");
    showEmptiness();
    say(t("studio.queued"));
    followAll();
    return true;
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    complain(trouble.message, trouble.answer.errors);
    return false;
  }
}

const follow = follower(ROOT, onEvent);

/** Follow all unfinished cards; none while the window is hidden, which needs no connection. */
export function followAll() {
  const unfinished = document.hidden ? [] : [...cards.values()].filter(isUnfinished);
  isOpen = false; // until the stream reports it
  follow(unfinished.map(({ record, last }) => [record.id, last ?? null]), currentKey());
}

/** Handle an event of a followed request, or the state of the stream. */
export function onEvent({ request, id, event, data, isOpen: state }) {
  if (state !== undefined) {
    isOpen = state;
    if (!isOpen) askForAll();
  }
  const card = cards.get(request);
  if (!card) return;
  if (event === "problem") {
    lose(card, data.status);
  } else if (event === "snapshot" || Number(id) >= Number(card.last ?? -1) + (event !== "queued")) {
    card.last = id;
    update(card, after(card.record, event, data));
    if (FINAL.has(event) || data.retry_at) askAgain(card); // the record says more
  }
}

/** Poll every unfinished card, more and more slowly, while the event stream is not open. */
export async function pollUnfinished() {
  const unfinished = [...cards.values()].filter(isUnfinished);
  if (isOpen || !unfinished.length) {
    pollPause = FIRST_POLL_MS;
    return SLOWEST_POLL_MS;
  }
  await Promise.all(unfinished.map(askAgain));
  pollPause = Math.min(pollPause * POLL_GROWTH, SLOWEST_POLL_MS);
  return pollPause;
}
let pollPause = FIRST_POLL_MS;

/** Fetch the record of a card and show it; does nothing if the service is out of reach. */
export async function askAgain(card) {
  try {
    catchUp(card, await askFor(card.record.id));
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (trouble.status === 404 || trouble.status === 410) lose(card, trouble.status);
  }
}

/** Handle a request that the service does not show any more: hide it, or drop it for good. */
export function lose(card, status) {
  if (status === 404 && currentKey()) {
    card.isHidden = true;
    update(card, card.record);
  } else {
    drop([card.record.id]);
  }
}

/** Show a fetched record. It has no text before that is complete, so the card keeps its own. */
export function catchUp(card, record) {
  const unfinished = FINAL.has(record.status) ? null : card.record.text;
  update(card, { ...record, text: record.text ?? unfinished });
}

/** The record after an event. */
export function after(record, name, data) {
  const parts = { ...record.parts };
  const change = (kind, what) => (parts[kind] = { ...parts[kind], ...what });
  switch (name) {
    case "snapshot":
      return {
        ...data,
        position: record.position,
        eta_seconds: record.eta_seconds,
        paused: record.paused,
      };
    case "queued":
      return data.retry_at ? record : { ...record, paused: false, ...data };
    case "started":
      change(data.part, { status: "generating", attempts: data.attempt });
      return {
        ...record,
        parts,
        status: "generating",
        started_at: record.started_at ?? new Date(now()).toISOString(),
        text: data.part === "text" ? null : record.text, // it begins again
      };
    case "text.delta":
      if (isReady(record, "text")) return record; // it was fetched in the meantime
      return { ...record, text: (record.text ?? "") + data.text };
    case "image.ready":
      change("image", { status: "completed" });
      return { ...record, parts, imageUri: data.imageUri };
    default:
      return FINAL.has(name) ? { ...record, ...data } : record;
  }
}

/** Cancel a request; its final state comes as an event. */
export async function cancel({ record, slots }) {
  slots.cancel.disabled = true;
  try {
    await ask(`${pathOf(record.id)}?cancel=true`, undefined, "DELETE");
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (trouble.status !== 409) say(trouble.message); // else it was finished before
  }
  slots.cancel.disabled = false;
}

document.addEventListener("visibilitychange", followAll);

/** Remove cards from the page and from the memory. */
export function drop(ids) {
  for (const id of ids) {
    const card = cards.get(id);
    card?.node.remove();
    cards.delete(id);
    showGroup(card?.record.group);
  }
  remember({ requests: recall().requests.filter((id) => !ids.includes(id)) });
  showEmptiness();
}

/** Drop every finished card. */
export function clearList() {
  const records = [...cards.values()].map((card) => card.record);
  drop(records.filter(({ status }) => FINAL.has(status)).map(({ id }) => id));
}

/** Show the examples if there are no cards. */
export function showEmptiness() {
  byId("examples").hidden = cards.size > 0;
  byId("results-top").hidden = cards.size === 0;
}

/** Bring back the cards of earlier visits. Unknown ids are forgotten, unless a key is in use that
 * may not see them. */
export async function restore() {
  const ids = recall().requests;
  const answers = await Promise.all(ids.map((id) => askFor(id).catch((trouble) => trouble)));
  for (const record of answers.filter((answer) => !(answer instanceof Trouble))) {
    const card = cards.get(record.id);
    if (card) {
      card.isHidden = false;
      catchUp(card, record);
    } else {
      place(makeCard(record), "append");
    }
  }
  const missing = ids.filter((_, i) => answers[i].status === 404);
  if (!currentKey()) drop(missing);
  drop(ids.filter((_, i) => answers[i].status === 410));
  showHidden(currentKey() ? missing.filter((id) => !cards.has(id)).length : 0);
  followAll();
}

/** Show how many requests of earlier visits are hidden. */
export function showHidden(count) {
  const line = byId("hidden-cards");
  line.hidden = !count;
  write(line, count ? t("studio.hidden", { count }) : "");
}
