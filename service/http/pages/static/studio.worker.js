// The event stream that all windows of a browser share: each posts what it follows, and gets its events.

import { ENDS, Stream } from "./studio.follow.js";

const ROOT = new URL(".", import.meta.url);
const windows = new Map(); // by port: { key, ids }
const streams = new Map(); // by key: a Stream

addEventListener("connect", ({ ports: [port] }) => {
  port.addEventListener("message", ({ data: { requests, key } }) => {
    const before = windows.get(port);
    windows.set(port, { key, ids: new Set(requests.map(([id]) => id)) });
    if (before && before.key !== key) refresh(before.key, []);
    refresh(key, requests);
  });
  port.start();
});

/** Let the stream of a key follow what its windows follow; `requests` are those of the window that
 * posted last. */
function refresh(key, requests) {
  if (!streams.has(key)) streams.set(key, new Stream(ROOT, (event) => post(key, event)));
  const all = new Map([...windows.values()].filter((window) => window.key === key)
    .flatMap(({ ids }) => [...ids]).map((id) => [id, undefined]));
  for (const [id, last] of requests) all.set(id, last);
  streams.get(key).follow([...all], key);
  if (!all.size) streams.delete(key);
}

/** Post an event to the windows that follow its request, or to all that follow any. */
function post(key, event) {
  const isOver = ENDS.has(event.event);
  for (const [port, { key: its, ids }] of windows) {
    if (its !== key || !(event.request ? ids.has(event.request) : ids.size)) continue;
    port.postMessage(event);
    if (isOver) ids.delete(event.request); // a window that was closed does not keep the stream open
  }
}
