// Follows requests by one stream for all of them, and for all windows of this browser: browsers open
// six connections to a server, for all of their windows together.

import { events } from "./studio.stream.js";

const MOST = 100; // requests that the service takes in one stream
const FIRST_PAUSE = 300; // milliseconds until the stream is tried again; doubles
const LONGEST_PAUSE = 5000;
export const ENDS = new Set(["completed", "failed", "cancelled", "expired", "problem"]);

/** One stream for a changing set of requests. `tell` gets each event as { request, id, event, data },
 * and { hearing } when the stream begins, breaks, or is asked about. */
export class Stream {
  #root;
  #tell;
  #key = "";
  #last = new Map(); // by request: the id of the last event that came, null for none
  #hearing = false;
  #restart = () => {};
  #running = false;

  constructor(root, tell) {
    this.#root = root;
    this.#tell = tell;
  }

  /** Follow these requests and no others: pairs of an id and the last event that is known of it,
   * null for none, undefined where it does not matter. */
  follow(wanted, key) {
    const ids = new Set(wanted.map(([id]) => id));
    let changed = key !== this.#key;
    this.#key = key;
    for (const id of [...this.#last.keys()]) if (!ids.has(id)) this.#last.delete(id);
    for (const [id, last] of wanted) {
      const known = this.#last.get(id);
      const isBehind = last === null ? known !== null : last !== undefined && Number(last) < Number(known);
      if (known !== undefined && !isBehind) continue;
      this.#last.set(id, last ?? null);
      changed = true;
    }
    if (changed || !this.#last.size) this.#restart();
    else this.#tell({ hearing: this.#hearing });
    if (!this.#running && this.#last.size) this.#run();
  }

  async #run() {
    this.#running = true;
    let pause = FIRST_PAUSE;
    while (this.#last.size) {
      const stop = new AbortController();
      let restarted = false;
      let rest = () => {};
      this.#restart = () => {
        restarted = true;
        stop.abort();
        rest();
      };
      if (await this.#listen(stop)) pause = FIRST_PAUSE;
      this.#hearing = false;
      if (restarted || !this.#last.size) continue;
      this.#tell({ hearing: false });
      await new Promise((resolve) => {
        rest = resolve;
        setTimeout(resolve, pause);
      });
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
    this.#running = false;
  }

  /** Pass events on until the stream ends; whether there were any. */
  async #listen(stop) {
    const ids = [...this.#last.keys()].slice(0, MOST);
    let heard = false;
    const options = {
      last: ids.map((id) => this.#last.get(id) ?? "").join(","),
      headers: this.#key ? { Authorization: `Bearer ${this.#key}` } : {},
      stop,
      opened: () => this.#tell({ hearing: (this.#hearing = true) }),
    };
    try {
      const address = new URL(`content/events?ids=${ids.join(",")}`, this.#root);
      for await (const { data } of events(address, options)) {
        heard = true;
        if (!this.#last.has(data.request)) continue; // not wanted any more
        if (ENDS.has(data.event)) this.#last.delete(data.request);
        else this.#last.set(data.request, data.id);
        this.#tell(data);
      }
    } catch (trouble) {
      if (!(trouble instanceof Response)) return heard; // it broke
      if (trouble.status === 404 || trouble.status === 410) this.#lose(ids, trouble.status);
    }
    return heard;
  }

  /** None of these is there. */
  #lose(ids, status) {
    for (const request of ids) {
      this.#last.delete(request);
      this.#tell({ request, event: "problem", data: { status } });
    }
  }
}

/** A function as `Stream.follow`, over the stream that all windows share. Nothing is started before
 * there is something to follow. */
export function follower(root, tell) {
  let stream;
  return (wanted, key) => {
    if (!stream && !wanted.length) return;
    stream ??= sharedIfAllowed(root, tell);
    stream.follow(wanted, key);
  };
}

/** The stream of all windows; one of this window's own where a browser has no shared workers, or
 * allows none. */
function sharedIfAllowed(root, tell) {
  try {
    return new SharedStream(root, tell);
  } catch {
    return new Stream(root, tell);
  }
}

/** The stream of the worker; if that cannot be had, a `Stream`. */
class SharedStream {
  #port;
  #own;
  #latest = [];

  constructor(root, tell) {
    const worker = new SharedWorker(new URL("studio.worker.js", root), { type: "module" });
    worker.addEventListener("error", () => {
      this.#own = new Stream(root, tell);
      this.#own.follow(...this.#latest);
    });
    this.#port = worker.port;
    this.#port.addEventListener("message", ({ data }) => tell(data));
    this.#port.start();
  }

  follow(wanted, key) {
    this.#latest = [wanted, key];
    if (this.#own) this.#own.follow(wanted, key);
    else this.#port.postMessage({ wanted, key });
  }
}
