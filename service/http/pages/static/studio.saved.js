// Saved prompts, with blanks to fill in: kept on this machine, exported and imported as a file.

import { compose } from "./studio.composer.js";
import { action, byId, element, say, stamp, write } from "./studio.dom.js";
import { recall, remember } from "./studio.memory.js";
import { t } from "./studio.words.js";

const BLANK = /\{([^{}\n]{1,60})\}/g;
const MOST = 500; // prompts
const LONGEST = 20_000; // characters of one
const TAGS = ["text", "image", "instagram"];

const { node: dialog } = stamp("saved-dialog"); // on the page while it is open
const [saving, filling] = dialog.querySelectorAll("form");
const part = (name) => dialog.querySelector(`[data-part=${name}]`);
let chosen; // whose blanks are being filled in

/** Open the dialog; the prompt in the composer can be saved. */
export function openSaved() {
  document.body.append(dialog);
  saving.elements.prompt.value = byId("composer").elements.prompt.value;
  saving.elements.name.value = "";
  complain();
  show();
  dialog.showModal();
}

/** Show the list, or the blanks of the chosen prompt. */
function show() {
  const { saved } = recall();
  part("list").replaceChildren(...saved.map((each, i) => rowOf(each, i)));
  part("none").hidden = saved.length > 0;
  part("export").hidden = !saved.length;
  filling.hidden = !chosen;
  part("all").hidden = Boolean(chosen);
}

function rowOf(each, i) {
  const use = action(t("make.saved.use"), t("make.saved.use-one", { name: each.name }), () => take(each));
  const remove = action(t("make.saved.delete"), t("make.saved.delete-one", { name: each.name }), () => {
    remember({ saved: recall().saved.filter((_, at) => at !== i) });
    show();
    say(t("make.saved.deleted", { name: each.name }));
    saving.elements.name.focus();
  });
  const text = element("p", { className: "words" }, element("b", {}, each.name), ...marked(each.prompt));
  return element("li", {}, text, element("span", {}, use, remove));
}

/** A prompt with its blanks set apart. */
const marked = (prompt) => prompt.split(BLANK).map((piece, i) => (i % 2 ? element("mark", {}, piece) : piece));

/** Put a prompt into the composer; its blanks are filled in first. */
function take(each) {
  const blanks = [...new Set([...each.prompt.matchAll(BLANK)].map(([, name]) => name.trim()))];
  if (!blanks.length) {
    finish(each.prompt, each.tag);
    return;
  }
  chosen = each;
  write(part("filled"), each.name);
  const fields = blanks.map((name) => element("label", {}, name, element("input", { name, required: true, maxLength: 2000, autocomplete: "off" })));
  part("blanks").replaceChildren(...fields);
  show();
  part("blanks").querySelector("input").focus();
}

function finish(prompt, tag) {
  dialog.close();
  compose({ prompt, tag, ...settingsOf() });
}

/** The seed that is set stays. */
const settingsOf = () => ({ seed: byId("composer").elements.seed.value || undefined });

/** Add prompts, newest first, without those that are there already; returns how many are new. */
function add(prompts) {
  const { saved } = recall();
  const isThere = ({ name, prompt }) => saved.some((each) => each.name === name && each.prompt === prompt);
  const added = prompts.filter((each) => !isThere(each));
  remember({ saved: [...added, ...saved].slice(0, MOST) });
  show();
  return added.length;
}

/** The prompts in an exported file. Throws for other files. */
function read(text) {
  const { prompts } = JSON.parse(text);
  const isOne = (each) => typeof each?.prompt === "string" && each.prompt.trim() && each.prompt.length <= LONGEST;
  return prompts.filter(isOne).map(({ name, prompt, tag }) => ({
    name: String(name || prompt).slice(0, 100),
    prompt,
    tag: TAGS.includes(tag) ? tag : "instagram",
  }));
}

function complain(sentence = "") {
  write(part("fault"), sentence);
  part("fault").hidden = !sentence;
}

saving.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, prompt } = saving.elements;
  if (!prompt.value.trim()) {
    complain(t("studio.fault.prompt"));
    prompt.focus();
    return;
  }
  complain();
  const title = name.value.trim() || prompt.value.trim().slice(0, 60);
  add([{ name: title, prompt: prompt.value.trim(), tag: byId("composer").elements.tag.value }]);
  name.value = prompt.value = "";
  say(t("make.saved.said", { name: title }));
});
filling.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = new FormData(filling);
  const { prompt, tag } = chosen;
  chosen = undefined;
  finish(prompt.replace(BLANK, (_, name) => values.get(name.trim()).trim()), tag);
});
part("back").addEventListener("click", () => {
  chosen = undefined;
  show();
});
part("export").addEventListener("click", () => {
  const content = JSON.stringify({ version: 1, prompts: recall().saved }, null, 2);
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type: "application/json" })), download: "feedmill-prompts.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
});
part("import").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  if (!file) return;
  try {
    const count = add(read(await file.text()));
    complain();
    say(t("make.saved.imported", { count }));
    write(part("said"), t("make.saved.imported", { count }));
  } catch {
    complain(t("make.saved.no-file", { name: file.name }));
  }
  target.value = ""; // the same file may be chosen again
});
part("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  chosen = undefined;
  write(part("said"), "");
  dialog.remove();
});
