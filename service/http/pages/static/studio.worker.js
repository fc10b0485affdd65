// The stream that all windows of a browser share: each says what it follows, and gets its events.

import { ENDS, Stream } from "./studio.follow.js";

const ROOT = new URL(".", import.meta.url);
const windows = new Map(); // by port: { key, ids }
const streams = new Map(); // by key: a Stream

addEventListener("connect", ({ ports: [port] }) => {
  port.addEventListener("message", ({ data: { wanted, key } }) => {
    const before = windows.get(port);
    windows.set(port, { key, ids: new Set(wanted.map(([id]) => id)) });
    if (before && before.key !== key) refresh(before.key, []);
    refresh(key, wanted);
  });
  port.start();
});

/** Have the stream of a key follow what its windows follow; `wanted` is of the one that has spoken. */
function refresh(key, wanted) {
  if (!streams.has(key)) streams.set(key, new Stream(ROOT, (news) => tell(key, news)));
  const all = new Map([...windows.values()].filter((one) => one.key === key)
    .flatMap(({ ids }) => [...ids]).map((id) => [id, undefined]));
  for (const [id, last] of wanted) all.set(id, last);
  streams.get(key).follow([...all], key);
  if (!all.size) streams.delete(key);
}

/** Tell the windows that follow a request, or all that follow any. */
function tell(key, news) {
  const isOver = ENDS.has(news.event);
  for (const [port, { key: its, ids }] of windows) {
    if (its !== key || !(news.request ? ids.has(news.request) : ids.size)) continue;
    port.postMessage(news);
    if (isOver) ids.delete(news.request); // a window that was closed without a word asks no more
  }
}
