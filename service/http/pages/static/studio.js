// The studio: prompts go in, a card follows each until it is done, and a feed shows what is new.

import { follower } from "./studio.follow.js";

const ROOT = new URL(".", import.meta.url); // of the service, wherever a proxy has it
const TEST_USER = "1";
const MOST_CARDS = 24; // a reload brings back so many
const PAGE_OF_POSTS = 20;
const LONG_TEXT = 240; // characters from which a text is set smaller
const FIRST_POLL = 300; // milliseconds, as all below
const SLOWEST_POLL = 2000;
const POLL_GROWTH = 1.3;
const FEED_POLL = 15_000;
const FEED_HURRY = { pause: 400, times: 10 }; // a finished post reaches its feed a moment later
const STATUS_POLL = 15_000;
const TROUBLED_STATUS_POLL = 2000;

const FINAL = new Set(["completed", "failed", "cancelled", "expired"]);
const NOUNS = { text: "text", image: "picture" };
const WORK = { text: "Writing the text …", image: "Drawing the picture …" };

const byId = (id) => document.getElementById(id);
const composer = byId("composer");
const cards = new Map(); // by request id: { record, node, slots, last, isHidden }
let isHearing = false; // whether events come; else the page asks
let feed = {}; // as openFeed makes it; `since` is the newest post that an earlier visit saw
let clockSkew = 0; // milliseconds that the server's clock is ahead of this one

// --- talking to the service ----------------------------------------------------------------------

/** What went wrong, as a sentence for people; `answer` is the problem the service sent, if any. */
class Trouble extends Error {
  constructor(message, status = 0, answer = {}) {
    super(message);
    Object.assign(this, { status, answer });
  }
}

/** GET a path, or POST a body to it; the JSON answer. Throws Trouble. */
async function ask(path, body, method = body ? "POST" : "GET") {
  const key = currentKey();
  let response, answer;
  try {
    response = await fetch(new URL(path, ROOT), {
      method,
      headers: { Accept: "application/json", "Content-Type": "application/json", ...keyHeader() },
      body: body && JSON.stringify(body),
    });
    answer = await response.json();
  } catch {
    if (path !== "readyz") checkStatus();
    throw new Trouble("The service cannot be reached just now.");
  }
  clockSkew = Date.parse(response.headers.get("Date")) - Date.now() || 0;
  if (response.status === 401 && key === currentKey()) askForKey(key && answer.detail);
  if (!response.ok) {
    const sentence = answer.detail ?? `The service answered ${response.status}.`;
    throw new Trouble(sentence, response.status, answer);
  }
  return answer;
}

/** Where a request is, from the root of the service. */
const pathOf = (id) => `content/${encodeURIComponent(id)}`;

/** A picture of this service as this page has to ask for it, whatever name or path it came with. */
const here = (uri) => new URL(uri.replace(/^.*\/(media\/[0-9a-f]{64}\/[^/]*)$/, "$1"), ROOT).href;

/** The record of a request. Throws Trouble. */
const askFor = (id) => ask(pathOf(id));

// --- the key, where the service asks for one -----------------------------------------------------

let keyInUse = ""; // where no storage is allowed, until a reload

/** The key that was entered in this tab, or "". */
function currentKey() {
  try {
    return sessionStorage.getItem("feedmill-key") ?? keyInUse;
  } catch {
    return keyInUse;
  }
}

