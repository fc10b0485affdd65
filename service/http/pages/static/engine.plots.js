// Small plots of the last hour.

import { byId, element, fill, write } from "./studio.dom.js";
import { count, explain, lasting, together } from "./engine.parts.js";
import { ask, now } from "./studio.service.js";
import { t } from "./studio.words.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 320;
const HEIGHT = 72;
const SPANS_MINUTES = [10, 20, 30, 60]; // from the first value until now, at least
const rate = (value) => (value == null ? "–" : t("engine.a-second", { rate: count(Math.round(value * 100) / 100) }));

/** Ask for the last hour, and draw it. */
export async function showHour() {
  const history = await ask("status/history");
  const times = history.ended_at.map((moment) => Date.parse(moment));
  const { text, image } = history.kinds;
  const pair = (name) => [[t("engine.kind.text"), text[name]], [t("engine.kind.image"), image[name]]];
  write(byId("hour-note"), times.length
    ? t("engine.hour-note", { seconds: history.step_seconds })
    : t("engine.hour-first", { seconds: history.step_seconds }));
  fill(byId("plots"), JSON.stringify([times.at(-1), times.length]), () => together(
    plot("accepted", times, [[t("engine.requests"), history.accepted]], rate),
    plot("finished", times, [[t("engine.requests"), history.finished], [t("engine.name.failed"), history.failed]], rate),
    plot("waiting-time", times, pair("waiting_seconds"), lasting),
    plot("service-time", times, pair("service_seconds"), lasting),
    plot("backlog", times, pair("backlog"), count),
  ));
}

/** One plot: a line for each series, the highest value, and the latest in words. */
function plot(name, times, series, format) {
  const age = times.length ? (now() - times[0]) / 60_000 : 0;
  const minutes = SPANS_MINUTES.find((span) => span >= age) ?? 60;
  const values = series.flatMap(([, of]) => of).filter((value) => value != null);
  const most = Math.max(0, ...values);
  const latest = series.map(([of, all]) => `${of} ${format(all.at(-1))}`).join(", ");
  const node = element("figure", { className: "plot panel" });
  const caption = element("figcaption", {}, explain(element("b", {}, t(`engine.name.${name}`)), name), " ", element("span", {}, latest));
  const drawing = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  drawing.setAttribute("aria-label", t("engine.plot", { name: t(`engine.name.${name}`), minutes, latest, most: format(most) }));
  for (const part of [0, 0.5, 1]) {
    const y = 1 + part * (HEIGHT - 2);
    drawing.append(shape("path", { d: `M0 ${y}H${WIDTH}`, class: "rule" }));
  }
  series.forEach(([, all], place) => {
    drawing.append(shape("path", { d: line(times, all, most, minutes * 60_000), class: `series series-${place + 1}` }));
  });
  const top = element("span", { className: "most" }, format(most));
  const keys = element("p", { className: "keys" });
  if (series.length > 1) series.forEach(([of], place) => keys.append(element("span", { className: `key-${place + 1}` }, of)));
  const axis = element("p", { className: "axis" }, element("span", {}, t("engine.minutes-ago", { count: minutes })), keys, element("span", {}, t("engine.now")));
  node.append(caption, element("div", { className: "drawing" }, top, drawing), axis);
  return node;
}

/** The path of a series: a gap where there is no value. */
function line(times, values, most, span) {
  let path = "";
  let down = false;
  values.forEach((value, place) => {
    if (value == null) {
      down = false;
      return;
    }
    const x = WIDTH * Math.max(0, 1 - (now() - times[place]) / span);
    const y = HEIGHT - 1 - (most ? value / most : 0) * (HEIGHT - 2);
    path += `${down ? "L" : "M"}${Math.min(WIDTH, x).toFixed(1)} ${y.toFixed(1)}${down ? "" : "h.1"}`;
    down = true;
  });
  return path;
}

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}
