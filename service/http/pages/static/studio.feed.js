// The feed: the posts of a user, newest first, and which of them are new.

import { byId, picture, prose, repeat, showTime, stamp, write } from "./studio.dom.js";
import { recall, remember } from "./studio.memory.js";
import { Trouble, ask } from "./studio.service.js";

const PAGE_OF_POSTS = 20;
const FEED_POLL_MS = 15_000;
const FEED_HURRY = { pauseMs: 400, times: 10 }; // a finished post reaches its feed a moment later

export let feed = {}; // see openFeed; `since` is the newest post that an earlier visit showed
export let refreshFeed = () => {};

/** Open the feed that was read last, and look for new posts from now on. */
export function startFeed() {
  openFeed(recall().reader);
  refreshFeed = repeat(lookForNew);
}

/** Show a user's feed from the newest post on. */
export function openFeed(user) {
  remember({ reader: user });
  byId("reader").value = user;
  for (const link of document.querySelectorAll("link[rel=alternate]")) {
    link.href = `./feed/authors/${encodeURIComponent(user)}/${link.dataset.form}`;
  }
  const since = recall().seen[user];
  feed = { user, since, posts: [], shown: 0, fresh: 0, loaded: false, hurry: 0 };
  byId("posts").replaceChildren();
  write(byId("since"), "Loading …");
  refreshFeed();
}

/** Ask for posts later than the newest here, and put them on top. */
export async function lookForNew() {
  const { user, newest } = feed;
  try {
    const posts = await ask("feed", { "user-id": user, ...(newest && { timestamp: newest }) });
    if (user !== feed.user || newest !== feed.newest) return 0; // another feed was opened
    putOnTop(posts);
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    write(byId("since"), trouble.message);
  }
  return feed.hurry-- > 0 ? FEED_HURRY.pauseMs : FEED_POLL_MS;
}

/** Add later posts. Posts are new if they came since the last visit, or while this page was open. */
export function putOnTop(posts) {
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
export function sinceLastVisit() {
  if (!feed.posts.length) return "No posts yet. Publish one and it appears here.";
  if (feed.fresh) return `${feed.fresh} new since your last visit.`;
  return feed.since === undefined ? "Newest first." : "Nothing new since your last visit.";
}

/** Remember the newest post as seen if the feed is visible; else show how many are new. */
export function markSeen() {
  const inSight = byId("posts").offsetParent !== null;
  if (inSight) remember({ seen: { ...recall().seen, [feed.user]: feed.newest ?? "" } });
  byId("unseen").hidden = inSight || !feed.fresh;
  write(byId("unseen"), `${feed.fresh} new`);
}

/** A post of the feed. */
export function makePost({ id, title, content, imageUri, created_at: created }, isNew) {
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
export function showOlder() {
  byId("posts").append(...feed.posts.slice(feed.shown, feed.shown + PAGE_OF_POSTS));
  feed.shown = Math.min(feed.posts.length, feed.shown + PAGE_OF_POSTS);
  byId("older").hidden = feed.shown >= feed.posts.length;
}

/** Look for new posts more often for some seconds: the visitor's own post is on its way. */
export function hurryFeed() {
  feed.hurry = FEED_HURRY.times;
  refreshFeed();
}

/** On a narrow screen, one of the two views. */
export function showView(view) {
  document.querySelector("main").dataset.view = view;
  for (const button of document.querySelectorAll("[data-view][aria-pressed]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
  markSeen();
}
