// The building blocks of the page: elements, texts, pictures, times.

import { here, now } from "./studio.service.js";
import { exactTime, relative, t } from "./studio.words.js";

const MOST_RETRIES = 6; // of a picture: the service may be starting again
const RETRY_MS = 1000; // until the first one
const SMALL_WIDTHS = [160, 320, 640]; // of the copies that the service makes, in pixels
const LONG_TEXT = 240; // characters from which a text is set smaller

export const byId = (id) => document.getElementById(id);

/** An element with properties and children; strings become text, never markup. */
export function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

/** A copy of a template: its first element, and its named slots. */
export function stamp(template) {
  const node = byId(template).content.firstElementChild.cloneNode(true);
  const slots = {};
  for (const slot of node.querySelectorAll("[data-slot]")) slots[slot.dataset.slot] = slot;
  return { node, slots };
}

/** Set a node's text if it differs, so that nothing is announced or laid out twice. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Replace the content of a slot when its key changes, so that pictures are not loaded again. */
export function fill(slot, key, make) {
  if (slot.dataset.shows === key) return;
  slot.dataset.shows = key;
  slot.replaceChildren(make());
}

/** A quiet button that does something; `label` says what, for those who do not see where it stands. */
export function action(words, label, act) {
  const button = element("button", { type: "button", className: "quiet", title: label }, words);
  button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}

/** A quiet button that asks once more before it does something that cannot be undone. */
export function confirmed(words, question, act) {
  const button = element("button", { type: "button", className: "quiet" }, words);
  const rest = () => {
    button.classList.remove("asks");
    write(button, words);
  };
  button.addEventListener("blur", rest);
  button.addEventListener("click", () => {
    if (button.classList.contains("asks")) {
      rest();
      act();
    } else {
      button.classList.add("asks");
      write(button, question);
    }
  });
  return button;
}

/** Announce a text to screen readers. */
export const say = (text) => write(byId("said"), text);

/** A text with its hashtags set apart, after a name in bold if there is one. */
export const prose = (text, name) => rewrite(element("p"), text, name);

/** Show a text in a paragraph; `growing` if it is not complete. */
export function rewrite(node, text, name, growing = false) {
  const pieces = text.split(/(#[\p{L}\p{N}_]+)/u);
  const marked = pieces.map((piece, i) => (i % 2 ? element("span", { className: "hash" }, piece) : piece));
  node.className = `prose${text.length > LONG_TEXT ? " long" : ""}${growing ? " growing" : ""}`;
  const children = [...(name ? [element("b", {}, name), " "] : []), ...marked];
  const isNew = node.textContent !== (name ? `${name} ${text}` : text);
  if (isNew) node.replaceChildren(...children); // else a selection in it is kept
  return node;
}

/** A picture that fades in when it is loaded; its space is reserved. The browser takes a small copy
 * where it is shown small: `sizes` says how wide that is. */
export function picture(uri, about, sizes = "(min-width: 44rem) 40rem, 100vw") {
  const image = element("img", { alt: t("shared.picture-for", { prompt: about }), width: 1080, height: 1080, loading: "lazy" });
  image.addEventListener("load", () => image.classList.add("there"));
  const source = here(uri);
  let tries = 0;
  image.addEventListener("error", () => {
    if (tries++ === MOST_RETRIES) {
      image.replaceWith(sorry(t("shared.picture-failed")));
      return;
    }
    setTimeout(() => {
      image.removeAttribute("srcset");
      image.src = source; // also the same address is loaded again
    }, RETRY_MS * tries);
  });
  if (/\/media\/[0-9a-f]{64}\//.test(source)) {
    image.sizes = sizes;
    image.srcset = [...SMALL_WIDTHS.map((width) => `${source}?width=${width} ${width}w`), `${source} 1080w`].join(", ");
  }
  image.src = source;
  return image;
}

/** A sentence in the place of a missing result. */
export const sorry = (sentence, calm = false) => element("p", { className: calm ? "sorry calm" : "sorry" }, sentence);

/** A placeholder for a part that is being generated. */
export function waiting(kind, note) {
  const { node, slots } = stamp(`wait-${kind}`);
  slots.note.textContent = note;
  return node;
}

/** How long ago: "just now", "5 minutes ago", "yesterday". */
export function ago(moment) {
  const seconds = (now() - Date.parse(moment)) / 1000;
  if (seconds < 45) return t("shared.ago.now");
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60]];
  const [unit, length] = units.find(([, size]) => seconds >= size) ?? units[2];
  return relative(Math.max(1, Math.round(seconds / length)), unit);
}

/** Show a moment in a <time>; `tick` updates it. */
export function showTime(node, moment) {
  node.dateTime = moment;
  node.title = exactTime(moment);
  write(node, ago(moment));
}

/** Repeat a task while the page is visible. The task returns the pause until the next time, or
 * undefined to end. Returns a function that runs it at once. */
export function repeat(task) {
  let turn = 0;
  let timer;
  const again = async () => {
    const mine = ++turn;
    clearTimeout(timer);
    if (document.hidden) return;
    const pause = await task();
    if (pause === undefined) document.removeEventListener("visibilitychange", again);
    else if (mine === turn) timer = setTimeout(again, pause);
  };
  document.addEventListener("visibilitychange", again);
  again();
  return again;
}
