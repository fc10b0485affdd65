// A list of prompts: one a line, or a table with the columns of POST /content; what each line becomes, and
// what is wrong with it.

import { parseTable } from "./studio.csv.js";
import { t } from "./studio.words.js";

export const MAX_ROWS = 2000;
const TAGS = ["text", "image", "instagram"];
const PRIORITIES = ["high", "normal", "low"];
const LARGEST_SEED = 2 ** 31 - 1;
const TRUE = ["true", "yes", "1", "x"];
const FALSE = ["false", "no", "0"];

const within = (from, to) => (value) => {
  const number = Number(value);
  return Number.isInteger(number) && number >= from && number <= to ? number : undefined;
};
const oneOf = (choices) => (value) => choices.find((choice) => choice === value.toLowerCase());
const positive = (value) => (Number(value) > 0 ? Number(value) : undefined);
const truth = (value) => (TRUE.includes(value.toLowerCase()) ? true : FALSE.includes(value.toLowerCase()) ? false : undefined);

/** How the cells of each column are read: undefined for what it cannot be. */
const COLUMNS = {
  prompt: (value) => value,
  tag: oneOf(TAGS),
  "user-id": (value) => value,
  publish: truth,
  seed: within(0, LARGEST_SEED),
  n: within(1, 8),
  priority: oneOf(PRIORITIES),
  "start-by": positive,
  "finish-by": positive,
  model: (value) => value,
  "text-model": (value) => value,
  "image-model": (value) => value,
  webhook: (value) => (/^https?:\/\/\S+$/i.test(value) ? value : undefined),
  options: objectOf,
};
const OPTIONS = {
  size: (value) => (/^\d{2,4}x\d{2,4}$/.test(value) ? value : undefined),
  max_tokens: within(1, 4096),
  temperature: (value) => (Number(value) >= 0 && Number(value) <= 2 ? Number(value) : undefined),
  style: oneOf(["scene", "poster", "auto"]),
};

export const COLUMN_NAMES = [...Object.keys(COLUMNS), ...Object.keys(OPTIONS)];

function objectOf(value) {
  try {
    const object = JSON.parse(value);
    return object && typeof object === "object" && !Array.isArray(object) ? object : undefined;
  } catch {
    return undefined;
  }
}

/** What a list says: { rows, fault }, each row { line, parameters, faults }; with a `fault` nothing can be sent. */
export function readList(text, tag) {
  const table = parseTable(text, "prompt");
  const rows = table ? rowsOfTable(table, tag) : rowsOfLines(text, tag);
  if (rows.fault) return rows;
  return { rows, fault: rows.length > MAX_ROWS ? t("make.list.too-many", { count: MAX_ROWS }) : "" };
}

/** One prompt a line; empty lines are none. */
function rowsOfLines(text, tag) {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n?|\n/);
  const numbered = lines.map((prompt, i) => ({ line: i + 1, parameters: { prompt: prompt.trim(), tag }, faults: [] }));
  return numbered.filter(({ parameters }) => parameters.prompt).map(withPriority);
}

function rowsOfTable([head, ...records], tag) {
  const names = head.cells.map(columnOf);
  const unknown = head.cells.filter((cell, i) => cell.trim() && !names[i]);
  if (unknown.length) return { rows: [], fault: t("make.list.unknown", { names: unknown.join(", "), known: COLUMN_NAMES.join(", ") }) };
  const twice = names.find((name, i) => name && names.indexOf(name) < i);
  if (twice) return { rows: [], fault: t("make.list.twice", { name: twice }) };
  return records.filter(({ cells }) => cells.some((cell) => cell.trim())).map((record) => withPriority(rowOf(record, names, tag)));
}

/** The name of a column as the API has it; undefined for an unknown one. */
function columnOf(cell) {
  const name = cell.trim().toLowerCase();
  return COLUMN_NAMES.find((known) => known.replaceAll("_", "-") === name.replaceAll("_", "-"));
}

function rowOf({ line, cells, isOpen }, names, tag) {
  const parameters = { prompt: "", tag };
  const options = {};
  const faults = isOpen ? [t("make.list.open-quote")] : [];
  if (cells.slice(names.length).some((cell) => cell.trim())) faults.push(t("make.list.too-wide"));
  names.forEach((name, i) => {
    const cell = cells[i]?.trim() ?? "";
    if (!name || !cell) return;
    const value = (COLUMNS[name] ?? OPTIONS[name])(cell);
    if (value === undefined) faults.push(t("make.list.wrong", { name, value: cell }));
    else if (name === "options") Object.assign(options, value);
    else if (OPTIONS[name]) options[name] = value;
    else parameters[name] = value;
  });
  if (!parameters.prompt) faults.unshift(t("studio.fault.prompt"));
  if (parameters.publish && !parameters["user-id"]) faults.push(t("studio.fault.author"));
  if (parameters.publish && parameters.n > 1) faults.push(t("make.unpublished"));
  if (Object.keys(options).length) parameters.options = options;
  return { line, parameters, faults };
}

/** A list waits behind what people wait for, unless it says otherwise. */
const withPriority = (row) => ({ ...row, parameters: { priority: "low", ...row.parameters } });
