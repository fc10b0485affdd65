// Whom the user of the open feed follows, and whom and what the user mutes.

import { action, byId, element, say, write } from "./studio.dom.js";
import { feed, openFeed } from "./studio.feed.js";
import { Trouble, ask } from "./studio.service.js";
import { t } from "./studio.words.js";

const MOST_NAMES = 100;
const SAID = {
  "POST follow": "feed.followed",
  "DELETE follow": "feed.unfollowed",
  "POST mute": "feed.muted",
  "DELETE mute": "feed.unmuted",
};

/** Follow or mute, or undo it, and show the feed that follows from it. */
export async function relate(method, path, change) {
  write(byId("follow-fault"), "");
  try {
    await ask(`feed/${path}`, { "user-id": feed.user, ...change }, method);
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    write(byId("follow-fault"), trouble.message);
    byId("follow-fault").hidden = false;
    byId("follows").open = true;
    return false;
  }
  byId("follow-fault").hidden = true;
  openFeed(feed.user);
  await showRelations();
  say(t(SAID[`${method} ${path}`]));
  return true;
}

/** List what the user follows and mutes, if the list is open. */
export async function showRelations() {
  if (!byId("follows").open) return;
  const { user } = feed;
  const query = `user-id=${encodeURIComponent(user)}&limit=${MOST_NAMES}`;
  try {
    const [followed, muted] = await Promise.all([ask(`feed/follow?${query}`), ask(`feed/mute?${query}`)]);
    if (user !== feed.user) return;
    byId("relations").replaceChildren(
      ...followed.authors.map((name) => row(name, "feed.unfollow", "follow", { "author-id": name })),
      ...muted.authors.map((name) => row(name, "feed.unmute", "mute", { "author-id": name })),
      ...muted.subjects.map((name) => row(`#${name}`, "feed.unmute", "mute", { subject: name })),
    );
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    write(byId("follow-fault"), trouble.message);
    byId("follow-fault").hidden = false;
  }
}

/** A name with a button that undoes the relation to it. */
function row(name, words, path, change) {
  const button = action(t(words), t(`${words}-name`, { name }), () => relate("DELETE", path, change));
  return element("li", {}, element("span", {}, name), button);
}

/** The buttons of another author's post: unfollow, mute the author, mute a subject. In a recommended
 * list the author may not be followed yet. */
export function relationButtons({ author, subjects }) {
  const about = { "author-id": author };
  return [
    feed.rank === "recommended"
      ? action(t("feed.follow"), t("feed.follow-name", { name: author }), () => relate("POST", "follow", about))
      : action(t("feed.unfollow"), t("feed.unfollow-name", { name: author }), () => relate("DELETE", "follow", about)),
    action(t("feed.mute"), t("feed.mute-name", { name: author }), () => relate("POST", "mute", about)),
    ...subjects.map((name) => action(`#${name}`, t("feed.mute-subject", { name: `#${name}` }), () => relate("POST", "mute", { subject: name }))),
  ];
}

/** Make the list work. */
export function startRelations() {
  byId("follows").addEventListener("toggle", showRelations);
  byId("follow").addEventListener("submit", async (event) => {
    event.preventDefault();
    const { value } = byId("followed");
    if (value.trim() && (await relate("POST", "follow", { "author-id": value.trim() }))) byId("followed").value = "";
  });
}
