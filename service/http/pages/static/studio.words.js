// The words of the page, in its language: they stand in the page as a block of data. Plurals, numbers
// and dates are the browser's.

export const language = document.documentElement.lang;

const words = JSON.parse(document.getElementById("words").textContent);
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const exactMoments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const times = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
const days = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const ages = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** Whether there are words with this name. */
export const has = (name) => Object.hasOwn(words, name);

/** The words with this name, with values in their `{places}`; `count` chooses the plural form. */
export function t(name, values = {}) {
  const found = words[name];
  const text = found?.other ? found[plurals.select(values.count)] ?? found.other : found;
  return text.replace(/\{(\w+)\}/g, (_, place) => (typeof values[place] === "number" ? number(values[place]) : values[place]));
}

/** A number, with this many digits after the point, or as many as it needs. */
export function number(value, digits) {
  if (digits === undefined) return numbers.format(value);
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Day and time of a moment. */
export const dateTime = (moment) => moments.format(new Date(moment));

/** Day and time of a moment, with its seconds. */
export const exactTime = (moment) => exactMoments.format(new Date(moment));

/** The time of day of a moment. */
export const timeOfDay = (moment) => times.format(new Date(moment));

/** The day of a moment. */
export const dayOf = (moment) => days.format(new Date(moment));

/** How long ago, in whole units: "5 minutes ago", "yesterday". */
export const relative = (count, unit) => ages.format(-count, unit);
