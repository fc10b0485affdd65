// CSV as spreadsheets write and read it (RFC 4180, with the delimiters and the BOM that they use).

const DELIMITERS = [",", ";", "\t", "|"];
const NAMED_DELIMITER = /^\ufeff?sep=.\r?\n/i; // a first line for spreadsheets
const BOM = "\ufeff";

/** The records of a text: { line, cells, isOpen }, with the number of the line that each begins in. Quoted
 * cells may have delimiters, quotes (doubled) and line ends; `isOpen` if the last quote is never closed. */
export function parse(text, delimiter) {
  const records = [];
  let cells = [];
  let cell = "";
  let line = 1;
  let begun = 1; // the line that the record begins in
  let isQuoted = false;
  let wasQuoted = false;
  const endRecord = () => {
    cells.push(cell);
    if (cells.length > 1 || cell.trim() || wasQuoted) records.push({ line: begun, cells, isOpen: isQuoted });
    [cells, cell, wasQuoted] = [[], "", false];
  };
  const plain = text.replace(BOM, "").replace(/\r\n?/g, "\n");
  for (let i = 0; i < plain.length; i++) {
    const letter = plain[i];
    if (letter === "\n") line++;
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (plain[i + 1] === '"') cell += plain[++i];
      else isQuoted = false;
    } else if (letter === '"' && !cell.trim()) {
      [cell, isQuoted, wasQuoted] = ["", true, true];
    } else if (letter === delimiter) {
      cells.push(cell);
      cell = "";
    } else if (letter === "\n") {
      endRecord();
      begun = line;
    } else {
      cell += letter;
    }
  }
  endRecord();
  return records;
}

/** The records of a table that has a column of this name, whatever delimits its cells; undefined for other texts. */
export function parseTable(text, column) {
  const tables = DELIMITERS.map((delimiter) => parse(text.replace(NAMED_DELIMITER, "\n"), delimiter));
  const hasColumn = ([first]) => first?.cells.some((cell) => cell.trim().toLowerCase() === column);
  return tables.filter(hasColumn).sort((a, b) => b[0].cells.length - a[0].cells.length)[0];
}

/** A table as CSV for spreadsheets: a cell that would be taken for a formula begins with an apostrophe. */
export function format(rows) {
  return BOM + rows.map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(value) {
  const text = String(value ?? "");
  const safe = typeof value === "string" && /^[\s]*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
