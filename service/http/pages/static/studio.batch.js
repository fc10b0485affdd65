// Many at once: the dialog that takes a list of prompts and shows what will be sent of it.

import { startBatch } from "./studio.batches.js";
import { byId, element, say, stamp, write } from "./studio.dom.js";
import { COLUMN_NAMES, readList } from "./studio.list.js";
import { recall, remember } from "./studio.memory.js";
import { t } from "./studio.words.js";

const { node: dialog } = stamp("batch-dialog"); // on the page while it is open
const form = dialog.querySelector("form");
const { list, kind } = form.elements;
const [send] = form.querySelectorAll("[type=submit]");
const part = (name) => dialog.querySelector(`[data-part=${name}]`);
let rows = []; // that can be sent

/** Open the dialog; what was typed before is still in it. */
export function openBatch() {
  document.body.append(dialog);
  list.value = recall().list ?? "";
  kind.value = byId("composer").elements.tag.value;
  show();
  dialog.showModal();
}

/** Show what the list says: each line, and what is wrong with it. */
function show() {
  const read = readList(list.value, kind.value);
  rows = read.fault ? [] : read.rows.filter(({ faults }) => !faults.length);
  const wrong = read.rows.length - rows.length;
  write(part("fault"), read.fault);
  part("fault").hidden = !read.fault;
  const count = [t("make.list.count", { count: rows.length }), wrong && !read.fault && t("make.list.wrong-count", { count: wrong })];
  write(part("count"), list.value.trim() ? count.filter(Boolean).join(" ") : "");
  write(send, t("make.list.send", { count: rows.length }));
  send.disabled = !rows.length;
  const columns = COLUMN_NAMES.filter((name) => read.rows.some(({ parameters }) => valueOf(parameters, name) !== ""));
  part("table").hidden = Boolean(read.fault) || !read.rows.length;
  const heads = [t("make.list.line"), t("make.list.state"), ...columns];
  part("head").replaceChildren(element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name))));
  part("rows").replaceChildren(...read.rows.map((row) => lineOf(row, columns)));
}

/** The value of a column, in words. */
function valueOf({ options = {}, ...parameters }, name) {
  const value = name === "options" ? "" : (parameters[name] ?? options[name] ?? "");
  return typeof value === "boolean" ? t(value ? "make.list.yes" : "make.list.no") : String(value);
}

function lineOf({ line, parameters, faults }, columns) {
  const cells = columns.map((name) => element("td", { className: name === "prompt" ? "long" : "" }, valueOf(parameters, name)));
  const state = element("td", { className: faults.length ? "fault" : "fine" }, faults.join(" ") || t("make.list.fine"));
  const row = element("tr", {}, element("th", { scope: "row" }, String(line)), state, ...cells);
  row.classList.toggle("wrong", faults.length > 0);
  return row;
}

/** Take the text of a file, whatever its encoding. */
export async function take(file) {
  if (!file) return;
  const bytes = new Uint8Array(await file.arrayBuffer());
  list.value = decoded(bytes);
  changed();
  say(t("make.list.read", { name: file.name }));
}

/** UTF-8, or UTF-16, or what old spreadsheets write. */
function decoded(bytes) {
  try {
    return new TextDecoder(utf16Of(bytes) ?? "utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** The form of UTF-16, by its mark or by where the zeros of plain letters are; undefined for other texts. */
function utf16Of(bytes) {
  const mark = { 0xfffe: "utf-16le", 0xfeff: "utf-16be" }[(bytes[0] << 8) | bytes[1]];
  if (mark || !bytes.includes(0)) return mark;
  const zeros = (from) => bytes.filter((byte, i) => i % 2 === from && byte === 0).length;
  return zeros(1) > zeros(0) ? "utf-16le" : "utf-16be";
}

function changed() {
  remember({ list: list.value });
  show();
}

let pause;
list.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(changed, 200);
});
kind.addEventListener("change", show);
form.elements.file.addEventListener("change", ({ target }) => {
  take(target.files[0]);
  target.value = ""; // the same file may be chosen again
});
dialog.addEventListener("dragover", (event) => {
  event.preventDefault();
  dialog.classList.add("over");
});
dialog.addEventListener("dragleave", () => dialog.classList.remove("over"));
dialog.addEventListener("drop", (event) => {
  event.preventDefault();
  dialog.classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) take(file);
  else {
    list.value = event.dataTransfer.getData("text/plain");
    changed();
  }
});
part("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  clearTimeout(pause);
  remember({ list: list.value });
  dialog.remove();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(pause);
  show(); // what was typed a moment ago counts
  if (!rows.length) return;
  startBatch(rows);
  list.value = "";
  dialog.close();
  say(t("make.batch.begun", { count: rows.length }));
});
