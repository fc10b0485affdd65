// A post in the feed, and what can be done with it.

import { actButtons } from "./studio.acts.js";
import { action, byId, confirmed, element, picture, prose, say, showTime, stamp, write } from "./studio.dom.js";
import { feed, showEnd, takeAway } from "./studio.feed.js";
import { relationButtons } from "./studio.relations.js";
import { Trouble, now } from "./studio.service.js";
import { dayOf, relative, t } from "./studio.words.js";

const CONTROLS = "a, button";

/** A post of the feed. A text is not repeated where the title is its beginning. */
export function makePost(post, isNew) {
  const { id, title, content, imageUri, created_at: created, author, subjects, alt, reason } = post;
  const { node, slots } = stamp("post");
  const rest = content.startsWith(title) ? content.slice(title.length).trim() : content;
  node.dataset.id = id;
  node.classList.toggle("is-new", isNew);
  slots.new.hidden = !isNew;
  slots.title.textContent = title;
  slots.author.hidden = author === feed.user;
  slots.author.textContent = author;
  showTime(slots.time, created);
  slots.link.href = `./feed/posts/${encodeURIComponent(id)}`;
  node.dataset.day = new Date(created).toDateString();
  slots.title.classList.toggle("unseen", !imageUri && rest !== content); // the text begins with it
  const shown = imageUri ? picture(imageUri, title) : prose(content);
  if (imageUri && alt) shown.alt = alt;
  slots.frame.append(shown);
  if (imageUri && rest) slots.caption.append(prose(rest));
  slots.reason.hidden = !reason;
  slots.reason.textContent = reason?.text;
  if (author === feed.user) slots.actions.append(linkButton(slots.link), ...ownButtons(post, node));
  else slots.actions.append(...actButtons(id), linkButton(slots.link), whyButton(id, node), ...relationButtons({ author, subjects }));
  return node;
}

/** Show a post as it is after an edit, unless it is being edited here. */
export function showEdited(post) {
  const node = feed.posts.find(({ dataset }) => dataset.id === post.id);
  if (!node || node.querySelector("form")) return;
  const made = makePost(post, node.classList.contains("is-new"));
  feed.posts = feed.posts.map((each) => (each === node ? made : each));
  const focused = [...node.querySelectorAll(CONTROLS)].indexOf(document.activeElement);
  node.replaceWith(made);
  made.querySelectorAll(CONTROLS)[focused]?.focus();
}

/** Head the posts of each day with its name; a recommended list is in no order of time. */
export function headDays() {
  for (const head of byId("posts").querySelectorAll(".day")) head.remove();
  if (feed.rank === "recommended") return;
  let day;
  for (const node of feed.posts) {
    if (node.dataset.day !== day) node.before(element("li", { className: "day" }, element("h3", {}, dayName(node.dataset.day))));
    ({ day } = node.dataset);
  }
}

/** "Today", "Yesterday", or the date. */
function dayName(day) {
  const passed = Math.round((new Date(new Date(now()).toDateString()) - new Date(day)) / 86_400_000);
  return passed >= 0 && passed < 2 ? relative(passed, "day") : dayOf(day);
}

function linkButton(link) {
  const button = action(t("feed.copy-link"), t("feed.copy-link"), async () => {
    try {
      await navigator.clipboard.writeText(link.href);
      say(t("feed.link-copied"));
      write(button, t("feed.link-copied"));
    } catch {
      location.assign(link.href); // the browser forbids it: the address bar has the link
    }
  });
  return button;
}

function whyButton(id, node) {
  return action(t("feed.why"), t("feed.why-post"), () => attempt(async () => (await import("./studio.why.js")).explain(id, node)));
}

/** The buttons of one's own post: edit it in its place, and delete it. */
function ownButtons(post, node) {
  const edit = action(t("feed.edit"), t("feed.edit-post", { title: post.title }), () => attempt(async () => {
    const own = await import("./studio.own.js");
    own.edit(post, node, (edited) => {
      node.querySelector("form").remove();
      edit.focus();
      if (edited) showEdited(edited);
    });
  }));
  const remove = confirmed(t("feed.delete"), t("feed.delete-sure"), () => attempt(async () => {
    await (await import("./studio.own.js")).remove(post.id);
    const place = feed.posts.indexOf(node);
    const hadFocus = node.contains(document.activeElement);
    takeAway(post.id);
    showEnd();
    if (hadFocus) ((feed.posts[place] ?? feed.posts.at(-1))?.querySelector(CONTROLS) ?? byId("reader")).focus();
    say(t("feed.deleted"));
  }));
  remove.title = t("feed.delete-post", { title: post.title });
  return [edit, remove];
}

/** Do something; what the service says against it stands above the posts. */
export async function attempt(act) {
  try {
    await act();
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    write(byId("since"), trouble.message);
    say(trouble.message);
  }
}