/** The key as a header, if there is one. */
function keyHeader() {
  const key = currentKey();
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** Let the visitor enter a key; who closes the dialog is left in peace until the next prompt. */
function askForKey(fault) {
  const gate = byId("gate");
  write(byId("key-fault"), fault || "");
  byId("key-fault").hidden = !fault;
  if (!gate.open && !gate.dataset.closed) gate.showModal();
}

/** A key was entered: keep it, and try again what was refused. */
function takeKey() {
  keyInUse = byId("key").value.trim();
  byId("key").value = "";
  try {
    sessionStorage.setItem("feedmill-key", keyInUse);
  } catch {
    // see above
  }
  refreshFeed();
  restore();
}

/** Repeat a task while the page is in sight. It returns the pause until the next time, or nothing
 * to end. The function that comes back does it at once. */
function repeat(task) {
  let turn = 0;
  let timer;
  const now = async () => {
    const mine = ++turn;
    clearTimeout(timer);
    if (document.hidden) return;
    const pause = await task();
    if (pause === undefined) document.removeEventListener("visibilitychange", now);
    else if (mine === turn) timer = setTimeout(now, pause);
  };
  document.addEventListener("visibilitychange", now);
  now();
  return now;
}

// --- what this browser remembers -----------------------------------------------------------------

/** The memory: request ids (newest first), names, and the newest post seen in each feed. */
function recall() {
  const nothing = { requests: [], seen: {}, reader: TEST_USER, author: "" };
  try {
    return { ...nothing, ...JSON.parse(localStorage.getItem("feedmill")) };
  } catch {
    return nothing; // no storage allowed, or not ours
  }
}

/** Change the memory; without storage the page works, it only forgets. */
function remember(change) {
  try {
    localStorage.setItem("feedmill", JSON.stringify({ ...recall(), ...change }));
  } catch {
    // see above
  }
}

// --- building ------------------------------------------------------------------------------------

/** An element with properties and children; strings become text, never markup. */
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** A copy of a template: its first element, and its named slots. */
function stamp(template) {
  const node = byId(template).content.firstElementChild.cloneNode(true);
  const slots = {};
  for (const slot of node.querySelectorAll("[data-slot]")) slots[slot.dataset.slot] = slot;
  return { node, slots };
}

/** Write a text only where it differs, so that nothing is announced or laid out twice. */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Give a slot new content only when its key changes, so that pictures stay where they are. */
function fill(slot, key, make) {
  if (slot.dataset.shows === key) return;
  slot.dataset.shows = key;
  slot.replaceChildren(make());
}

/** Tell those who listen instead of look. */
const say = (text) => write(byId("said"), text);

/** A text with its hashtags set apart, after a name in bold if there is one. */
const prose = (text, name) => rewrite(element("p"), text, name);

/** Make a paragraph the prose of a text; `growing` if there is more to come. */
function rewrite(node, text, name, growing = false) {
  const pieces = text.split(/(#[\p{L}\p{N}_]+)/u);
  const marked = pieces.map((piece, i) => (i % 2 ? element("span", { className: "hash" }, piece) : piece));
  node.className = `prose${text.length > LONG_TEXT ? " long" : ""}${growing ? " growing" : ""}`;
  const children = [...(name ? [element("b", {}, name), " "] : []), ...marked];
  const isNew = node.textContent !== (name ? `${name} ${text}` : text);
  if (isNew) node.replaceChildren(...children); // else what is selected in it stays selected
  return node;
}

/** A picture that fades in when it is there; its square is kept free before. */
function picture(uri, about) {
  const image = element("img", { alt: `Picture for: ${about}`, width: 1080, height: 1080, loading: "lazy" });
  image.addEventListener("load", () => image.classList.add("there"));
  image.addEventListener("error", () => image.replaceWith(sorry("The picture cannot be loaded.")));
  image.src = here(uri);
  return image;
}

/** A sentence in the place of what could not be made. */
const sorry = (sentence, calm = false) => element("p", { className: calm ? "sorry calm" : "sorry" }, sentence);

/** What stands in for a part that is being made. */
function waiting(kind, note) {
  const { node, slots } = stamp(`wait-${kind}`);
  slots.note.textContent = note;
  return node;
}

/** The server's time now, in milliseconds. */
const now = () => Date.now() + (Math.abs(clockSkew) > 2000 ? clockSkew : 0);

/** How long ago: "just now", "5 minutes ago", "yesterday". */
function ago(moment) {
  const seconds = (now() - Date.parse(moment)) / 1000;
  if (seconds < 45) return "just now";
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60]];
  const [unit, length] = units.find(([, size]) => seconds >= size) ?? units[2];
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  return words.format(-Math.max(1, Math.round(seconds / length)), unit);
}

/** Show a moment in a <time>; `tick` keeps it true. */
function showTime(node, moment) {
  node.dateTime = moment;
  node.title = new Date(moment).toLocaleString("en");
  write(node, ago(moment));
}

/** Everything that changes with the clock alone. */
function tick() {
  for (const card of cards.values()) if (isUnfinished(card)) showChip(card);
  for (const node of document.querySelectorAll("time")) write(node, ago(node.dateTime));
  return 1000;
}

// --- cards ---------------------------------------------------------------------------------------

/** Under whose name a request stands. */
const nameOf = (record) => record.user_id ?? "You";

/** A card for a request, not yet on the page. */
function makeCard(record) {
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
  slots.details.id = `details-${record.id}`;
  slots.toggle.setAttribute("aria-controls", slots.details.id);
  slots.toggle.addEventListener("click", () => {
    slots.details.hidden = !slots.details.hidden;
    slots.toggle.setAttribute("aria-expanded", String(!slots.details.hidden));
  });
  slots.copy.addEventListener("click", () => copyText(card));
  slots.cancel.addEventListener("click", () => cancel(card));
  slots.again.addEventListener("click", () => send(wishOf(card.record), say));
  slots.published.title = `See it in the feed of ${name}`;
  slots.published.addEventListener("click", () => {
    openFeed(record.user_id);
    showView("feed");
  });
  cards.set(record.id, card);
  update(card, record);
  return card;
}

/** Bring a card up to what the service says. */
function update(card, record) {
  const { slots } = card;
  const { status: before } = card.record;
  tellNews(card.record, record);
  card.record = record;
  const { status, publish, user_id: author } = record;
  if (before !== status && status === "completed" && publish && author === feed.user) hurryFeed();
  card.node.dataset.status = record.status;
  showTime(slots.time, record.created_at);
  showChip(card);
  if (record.tag !== "text") showPart(slots.frame, "image", record);
  if (record.tag !== "image") showPart(record.tag === "text" ? slots.frame : slots.caption, "text", record);
  slots.cancel.hidden = !isUnfinished(card);
  slots.copy.hidden = !isReady(record, "text");
  slots.save.hidden = !record.imageUri;
  if (record.imageUri) {
    slots.save.href = here(record.imageUri);
    slots.save.download = record.imageUri.split("/").pop();
  }
  slots.again.hidden = !FINAL.has(record.status) || record.status === "completed";
  slots.details.replaceChildren(...detailsOf(record));
  const busy = [...cards.values()].some(isUnfinished);
  document.body.classList.toggle("busy", busy);
}

/** Whether a part is there as it stays; a text may be there in part before. */
function isReady({ status, text, imageUri, parts }, kind) {
  if (kind === "image") return Boolean(imageUri);
  return Boolean(text) && (FINAL.has(status) || parts.text?.status === "completed");
}

/** One part: the result, as much as there is of it, why there is none, or that it is on its way. */
function showPart(slot, kind, record) {
  const part = record.parts[kind] ?? {};
  if (kind === "image" && record.imageUri) {
    fill(slot, "picture", () => picture(record.imageUri, record.prompt));
  } else if (kind === "text" && record.text) {
    const name = record.tag === "text" ? "" : nameOf(record);
    fill(slot, "text", () => element("p"));
    rewrite(slot.firstChild, record.text, name, !isReady(record, kind));
  } else if (FINAL.has(record.status) || part.status === "failed") {
    const calm = record.status === "cancelled";
    const reason = part.error ?? record.error ?? `${calm ? "Cancelled before there was a" : "There is no"} ${NOUNS[kind]}.`;
    fill(slot, `sorry ${reason}`, () => sorry(reason, calm));
  } else {
    const plain = record.status === "queued" ? "Waiting for its turn" : WORK[kind];
    const note = part.error ? `Trying again. ${part.error}` : plain;
    fill(slot, note, () => waiting(kind, note));
  }
}

/** The state in a few words. */
function showChip({ record, slots, isHidden }) {
  const published = record.status === "completed" && record.publish;
  slots.chip.hidden = published;
  slots.published.hidden = !published;
  write(slots.chip, isHidden ? "Not visible with this key" : stateOf(record));
}

/** "Queued · 3 ahead", "Generating · 4 s", "Done in 5 s" … */
function stateOf(record) {
  const { status, position, eta_seconds: eta, completed_at: ended } = record;
  const since = Date.parse(record.started_at ?? record.created_at);
  const secondsUntil = (moment) => Math.max(0, (moment - since) / 1000);
  if (status === "queued") {
    const place = position ? ` · ${position} ahead` : position === 0 ? " · next" : "";
    return `Queued${place}${eta >= 2 ? ` · about ${Math.round(eta)} s` : ""}`;
  }
  if (status === "generating") return `Generating · ${Math.floor(secondsUntil(now()))} s`;
  if (status === "completed") return `Done in ${secondsUntil(Date.parse(ended)).toFixed(1)} s`;
  return status[0].toUpperCase() + status.slice(1);
}

/** Say aloud what is new in a record. */
function tellNews(before, record) {
  const { status, error, prompt } = record;
  const news = ["text", "image"]
    .filter((kind) => isReady(record, kind) && !isReady(before, kind))
    .map((kind) => `The ${NOUNS[kind]} is ready.`);
  if (status === "generating" && before.status === "queued") news.push("Generating.");
  if (status === "completed" && before.status !== status) news.push(`Done: ${prompt}`);
  if (status === "failed" && before.status !== status) news.push(`Failed: ${error}`);
  if (news.length) say(news.join(" "));
}

/** The rows behind "Details". */
function detailsOf(record) {
  const rows = [["Prompt", record.prompt]];
  for (const [kind, part] of Object.entries(record.parts)) {
    const facts = [part.model, part.seconds != null && `${part.seconds.toFixed(1)} s`];
    if (part.width) facts.push(`${part.width} × ${part.height}`);
    const made = facts.filter(Boolean).join(", ");
    if (made) rows.push([kind === "text" ? "Text by" : "Picture by", made]);
    if (part.missing?.length) rows.push(["Not drawn", part.missing.join(", ")]);
  }
  if (record.seed != null) rows.push(["Seed", String(record.seed)]);
  if (record.attempts) rows.push(["Attempts", String(record.attempts)]);
  rows.push(["Request", record.id]);
  return rows.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)]);
}

