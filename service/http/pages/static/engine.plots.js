// Small plots of the last hour.

import { byId, element, fill, write } from "./studio.dom.js";
import { count, explain, lasting, together } from "./engine.parts.js";
import { ask, now } from "./studio.service.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 320;
const HEIGHT = 72;
const SPANS_MINUTES = [10, 20, 30, 60]; // from the first value until now, at least
const rate = (value) => (value == null ? "–" : `${count(Math.round(value * 100) / 100)} a second`);

/** Ask for the last hour, and draw it. */
export async function showHour() {
  const history = await ask("status/history");
  const times = history.ended_at.map((moment) => Date.parse(moment));
  const { text, image } = history.kinds;
  const pair = (name) => [["Texts", text[name]], ["Pictures", image[name]]];
  write(byId("hour-note"), times.length
    ? `A value every ${history.step_seconds} s, kept in the memory of this process.`
    : `The first values come ${history.step_seconds} s after the start of the process.`);
  fill(byId("plots"), JSON.stringify([times.at(-1), times.length]), () => together(
    plot("Accepted", times, [["Requests", history.accepted]], rate),
    plot("Finished", times, [["Requests", history.finished], ["Failed", history.failed]], rate),
    plot("Waiting time", times, pair("waiting_seconds"), lasting),
    plot("Service time", times, pair("service_seconds"), lasting),
    plot("Backlog", times, pair("backlog"), count),
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
  const caption = element("figcaption", {}, explain(element("b", {}, name), name), " ", element("span", {}, latest));
  const drawing = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  drawing.setAttribute("aria-label", `${name} over the last ${minutes} minutes. Latest: ${latest}. Highest: ${format(most)}.`);
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
  const axis = element("p", { className: "axis" }, element("span", {}, `${minutes} minutes ago`), keys, element("span", {}, "now"));
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
