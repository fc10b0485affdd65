// A ZIP archive of files as they are, without compression: pictures do not shrink any more.

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8_NAMES = 0x0800;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/** The checksum that archives have of each file. */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** An archive of { name, bytes }, as a Blob; at most 65,535 files and 4 GB. */
export function zip(files, moment = new Date()) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const encoded = new TextEncoder().encode(name);
    const about = [VERSION, UTF8_NAMES, 0, ...dosTime(moment), crc32(bytes), bytes.length, bytes.length, encoded.length, 0];
    const local = record([[LOCAL, 4], ...fields(about)], encoded);
    directory.push(record([[CENTRAL, 4], [VERSION, 2], ...fields(about), [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]], encoded));
    parts.push(local, bytes);
    offset += local.length + bytes.length;
  }
  const size = directory.reduce((sum, each) => sum + each.length, 0);
  const end = record([[END, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [offset, 4], [0, 2]]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** What both headers of a file have, each with its width in bytes. */
const fields = (values) => values.map((value, i) => [value, i >= 5 && i <= 7 ? 4 : 2]);

/** Numbers with their widths, little-endian, and a name. */
function record(numbers, name = new Uint8Array()) {
  const length = numbers.reduce((sum, [, width]) => sum + width, 0);
  const bytes = new Uint8Array(length + name.length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [number, width] of numbers) {
    if (width === 4) view.setUint32(at, number, true);
    else view.setUint16(at, number, true);
    at += width;
  }
  bytes.set(name, length);
  return bytes;
}

/** Time and date as MS-DOS had them. */
function dosTime(moment) {
  const time = (moment.getHours() << 11) | (moment.getMinutes() << 5) | (moment.getSeconds() >> 1);
  const date = ((moment.getFullYear() - 1980) << 9) | ((moment.getMonth() + 1) << 5) | moment.getDate();
  return [time, date];
}
