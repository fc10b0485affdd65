// What the record of a request says, in words.

import { element } from "./studio.dom.js";
import { now } from "./studio.service.js";
import { number, t } from "./studio.words.js";

export const FINAL = new Set(["completed", "failed", "cancelled", "expired"]);

/** The author's name as it is shown. */
export const nameOf = (record) => record.user_id ?? t("shared.you");

/** "Queued · 3 ahead", "Generating · 4 s", "Done in 5 s" … */
export function stateOf(record) {
  const { status, position, eta_seconds: eta, paused, completed_at: ended } = record;
  const since = Date.parse(record.started_at ?? record.created_at);
  const secondsUntil = (moment) => Math.max(0, (moment - since) / 1000);
  if (status === "queued") {
    const words = [t("shared.state.queued")];
    if (position != null) words.push(position ? t("shared.ahead", { count: position }) : t("shared.state.next"));
    if (paused) words.push(t("shared.state.paused"));
    else if (eta >= 2) words.push(t("shared.state.about", { seconds: Math.round(eta) }));
    return words.join(" · ");
  }
  if (status === "generating") return t("shared.state.generating-for", { seconds: Math.floor(secondsUntil(now())) });
  if (status === "completed") return t("shared.state.done-in", { seconds: number(secondsUntil(Date.parse(ended)), 1) });
  return t(`shared.state.${status}`);
}

/** The rows behind "Details". */
export function detailsOf(record) {
  const rows = [[t("shared.prompt"), record.prompt]];
  for (const [kind, part] of Object.entries(record.parts)) {
    const facts = [part.model, part.seconds != null && t("shared.seconds", { seconds: number(part.seconds, 1) })];
    if (part.width) facts.push(`${part.width}\u00a0×\u00a0${part.height}`);
    const line = facts.filter(Boolean).join(", ");
    if (line) rows.push([t(`shared.part.${kind}`), line]);
  }
  if (record.seed != null) rows.push([t("shared.seed"), String(record.seed)]);
  if (record.attempts) rows.push([t("shared.attempts"), String(record.attempts)]);
  rows.push([t("shared.request"), record.id]);
  return rows.flatMap(([term, text]) => [element("dt", {}, term), element("dd", text === record.id ? { className: "id" } : {}, text)]);
}
