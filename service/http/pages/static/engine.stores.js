// The streams with their consumers, and the database, Redis and the event loop.

import { byId, element, fill } from "./studio.dom.js";
import { count, explain, facts, folded, lasting, nothing, refill, size, spread, table, together } from "./engine.parts.js";

/** Show the streams of a status. */
export function showStreams({ streams }) {
  const key = streams && Object.entries(streams).map(([name, of]) => [name, of.length, of.pending, Object.entries(of.consumers)]);
  refill(byId("streams"), JSON.stringify(key), () => {
    if (!streams) return nothing("Redis does not answer.");
    const rows = Object.entries(streams).map(([name, { length, group, pending, consumers }]) => [
      name,
      count(length),
      count(pending),
      group,
      consumersOf(name, consumers),
    ]);
    return table("Streams", ["Stream", "Length", "Pending", "Group", "Consumers"], rows);
  });
}

function consumersOf(stream, consumers) {
  const all = Object.entries(consumers);
  if (!all.length) return "none";
  const list = element("ul", { className: "consumers" });
  for (const [name, { pending, idle_seconds: idle }] of all) {
    const words = `${name.split(".").pop()}: ${count(pending)} pending, idle ${lasting(idle)}`;
    list.append(explain(element("li", {}, words), "Idle"));
  }
  if (all.length <= 4) return list;
  return folded(stream, `${all.length} consumers`, list);
}

/** Show database, Redis and event loop of a status. */
export function showStores({ database, redis, event_loop_lag: lag, connections, feeds, dead_letters: dead }) {
  const panels = {
    SQLite: {
      Commits: count(database.commits),
      "Failed commits": count(database.failed_commits),
      "Rows a commit": count(database.rows_per_commit),
      "Database size": size(database.bytes),
      "Dead letters": count(dead),
    },
    [redis.reachable ? `Redis (${redis.version})` : "Redis does not answer"]: {
      "Redis memory": size(redis.memory_bytes),
      "Redis clients": count(redis.clients),
      Reconnects: count(redis.reconnects),
    },
    "This process": {
      "Loop lag": spread(lag, "p99"),
      Connections: count(connections.open),
      "Event streams": count(connections.sse + connections.websocket),
      "Feeds on the way": count(feeds.fanouts),
    },
  };
  const bad = database.failed_commits ? ["Failed commits"] : [];
  fill(byId("stores"), JSON.stringify(panels), () => together(
    ...Object.entries(panels).map(([title, values]) =>
      element("article", { className: "panel" }, element("h3", {}, title), facts(values, bad))),
  ));
}
