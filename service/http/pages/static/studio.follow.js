// One event stream for all followed requests and all windows of this browser: browsers open only
// six connections to a server, for all windows together.

import { events } from "./studio.stream.js";

const MAX_FOLLOWED = 100; // requests that the service accepts in one stream
const FIRST_PAUSE_MS = 300; // until the stream is opened again; doubles
const MAX_PAUSE_MS = 5000;
export const ENDS = new Set(["completed", "failed", "cancelled", "expired", "problem"]);

/** One stream for a changing set of requests. `emit` gets each event as { request, id, event, data },
 * and { isOpen } when the stream opens, breaks, or already follows these requests. */
export class Stream {
  #root;
  #emit;
  #key = "";
  #last = new Map(); // by request: the id of its last event, null for none
  #isOpen = false;
  #restart = () => {};
  #running = false;

  constructor(root, emit) {
    this.#root = root;
    this.#emit = emit;
  }

  /** Follow these requests and no others: pairs of an id and its last known event, null for none,
   * undefined where it does not matter. */
  follow(requests, key) {
    const ids = new Set(requests.map(([id]) => id));
    let changed = key !== this.#key;
    this.#key = key;
    for (const id of [...this.#last.keys()]) if (!ids.has(id)) this.#last.delete(id);
    for (const [id, last] of requests) {
      const known = this.#last.get(id);
      const isBehind = last === null ? known !== null : last !== undefined && Number(last) < Number(known);
      if (known !== undefined && !isBehind) continue;
      this.#last.set(id, last ?? null);
      changed = true;
    }
    if (changed || !this.#last.size) this.#restart();
    else this.#emit({ isOpen: this.#isOpen });
    if (!this.#running && this.#last.size) this.#run();
  }

  async #run() {
    this.#running = true;
    let pause = FIRST_PAUSE_MS;
    while (this.#last.size) {
      const stop = new AbortController();
      let restarted = false;
      let rest = () => {};
      this.#restart = () => {
        restarted = true;
        stop.abort();
        rest();
      };
      if (await this.#listen(stop)) pause = FIRST_PAUSE_MS;
      this.#isOpen = false;
      if (restarted || !this.#last.size) continue;
      this.#emit({ isOpen: false });
      await new Promise((resolve) => {
        rest = resolve;
        setTimeout(resolve, pause);
      });
      pause = Math.min(2 * pause, MAX_PAUSE_MS);
    }
    this.#running = false;
  }

  /** Emit events until the stream ends; returns whether there were any. */
  async #listen(stop) {
    const ids = [...this.#last.keys()].slice(0, MAX_FOLLOWED);
    let hasEvents = false;
    const options = {
      last: ids.map((id) => this.#last.get(id) ?? "").join(","),
      headers: this.#key ? { Authorization: `Bearer ${this.#key}` } : {},
      stop,
      opened: () => this.#emit({ isOpen: (this.#isOpen = true) }),
    };
    try {
      const address = new URL(`content/events?ids=${ids.join(",")}`, this.#root);
      for await (const { data } of events(address, options)) {
        hasEvents = true;
        if (!this.#last.has(data.request)) continue; // not followed any more
        if (ENDS.has(data.event)) this.#last.delete(data.request);
        else this.#last.set(data.request, data.id);
        this.#emit(data);
      }
    } catch (trouble) {
      if (!(trouble instanceof Response)) return hasEvents; // the connection broke
      if (trouble.status === 404 || trouble.status === 410) this.#lose(ids, trouble.status);
    }
    return hasEvents;
  }

  /** Report that none of these requests exists. */
  #lose(ids, status) {
    for (const request of ids) {
      this.#last.delete(request);
      this.#emit({ request, event: "problem", data: { status } });
    }
  }
}

/** A function like `Stream.follow`, over the stream that all windows share; it is opened at the
 * first request to follow. */
export function follower(root, emit) {
  let stream;
  return (requests, key) => {
    if (!stream && !requests.length) return;
    stream ??= sharedIfAllowed(root, emit);
    stream.follow(requests, key);
  };
}

/** The stream of all windows; a separate one where the browser has or allows no shared workers. */
function sharedIfAllowed(root, emit) {
  try {
    return new SharedStream(root, emit);
  } catch {
    return new Stream(root, emit);
  }
}

/** The stream of the shared worker; a `Stream` if the worker fails to start. */
class SharedStream {
  #port;
  #own;
  #latest = [];

  constructor(root, emit) {
    const worker = new SharedWorker(new URL("studio.worker.js", root), { type: "module" });
    worker.addEventListener("error", () => {
      this.#own = new Stream(root, emit);
      this.#own.follow(...this.#latest);
    });
    this.#port = worker.port;
    this.#port.addEventListener("message", ({ data }) => emit(data));
    this.#port.start();
  }

  follow(requests, key) {
    this.#latest = [requests, key];
    if (this.#own) this.#own.follow(requests, key);
    else this.#port.postMessage({ requests, key });
  }
}
