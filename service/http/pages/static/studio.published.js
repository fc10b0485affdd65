// Which requests of this browser are published, or will be: the records of requests do not say it.

import { recall, remember } from "./studio.memory.js";
import { now } from "./studio.service.js";
import { dateTime, t } from "./studio.words.js";

/** The post of a request: { user, at }, with `at` if it was to come later; undefined without one. */
export const postOf = (record) => recall().posts[record.id] ?? (record.publish ? { user: record.user_id } : undefined);

/** Whether a request is published by now. */
export function isPublished(record) {
  const post = record.status === "completed" && postOf(record);
  return Boolean(post) && (!post.at || Date.parse(post.at) <= now());
}

/** "Comes on 5 May, 09:00", if it is published later. */
export function stateOfPost(record) {
  const post = recall().posts[record.id];
  if (!post?.at || isPublished(record)) return undefined;
  return t("finish.comes", { when: dateTime(post.at) });
}

/** Remember what was published, of the requests that this browser still shows. */
export function rememberPost(id, post) {
  const { requests, posts } = recall();
  remember({ posts: onlyOf([id, ...requests], { ...posts, [id]: post }) });
}

/** The draft of a post: what was typed and not sent. */
export const draftOf = (id) => recall().drafts[id];

/** Remember a draft; `undefined` forgets it. */
export function rememberDraft(id, draft) {
  const { requests, drafts } = recall();
  remember({ drafts: onlyOf([id, ...requests], { ...drafts, [id]: draft }) });
}

/** The entries with these ids. */
const onlyOf = (ids, all) => Object.fromEntries(Object.entries(all).filter(([id, value]) => value && ids.includes(id)));
