// What happens in a feed, as it happens. The windows of a browser share one stream for each feed, in a
// shared worker: browsers have six connections for all windows.

import { FeedStream } from "./studio.feeds.js";
import { ROOT, currentKey } from "./studio.service.js";

/** The microsecond of a post: its place among the events of feeds. */
export const microseconds = (created) => Date.parse(`${created.slice(0, 23)}Z`) * 1000 + Number(created.slice(23, 26));

/** Give `take` each event of a user's feed after a microsecond, while the page is visible. Returns the
 * stream: whether it is live, and what stops it. */
export function followFeed(user, after, take) {
  const stream = { live: false, stop };
  let last = after;
  let close = () => {};

  function takeMessage({ isOpen, id, name, data }) {
    if (isOpen !== undefined) stream.live = isOpen;
    if (id === undefined || Number(id) <= last) return;
    last = Number(id);
    take({ name, data });
  }

  function open() {
    close();
    close = () => {};
    if (!document.hidden) close = listen({ user, after: last, key: currentKey() }, takeMessage);
    else stream.live = false;
  }

  function stop() {
    document.removeEventListener("visibilitychange", open);
    removeEventListener("pagehide", stop);
    close();
  }

  document.addEventListener("visibilitychange", open);
  addEventListener("pagehide", stop); // a worker does not notice that a window is closed
  open();
  return stream;
}

/** Take the messages about a feed from the shared worker, or without one from a stream in this window.
 * Returns what ends it. */
function listen(wanted, takeMessage) {
  let close;
  const listenHere = () => {
    const stream = new FeedStream(ROOT, wanted, takeMessage);
    stream.from(wanted.after);
    close = () => stream.close();
  };
  try {
    const worker = new SharedWorker(new URL("studio.feeds.js", ROOT), { type: "module" });
    worker.addEventListener("error", listenHere);
    worker.port.addEventListener("message", ({ data }) => takeMessage(data));
    worker.port.start();
    worker.port.postMessage(wanted);
    close = () => {
      worker.port.postMessage({});
      worker.port.close();
    };
  } catch {
    listenHere(); // no shared workers here
  }
  return () => close();
}
