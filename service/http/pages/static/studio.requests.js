// Requests: sends them, and follows them until they are final; their cards show how far they are.

import { FINAL, cards, isReady, isUnfinished, makeCard, update } from "./studio.cards.js";
import { byId, repeat, say, write } from "./studio.dom.js";
import { follower } from "./studio.follow.js";
import { recall, remember } from "./studio.memory.js";
import { ROOT, Trouble, ask, askFor, currentKey, now, pathOf } from "./studio.service.js";

const MOST_CARDS = 24; // a reload brings back so many
const FIRST_POLL = 300; // milliseconds, as all below
const SLOWEST_POLL = 2000;
const POLL_GROWTH = 1.3;

let isHearing = false; // whether events come; else the page asks
let askForAll = () => {};

/** Bring back what was sent before, and follow it. */
export function startFollowing() {
  askForAll = repeat(pollUnfinished);
  restore();
}

/** The body of POST /content for what a record asked for; without a seed, so it gets a new one. */
export function parametersOf({ prompt, tag, publish, user_id: author }) {
  return { prompt, tag, publish, ...(author && { "user-id": author }) };
}

/** Submit a request and follow it; whether it was accepted. Trouble goes to `complain` as a sentence. */
export async function send(parameters, complain) {
  delete byId("gate").dataset.closed;
  try {
    const { RequestId: id } = await ask("content", parameters);
    remember({ requests: [id, ...recall().requests].slice(0, MOST_CARDS) });
    const begun = { id, status: "queued", created_at: new Date(now()).toISOString(), parts: {} };
    const card = makeCard({ ...parameters, ...begun, user_id: parameters["user-id"] });
    byId("cards").prepend(card.node);
    showEmptiness();
    say("Queued.");
    followAll();
    return true;
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    complain(trouble.message, trouble.answer.errors);
    return false;
  }
}

const follow = follower(ROOT, hear);

/** Have the events of all unfinished cards sent here; connections are for the windows in sight. */
export function followAll() {
  const wanted = document.hidden ? [] : [...cards.values()].filter(isUnfinished);
  isHearing = false; // until it is said
  follow(wanted.map(({ record, last }) => [record.id, last ?? null]), currentKey());
}

/** Take what comes of the requests that are followed. */
export function hear({ request, id, event, data, hearing }) {
  if (hearing !== undefined) {
    isHearing = hearing;
    if (!hearing) askForAll();
  }
  const card = cards.get(request);
  if (!card) return;
  if (event === "problem") {
    lose(card, data.status);
  } else if (event === "snapshot" || Number(id) > Number(card.last ?? -1)) {
    card.last = id;
    update(card, after(card.record, event, data));
    if (FINAL.has(event) || data.retry_at) askAgain(card); // the record says more
  }
}

/** Ask for every unfinished card, ever more slowly, as long as no events come. */
export async function pollUnfinished() {
  const unfinished = [...cards.values()].filter(isUnfinished);
  if (isHearing || !unfinished.length) {
    pollPause = FIRST_POLL;
    return SLOWEST_POLL;
  }
  await Promise.all(unfinished.map(askAgain));
  pollPause = Math.min(pollPause * POLL_GROWTH, SLOWEST_POLL);
  return pollPause;
}
let pollPause = FIRST_POLL;

/** Bring a card up to its record, if the service can be asked. */
export async function askAgain(card) {
  try {
    catchUp(card, await askFor(card.record.id));
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (trouble.status === 404 || trouble.status === 410) lose(card, trouble.status);
  }
}

/** The service does not show a request any more: to this key, or to any key. */
export function lose(card, status) {
  if (status === 404 && currentKey()) {
    card.isHidden = true;
    update(card, card.record);
  } else {
    drop([card.record.id]);
  }
}

/** Bring a card up to a record that was asked for: it has a text only when that is whole. */
export function catchUp(card, record) {
  const unfinished = FINAL.has(record.status) ? null : card.record.text;
  update(card, { ...record, text: record.text ?? unfinished });
}

/** A record as it is after an event. */
export function after(record, name, data) {
  const parts = { ...record.parts };
  const change = (kind, what) => (parts[kind] = { ...parts[kind], ...what });
  switch (name) {
    case "snapshot":
      return { ...data, position: record.position, eta_seconds: record.eta_seconds };
    case "queued":
      return data.retry_at ? record : { ...record, ...data };
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
      if (isReady(record, "text")) return record; // it was fetched in between
      return { ...record, text: (record.text ?? "") + data.text };
    case "image.ready":
      change("image", { status: "completed" });
      return { ...record, parts, imageUri: data.imageUri };
    default:
      return FINAL.has(name) ? { ...record, ...data } : record;
  }
}

/** Cancel a request; what became of it comes as an event. */
export async function cancel({ record, slots }) {
  slots.cancel.disabled = true;
  try {
    await ask(pathOf(record.id), undefined, "DELETE");
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (trouble.status !== 409) say(trouble.message); // else it was finished before
  }
  slots.cancel.disabled = false;
}

document.addEventListener("visibilitychange", followAll);

/** Take cards off the page and out of the memory. */
export function drop(ids) {
  for (const id of ids) {
    cards.get(id)?.node.remove();
    cards.delete(id);
  }
  remember({ requests: recall().requests.filter((id) => !ids.includes(id)) });
  showEmptiness();
}

/** Drop every card whose work is over. */
export function clearList() {
  const records = [...cards.values()].map((card) => card.record);
  drop(records.filter(({ status }) => FINAL.has(status)).map(({ id }) => id));
}

/** Examples where there are no cards. */
export function showEmptiness() {
  byId("examples").hidden = cards.size > 0;
  byId("results-top").hidden = cards.size === 0;
}

/** Bring back the cards of earlier visits; ids that the service does not know are forgotten, unless
 * it may only be that this key may not see them. */
export async function restore() {
  const ids = recall().requests;
  const answers = await Promise.all(ids.map((id) => askFor(id).catch((trouble) => trouble)));
  for (const record of answers.filter((answer) => !(answer instanceof Trouble))) {
    const card = cards.get(record.id);
    if (card) {
      card.isHidden = false;
      catchUp(card, record);
    } else {
      byId("cards").append(makeCard(record).node);
    }
  }
  const missing = ids.filter((_, i) => answers[i].status === 404);
  if (!currentKey()) drop(missing);
  drop(ids.filter((_, i) => answers[i].status === 410));
  showHidden(currentKey() ? missing.filter((id) => !cards.has(id)).length : 0);
  followAll();
}

/** Say how many requests of earlier visits are not shown. */
export function showHidden(count) {
  const line = byId("hidden-cards");
  line.hidden = !count;
  const what = count === 1 ? "One earlier request is" : `${count} earlier requests are`;
  write(line, count ? `${what} not visible with this key.` : "");
}