/** Copy a card's text; where the browser forbids that, select it instead. */
async function copyText({ record, slots }) {
  const label = slots.copy.querySelector("span");
  try {
    await navigator.clipboard.writeText(record.text);
    label.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(record.tag === "text" ? slots.frame : slots.caption);
    label.textContent = "Selected";
  }
  say(`${label.textContent}.`);
  setTimeout(() => (label.textContent = "Copy text"), 2000);
}

/** Whether there is more to come of a card. */
const isUnfinished = (card) => !FINAL.has(card.record.status) && !card.isHidden;

const follow = follower(ROOT, hear);

/** Have the events of all unfinished cards sent here; connections are for the windows in sight. */
function followAll() {
  const wanted = document.hidden ? [] : [...cards.values()].filter(isUnfinished);
  isHearing = false; // until it is said
  follow(wanted.map(({ record, last }) => [record.id, last ?? null]), currentKey());
}

/** Take what comes of the requests that are followed. */
function hear({ request, id, event, data, hearing }) {
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
async function pollUnfinished() {
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
async function askAgain(card) {
  try {
    catchUp(card, await askFor(card.record.id));
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (trouble.status === 404 || trouble.status === 410) lose(card, trouble.status);
  }
}

/** The service does not show a request any more: to this key, or to anybody. */
function lose(card, status) {
  if (status === 404 && currentKey()) {
    card.isHidden = true;
    update(card, card.record);
  } else {
    drop([card.record.id]);
  }
}

/** Bring a card up to a record that was asked for: it has a text only when that is whole. */
function catchUp(card, record) {
  const unfinished = FINAL.has(record.status) ? null : card.record.text;
  update(card, { ...record, text: record.text ?? unfinished });
}

/** A record as it is after an event. */
function after(record, name, data) {
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
        text: data.part === "text" ? null : record.text, // it begins anew
      };
    case "text.delta":
      if (isReady(record, "text")) return record; // it was asked for meanwhile
      return { ...record, text: (record.text ?? "") + data.text };
    case "image.ready":
      change("image", { status: "completed" });
      return { ...record, parts, imageUri: data.imageUri };
    default:
      return FINAL.has(name) ? { ...record, ...data } : record;
  }
}

