// What the record of a request says, in words.

import { element } from "./studio.dom.js";
import { now } from "./studio.service.js";

export const FINAL = new Set(["completed", "failed", "cancelled", "expired"]);
export const NOUNS = { text: "text", image: "picture" };

/** The author's name as it is shown. */
export const nameOf = (record) => record.user_id ?? "You";

/** "Queued · 3 ahead", "Generating · 4 s", "Done in 5 s" … */
export function stateOf(record) {
  const { status, position, eta_seconds: eta, paused, completed_at: ended } = record;
  const since = Date.parse(record.started_at ?? record.created_at);
  const secondsUntil = (moment) => Math.max(0, (moment - since) / 1000);
  if (status === "queued") {
    const place = position ? ` · ${position} ahead` : position === 0 ? " · next" : "";
    if (paused) return `Queued${place} · paused`;
    return `Queued${place}${eta >= 2 ? ` · about ${Math.round(eta)} s` : ""}`;
  }
  if (status === "generating") return `Generating · ${Math.floor(secondsUntil(now()))} s`;
  if (status === "completed") return `Done in ${secondsUntil(Date.parse(ended)).toFixed(1)} s`;
  return status[0].toUpperCase() + status.slice(1);
}

/** The rows behind "Details". */
export function detailsOf(record) {
  const rows = [["Prompt", record.prompt]];
  for (const [kind, part] of Object.entries(record.parts)) {
    const facts = [part.model, part.seconds != null && `${part.seconds.toFixed(1)} s`];
    if (part.width) facts.push(`${part.width} × ${part.height}`);
    const line = facts.filter(Boolean).join(", ");
    if (line) rows.push([kind === "text" ? "Text by" : "Picture by", line]);
  }
  if (record.seed != null) rows.push(["Seed", String(record.seed)]);
  if (record.attempts) rows.push(["Attempts", String(record.attempts)]);
  rows.push(["Request", record.id]);
  return rows.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)]);
}
