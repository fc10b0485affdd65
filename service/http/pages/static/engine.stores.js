// The streams with their consumers, and the database, Redis and the event loop.

import { byId, element, fill } from "./studio.dom.js";
import { t } from "./studio.words.js";
import { count, explain, facts, folded, lasting, nothing, refill, size, spread, table, together } from "./engine.parts.js";

/** Show the streams of a status. */
export function showStreams({ streams }) {
  const key = streams && Object.entries(streams).map(([name, of]) => [name, of.length, of.pending, Object.entries(of.consumers)]);
  refill(byId("streams"), JSON.stringify(key), () => {
    if (!streams) return nothing(t("engine.no-redis"));
    const rows = Object.entries(streams).map(([name, { length, group, pending, consumers }]) => [
      name,
      count(length),
      count(pending),
      group,
      consumersOf(name, consumers),
    ]);
    return table(t("engine.streams"), ["stream", "length", "pending", "group", "consumers"], rows);
  });
}

function consumersOf(stream, consumers) {
  const all = Object.entries(consumers);
  if (!all.length) return t("engine.no-consumers");
  const list = element("ul", { className: "consumers" });
  for (const [name, { pending, idle_seconds: idle }] of all) {
    const words = t("engine.consumer", { name: name.split(".").pop(), pending, idle: lasting(idle) });
    list.append(explain(element("li", {}, words), "idle"));
  }
  if (all.length <= 4) return list;
  return folded(stream, t("engine.consumers", { count: all.length }), list);
}

/** Show database, Redis and event loop of a status. */
export function showStores({ database, redis, event_loop_lag: lag, connections, feeds, dead_letters: dead }) {
  const panels = {
    SQLite: {
      commits: count(database.commits),
      "failed-commits": count(database.failed_commits),
      "rows-a-commit": count(database.rows_per_commit),
      "database-size": size(database.bytes),
      "dead-letters": count(dead),
    },
    [redis.reachable ? `Redis (${redis.version})` : t("engine.no-redis-title")]: {
      "redis-memory": size(redis.memory_bytes),
      "redis-clients": count(redis.clients),
      reconnects: count(redis.reconnects),
    },
    [t("engine.process")]: {
      "loop-lag": spread(lag, "p99"),
      connections: count(connections.open),
      "event-streams": count(connections.sse + connections.websocket),
      "feeds-on-the-way": count(feeds.fanouts),
    },
  };
  const bad = database.failed_commits ? ["failed-commits"] : [];
  fill(byId("stores"), JSON.stringify(panels), () => together(
    ...Object.entries(panels).map(([title, values]) =>
      element("article", { className: "panel" }, element("h3", {}, title), facts(values, bad))),
  ));
}