/** Cancel a request; what became of it comes as an event. */
async function cancel({ record, slots }) {
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
function drop(ids) {
  for (const id of ids) {
    cards.get(id)?.node.remove();
    cards.delete(id);
  }
  remember({ requests: recall().requests.filter((id) => !ids.includes(id)) });
  showEmptiness();
}

/** Drop every card whose work is over. */
function clearList() {
  const records = [...cards.values()].map((card) => card.record);
  drop(records.filter(({ status }) => FINAL.has(status)).map(({ id }) => id));
}

/** Examples where there are no cards. */
function showEmptiness() {
  byId("examples").hidden = cards.size > 0;
  byId("results-top").hidden = cards.size === 0;
}

/** Bring back the cards of earlier visits; ids that the service does not know are forgotten, unless
 * it may only be that this key may not see them. */
async function restore() {
  const ids = recall().requests;
  const found = await Promise.all(ids.map((id) => askFor(id).catch((trouble) => trouble)));
  for (const record of found.filter((one) => !(one instanceof Trouble))) {
    const card = cards.get(record.id);
    if (card) {
      card.isHidden = false;
      catchUp(card, record);
    } else {
      byId("cards").append(makeCard(record).node);
    }
  }
  const missing = ids.filter((_, i) => found[i].status === 404);
  if (!currentKey()) drop(missing);
  drop(ids.filter((_, i) => found[i].status === 410));
  showHidden(currentKey() ? missing.filter((id) => !cards.has(id)).length : 0);
  followAll();
}

/** Say how many requests of earlier visits are not shown. */
function showHidden(count) {
  const line = byId("hidden-cards");
  line.hidden = !count;
  const what = count === 1 ? "One earlier request is" : `${count} earlier requests are`;
  write(line, count ? `${what} not visible with this key.` : "");
}

// --- the composer --------------------------------------------------------------------------------

/** The body of POST /content for what a record asked for; without a seed, so it gets a new one. */
function wishOf({ prompt, tag, publish, user_id: author }) {
  return { prompt, tag, publish, ...(author && { "user-id": author }) };
}

/** What the form asks for. */
function wishOfForm() {
  const { prompt, tag, publish, "user-id": author } = composer.elements;
  const values = { prompt: prompt.value, tag: tag.value, publish: publish.checked };
  return wishOf({ ...values, user_id: author.value.trim() });
}

/** Submit a wish and follow it; whether it was accepted. Trouble goes to `complain` as a sentence. */
async function send(wish, complain) {
  delete byId("gate").dataset.closed;
  try {
    const { RequestId: id } = await ask("content", wish);
    remember({ requests: [id, ...recall().requests].slice(0, MOST_CARDS) });
    const begun = { id, status: "queued", created_at: new Date(now()).toISOString(), parts: {} };
    const card = makeCard({ ...wish, ...begun, user_id: wish["user-id"] });
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

/** Show what is wrong, beside the field that it is about where it is about one. */
function showFaults(sentence, errors = []) {
  const told = new Map(errors.map(({ name, reason }) => [name, reason]));
  let placed = false;
  for (const node of composer.querySelectorAll("[data-fault]")) {
    const name = node.dataset.fault;
    const reason = name ? told.get(name) : placed ? "" : sentence;
    const field = name && composer.elements[name];
    if (field) field.setAttribute("aria-invalid", String(Boolean(reason)));
    if (field && reason && !placed) field.focus();
    if (!field && reason) say(reason); // beside a field it is heard with the field
    placed ||= Boolean(reason);
    write(node, reason ?? "");
    node.hidden = !reason;
  }
}

/** The form is sent: once at a time, and emptied only when it was accepted. */
async function submit(event) {
  event.preventDefault();
  if (composer.classList.contains("sending")) return;
  const wish = wishOfForm();
  showFaults("");
  const missing = [
    !wish.prompt.trim() && { name: "prompt", reason: "Write what it is to be about first." },
    wish.publish && !wish["user-id"] && { name: "user-id", reason: "Publishing needs a user name." },
  ].filter(Boolean);
  if (missing.length) {
    showFaults("", missing);
    return;
  }
  composer.classList.add("sending");
  remember({ author: wish["user-id"] ?? "" });
  const { prompt } = composer.elements;
  if ((await send(wish, showFaults)) && prompt.value === wish.prompt) prompt.value = "";
  composer.classList.remove("sending");
}

// --- the feed ------------------------------------------------------------------------------------

/** Show a user's feed from the newest post on. */
function openFeed(user) {
  remember({ reader: user });
  byId("reader").value = user;
  const since = recall().seen[user];
  feed = { user, since, posts: [], shown: 0, fresh: 0, loaded: false, hurry: 0 };
  byId("posts").replaceChildren();
  write(byId("since"), "Loading …");
  refreshFeed();
}

/** Ask for posts later than the newest here, and put them on top. */
async function lookForNew() {
  const { user, newest } = feed;
  try {
    const posts = await ask("feed", { "user-id": user, ...(newest && { timestamp: newest }) });
    if (user !== feed.user || newest !== feed.newest) return 0; // it has changed meanwhile
    putOnTop(posts);
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    write(byId("since"), trouble.message);
  }
  return feed.hurry-- > 0 ? FEED_HURRY.pause : FEED_POLL;
}

/** Add later posts. New is what came since the last visit, or while this page was open. */
function putOnTop(posts) {
  const isNew = (post) => feed.loaded || (feed.since !== undefined && post.created_at > feed.since);
  const nodes = posts.map((post) => makePost(post, isNew(post)));
  if (posts.length) Object.assign(feed, { newest: posts[0].created_at, hurry: 0 });
  feed.fresh += posts.filter(isNew).length;
  feed.posts.unshift(...nodes);
  feed.shown += feed.loaded ? nodes.length : Math.min(nodes.length, PAGE_OF_POSTS);
  feed.loaded = true;
  byId("posts").prepend(...nodes.slice(0, feed.shown));
  byId("older").hidden = feed.shown >= feed.posts.length;
  write(byId("since"), sinceLastVisit());
  markSeen();
}

/** "2 new since your last visit." and the like. */
function sinceLastVisit() {
  if (!feed.posts.length) return "No posts yet. Publish one and it appears here.";
  if (feed.fresh) return `${feed.fresh} new since your last visit.`;
  return feed.since === undefined ? "Newest first." : "Nothing new since your last visit.";
}

/** Remember the newest post as seen, if the feed is in sight; else count what waits there. */
function markSeen() {
  const inSight = byId("posts").offsetParent !== null;
  if (inSight) remember({ seen: { ...recall().seen, [feed.user]: feed.newest ?? "" } });
  byId("unseen").hidden = inSight || !feed.fresh;
  write(byId("unseen"), `${feed.fresh} new`);
}

/** A post of the feed. */
function makePost({ id, title, content, imageUri, created_at: created }, isNew) {
  const { node, slots } = stamp("post");
  node.dataset.id = id;
  node.classList.toggle("is-new", isNew);
  slots.new.hidden = !isNew;
  slots.title.textContent = title;
  showTime(slots.time, created);
  slots.frame.append(imageUri ? picture(imageUri, title) : prose(content));
  if (imageUri && content) slots.caption.append(prose(content));
  return node;
}

/** Reveal the next page of posts that are already here. */
function showOlder() {
  byId("posts").append(...feed.posts.slice(feed.shown, feed.shown + PAGE_OF_POSTS));
  feed.shown = Math.min(feed.posts.length, feed.shown + PAGE_OF_POSTS);
  byId("older").hidden = feed.shown >= feed.posts.length;
}

/** Look again soon: a post of one's own is on its way. */
function hurryFeed() {
  feed.hurry = FEED_HURRY.times;
  refreshFeed();
}

// --- the frame around ----------------------------------------------------------------------------

/** Whether the service can do its work, in the top line; and below it, what is wrong. */
async function showStatus() {
  let state = "ready";
  let reasons = [];
  try {
    await ask("readyz");
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    const missing = Object.entries(trouble.answer.waiting_for ?? {});
    state = missing.length ? "waiting" : "away";
    reasons = missing.length ? missing : [["The service", `${trouble.message} This page tries again by itself.`]];
  }
  byId("status").dataset.state = state;
  const names = reasons.map(([name]) => name).join(", ");
  const words = { ready: "Ready", waiting: `Waiting for ${names}`, away: "Out of reach" };
  write(byId("status").firstElementChild, words[state]);
  byId("trouble").hidden = state === "ready";
  byId("trouble").dataset.state = state;
  fill(byId("reasons"), JSON.stringify(reasons), () => {
    const list = document.createDocumentFragment();
    for (const [name, reason] of reasons) list.append(element("dt", {}, name), element("dd", {}, reason));
    return list;
  });
  return state === "ready" ? STATUS_POLL : TROUBLED_STATUS_POLL;
}

/** On a narrow screen, one of the two views. */
function showView(view) {
  document.querySelector("main").dataset.view = view;
  for (const button of document.querySelectorAll("[data-view][aria-pressed]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
  markSeen();
}

/** Put an example into the composer. */
function tryExample({ target }) {
  if (!target.dataset.tag) return;
  composer.elements.prompt.value = target.textContent;
  composer.elements.tag.value = target.dataset.tag;
  composer.elements.prompt.focus();
}

let refreshFeed = () => {};
let checkStatus = () => {};
let askForAll = () => {};
composer.addEventListener("submit", submit);
composer.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) composer.requestSubmit();
});
composer.elements["user-id"].value = recall().author;
byId("gate").addEventListener("cancel", ({ target }) => (target.dataset.closed = "true"));
byId("gate").addEventListener("submit", takeKey);
byId("examples").addEventListener("click", tryExample);
byId("clear").addEventListener("click", clearList);
byId("older").addEventListener("click", showOlder);
byId("whose").addEventListener("submit", (event) => {
  event.preventDefault();
  const user = byId("reader").value.trim();
  if (user && user !== feed.user) openFeed(user);
  else refreshFeed();
});
byId("reader").addEventListener("change", () => byId("whose").requestSubmit());
document.querySelector(".views").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button) showView(button.dataset.view);
});

openFeed(recall().reader);
refreshFeed = repeat(lookForNew);
checkStatus = repeat(showStatus);
askForAll = repeat(pollUnfinished);
repeat(tick);
restore();
