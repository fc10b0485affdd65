// What the user of the open feed does with posts: like and hide.

import { action, say, write, byId } from "./studio.dom.js";
import { feed, takeAway } from "./studio.feed.js";
import { Trouble, ask } from "./studio.service.js";
import { t } from "./studio.words.js";

/** The buttons of a post: like it, and take that back; hide it. */
export function actButtons(id) {
  const like = action(t("feed.like"), t("feed.like-post"), async () => {
    const isLiked = like.getAttribute("aria-pressed") === "true";
    if (await act(id, isLiked ? "unlike" : "like")) like.setAttribute("aria-pressed", String(!isLiked));
  });
  like.setAttribute("aria-pressed", "false");
  const hide = action(t("feed.hide"), t("feed.hide-post"), async () => {
    if (!(await act(id, "hide"))) return;
    takeAway(id);
    say(t("feed.hidden"));
  });
  return [like, hide];
}

/** Tell the service; returns whether it was taken. */
async function act(id, kind) {
  try {
    await ask("feed/events", { "user-id": feed.user, "post-id": id, kind, ...(feed.served && { served: feed.served }) });
    return true;
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    write(byId("since"), trouble.message);
    return false;
  }
}
