// What became of a list, as a table and as an archive of its pictures.

import { format } from "./studio.csv.js";
import { element } from "./studio.dom.js";
import { Trouble, askFor, here } from "./studio.service.js";
import { t } from "./studio.words.js";
import { zip } from "./studio.zip.js";

const ASKED_AT_ONCE = 6;
const COLUMNS = ["line", "prompt", "tag", "status", "text", "picture", "alt", "error", "seed", "model", "request"];

/** Save a table with a row for each request, and for each line that was refused. */
export async function saveTable(batch, note) {
  const rows = await rowsOf(batch, note);
  save(new Blob([tableOf(rows)], { type: "text/csv" }), `feedmill-${batch.id}.csv`);
  note("");
}

/** Save the pictures, and the same table, as one archive. */
export async function saveArchive(batch, note) {
  const rows = await rowsOf(batch, note);
  const drawn = rows.filter(({ record }) => record?.imageUri);
  const files = [];
  let lost = 0;
  await inTurns(drawn, async ({ line, record }) => {
    const answer = await fetch(here(record.imageUri)).catch(() => undefined);
    if (!answer?.ok) {
      lost++;
      return;
    }
    const name = `${String(line).padStart(4, "0")}-${record.id.slice(-4)}-${record.imageUri.split("/").pop()}`;
    files.push({ name, bytes: new Uint8Array(await answer.arrayBuffer()) });
    note(t("make.export.pictures", { done: files.length, count: drawn.length }));
  });
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  files.push({ name: "list.csv", bytes: new TextEncoder().encode(tableOf(rows)) });
  save(zip(files), `feedmill-${batch.id}.zip`);
  note(lost ? t("make.export.lost", { count: lost }) : "");
}

/** The records of all requests, in the order of the list. */
async function rowsOf({ rows }, note) {
  const wanted = rows.flatMap(({ line, parameters, ids, fault }) =>
    fault ? [{ line, parameters, fault }] : (ids ?? []).map((id) => ({ line, parameters, id })),
  );
  let done = 0;
  await inTurns(wanted, async (row) => {
    if (row.id) row.record = await askFor(row.id).catch(gone);
    done++;
    if (done % 20 === 0) note(t("make.export.records", { done, count: wanted.length }));
  });
  return wanted;
}

function gone(trouble) {
  if (!(trouble instanceof Trouble)) throw trouble;
  return { status: "gone", error: trouble.message, parts: {} };
}

function tableOf(rows) {
  const cells = rows.map(({ line, parameters: { prompt, tag }, id, fault, record }) => {
    if (!record) return [line, prompt, tag, "refused", "", "", "", fault, "", "", ""];
    const { status, text, imageUri, error, seed, parts } = record;
    const models = [parts.text?.model, parts.image?.model].filter(Boolean).join(", ");
    return [line, prompt, tag, status, text, imageUri && here(imageUri), parts.image?.alt, error, seed, models, id];
  });
  return format([COLUMNS, ...cells]);
}

/** Do something for each of these, some at a time. */
async function inTurns(items, act) {
  const left = [...items];
  const next = async () => {
    for (let item = left.shift(); item; item = left.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, next));
}

/** Save a file where the browser saves files. */
function save(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
