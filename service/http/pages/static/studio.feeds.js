// The streams of feeds: one for each user and key, for all windows that have the feed open. As a shared
// worker it gets { user, after, key } from a window, or {} when the window needs it no more.

import { events } from "./studio.stream.js";

const AGAIN_MS = 3000;

/** One stream. `emit` gets { isOpen } and each event as { id, name, data }; a refused stream is not
 * tried again, an interrupted one goes on where it ended. */
export class FeedStream {
  #address;
  #key;
  #emit;
  #last = Infinity;
  #connection;
  #timer;
  isOpen = false;

  constructor(root, { user, key }, emit) {
    this.#address = new URL(`feed/events?user-id=${encodeURIComponent(user)}`, root);
    this.#key = key;
    this.#emit = emit;
  }

  /** Have the events after this microsecond, too. */
  from(after) {
    if (after >= this.#last) {
      this.#emit({ isOpen: this.isOpen });
      return;
    }
    this.#last = after;
    this.#connect();
  }

  async #connect() {
    this.close();
    const mine = (this.#connection = new AbortController());
    const headers = this.#key ? { Authorization: `Bearer ${this.#key}` } : {};
    try {
      const opened = () => this.#tell(true);
      const options = { last: String(this.#last), headers, stop: mine, opened };
      for await (const { id, name, data } of events(this.#address, options)) {
        if (mine !== this.#connection) return;
        this.#last = Number(id);
        this.#emit({ id, name, data });
      }
    } catch (refusal) {
      if (refusal instanceof Response && refusal.status < 500) return;
    }
    if (mine !== this.#connection) return; // closed, or a newer one has begun
    this.#tell(false);
    this.#timer = setTimeout(() => this.#connect(), AGAIN_MS);
  }

  #tell(isOpen) {
    this.isOpen = isOpen;
    this.#emit({ isOpen });
  }

  close() {
    clearTimeout(this.#timer);
    const ended = this.#connection;
    this.#connection = undefined;
    this.isOpen = false;
    ended?.abort();
  }
}

const streams = new Map(); // by key and user: { stream, ports }

globalThis.addEventListener?.("connect", ({ ports: [port] }) => {
  let leave = () => {};
  port.addEventListener("message", ({ data: wanted }) => {
    leave();
    leave = wanted.user === undefined ? () => {} : join(port, wanted);
  });
  port.start();
});

/** Let a window have the events of a feed; returns what ends that. */
function join(port, wanted) {
  const name = JSON.stringify([wanted.key, wanted.user]);
  if (!streams.has(name)) {
    const ports = new Set();
    const emit = (message) => ports.forEach((each) => each.postMessage(message));
    streams.set(name, { ports, stream: new FeedStream(new URL(".", import.meta.url), wanted, emit) });
  }
  const { ports, stream } = streams.get(name);
  ports.add(port);
  stream.from(wanted.after);
  return () => {
    ports.delete(port);
    if (ports.size) return;
    stream.close();
    streams.delete(name);
  };
}
