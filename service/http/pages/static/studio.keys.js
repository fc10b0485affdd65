// Keys that work wherever nothing is typed: `/` for the search, `?` for the list of all keys.

import { element } from "./studio.dom.js";
import { t } from "./studio.words.js";

const KEYS = [
  [[t("shared.key.ctrl"), t("shared.key.enter")], "shared.keys.send"],
  [["/"], "shared.keys.search"],
  [["?"], "shared.keys.list"],
  [[t("shared.key.escape")], "shared.keys.close"],
  [["←", "→"], "shared.keys.turn"],
];

/** Make the keys work; `search` goes to the search. */
export function startKeys(search) {
  document.addEventListener("keydown", (event) => {
    const act = { "/": search, "?": showKeys }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    act();
  });
}

/** Show all keys. */
export function showKeys() {
  const rows = KEYS.flatMap(([keys, words]) => [
    element("dt", {}, ...keys.flatMap((key, i) => [...(i ? [" "] : []), element("kbd", {}, key)])),
    element("dd", {}, t(words)),
  ]);
  const close = element("button", { className: "quiet", autofocus: true }, t("shared.close"));
  const form = element("form", { method: "dialog" }, element("h2", { id: "keys-title" }, t("shared.keys")), element("dl", { className: "keys" }, ...rows), close);
  const dialog = element("dialog", { className: "gate" }, form);
  dialog.setAttribute("aria-labelledby", "keys-title");
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
