// The feed: the posts of a user and of followed authors, newest first, and which of them are new.

import { byId, repeat, write } from "./studio.dom.js";
import { recall, remember } from "./studio.memory.js";
import { followFeed, microseconds } from "./studio.push.js";
import { attempt, headDays, makePost, showEdited } from "./studio.posts.js";
import { showRelations } from "./studio.relations.js";
import { Trouble, ask } from "./studio.service.js";
import { t } from "./studio.words.js";

const PAGE_OF_POSTS = 20;
const FEED_POLL_MS = 15_000; // while no stream brings what is new
const LIVE_FEED_POLL_MS = 300_000;

export let feed = {}; // see openFeed; `since` is the newest post that an earlier visit showed
export let refreshFeed = () => {};

/** Open the feed that was read last, and look for new posts from now on. */
export function startFeed() {
  openFeed(recall().reader);
  refreshFeed = repeat(lookForNew);
  whenOpened("taste", async (slot) => (await import("./studio.why.js")).showTaste(slot));
  whenOpened("readers", async (slot) => (await import("./studio.readers.js")).showAddresses(slot));
}

/** Show a user's feed from the newest post on. */
export function openFeed(user) {
  remember({ reader: user });
  byId("reader").value = user;
  for (const link of document.querySelectorAll("link[rel=alternate]")) {
    link.href = `./feed/authors/${encodeURIComponent(user)}/${link.dataset.form}`;
  }
  feed.stream?.stop();
  const since = recall().seen[user];
  feed = { user, since, rank: recall().rank, posts: [], fresh: 0, loaded: false };
  for (const choice of document.querySelectorAll("[name=rank]")) choice.checked = choice.value === feed.rank;
  byId("posts").replaceChildren();
  for (const id of ["taste", "readers"]) byId(id).open = false;
  write(byId("since"), t("shared.loading"));
  refreshFeed();
  showRelations();
}

/** Ask for posts later than the newest here, put them on top, and have later ones pushed. */
export async function lookForNew() {
  const opened = feed;
  const { newest } = feed;
  if (feed.rank === "recommended" && feed.loaded) return LIVE_FEED_POLL_MS; // a list is made once
  try {
    const marker = feed.loaded ? undefined : askMarker(feed);
    const { posts, next, served } = await ask(pageOf(newest && { timestamp: newest }));
    await marker;
    if (feed !== opened) return 0; // another feed was opened
    if (newest && next) {
      openFeed(feed.user); // more than a page came: there would be a gap
      return FEED_POLL_MS;
    }
    if (!feed.loaded) Object.assign(feed, { next, served });
    putOnTop(posts);
    showEnd();
    if (feed.rank === "recommended") return LIVE_FEED_POLL_MS;
    feed.stream ??= followFeed(feed.user, feed.newest ? microseconds(feed.newest) : 0, takeEvent);
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    write(byId("since"), trouble.message);
  }
  return feed.stream?.live ? LIVE_FEED_POLL_MS : FEED_POLL_MS;
}

/** The path of a page of the open feed. */
function pageOf(more) {
  return `feed?${new URLSearchParams({ "user-id": feed.user, rank: feed.rank, limit: PAGE_OF_POSTS, ...more })}`;
}

/** Show what was pushed: a post, one that was edited, or that one was deleted. */
function takeEvent({ name, data }) {
  if (name === "post") putOnTop([data]);
  if (name === "edited") showEdited(data);
  if (name === "removed") takeAway(data.id);
  showEnd();
}

/** Add later posts. Posts are new if they came since the last visit, or while this page was open. */
export function putOnTop(posts) {
  const isNew = (post) => feed.rank === "recent" && (feed.loaded || (feed.since !== undefined && post.created_at > feed.since));
  const known = new Set(feed.posts.map((node) => node.dataset.id));
  const later = posts.filter((post) => !known.has(post.id));
  const nodes = later.map((post) => makePost(post, isNew(post)));
  if (later.length) feed.newest = later[0].created_at;
  feed.fresh += later.filter(isNew).length;
  feed.posts.unshift(...nodes);
  feed.loaded = true;
  byId("posts").prepend(...nodes);
}

/** Remove a post that was deleted or hidden. */
export function takeAway(id) {
  const node = feed.posts.find(({ dataset }) => dataset.id === id);
  if (!node) return;
  feed.posts = feed.posts.filter((other) => other !== node);
  if (node.classList.contains("is-new")) feed.fresh -= 1;
  node.remove();
}

/** Show what there is besides the posts: whether there are older ones, and how many are new. */
export function showEnd() {
  headDays();
  byId("older").hidden = !feed.next;
  write(byId("since"), sinceLastVisit());
  markSeen();
}

/** "2 new since your last visit." and the like. */
export function sinceLastVisit() {
  if (!feed.posts.length) return t("feed.empty");
  if (feed.rank === "recommended") return t("feed.chosen", { user: feed.user });
  if (feed.fresh) return t("feed.new-since", { count: feed.fresh });
  return t(feed.since === undefined ? "feed.newest-first" : "feed.nothing-new");
}

/** Remember the newest post as seen if the feed is visible; else show how many are new. */
export function markSeen() {
  if (feed.rank === "recommended") return; // the first post is not the newest
  const inSight = byId("posts").offsetParent !== null;
  if (inSight) {
    remember({ seen: { ...recall().seen, [feed.user]: feed.newest ?? "" } });
    moveMarker(feed);
  }
  byId("unseen").hidden = inSight || !feed.fresh;
  write(byId("unseen"), t("feed.new-count", { count: feed.fresh }));
}

/** Keep on the server, for all devices, up to where the feed was seen. */
async function moveMarker(opened) {
  const { user, newest, marked } = opened;
  if (!newest || newest <= (marked ?? "")) return;
  opened.marked = newest;
  try {
    await ask("feed/marker", { "user-id": user, timestamp: newest }, "PUT");
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble; // this browser remembers it
  }
}

/** Up to where the feed was seen: on any device, or where that cannot be known in this browser. */
async function askMarker(opened) {
  try {
    const { timestamp } = await ask(`feed/marker?${new URLSearchParams({ "user-id": opened.user })}`);
    if (timestamp && timestamp > (opened.since ?? "")) Object.assign(opened, { since: timestamp, marked: timestamp });
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
  }
}

/** Fill a folded part of the feed when it is opened. */
function whenOpened(id, show) {
  byId(id).addEventListener("toggle", ({ target }) => target.open && attempt(() => show(target.querySelector("div"))));
}

/** Show the next page of older posts. */
export async function showOlder() {
  const opened = feed;
  byId("older").disabled = true;
  try {
    const { posts, next } = await ask(pageOf({ cursor: opened.next }));
    if (feed !== opened) return;
    feed.next = next;
    const nodes = posts.map((post) => makePost(post, false));
    feed.posts.push(...nodes);
    byId("posts").append(...nodes);
    showEnd();
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    write(byId("since"), trouble.message);
  } finally {
    byId("older").disabled = false;
  }
}

/** On a narrow screen, one of the two views; on a wide one they stand side by side. */
export function showView(view) {
  document.querySelector("main").dataset.view = view;
  for (const way of document.querySelectorAll(".views [data-view]")) {
    if (way.dataset.view === view) way.setAttribute("aria-current", "page");
    else way.removeAttribute("aria-current");
  }
  markSeen();
}
