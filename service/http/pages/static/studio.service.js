// Calls to the service, and the API key of this tab.

import { has, language, t } from "./studio.words.js";

export const ROOT = new URL(".", import.meta.url); // of the service, wherever a proxy has it
export const troubles = new EventTarget(); // "refused" (its detail is why) and "away"
const API_LANGUAGE = "en"; // of the details of problems
let clockSkewMs = 0; // how far the server's clock is ahead of this one

/** An error as a sentence for people; `answer` is the problem that the service sent, if any, `retryAfter`
 * the seconds after which it may be tried again, if the service says so. */
export class Trouble extends Error {
  constructor(message, status = 0, answer = {}, retryAfter = 0) {
    super(message);
    Object.assign(this, { status, answer, retryAfter });
  }
}

/** GET a path, or POST a body to it; the JSON answer. Throws Trouble. */
export async function ask(path, body, method = body ? "POST" : "GET", headers = {}) {
  const key = currentKey();
  let response, answer;
  try {
    response = await fetch(new URL(path, ROOT), {
      method,
      headers: { Accept: "application/json", "Content-Type": "application/json", ...keyHeader(), ...headers },
      body: body && JSON.stringify(body),
    });
    answer = response.status === 204 ? {} : await response.json();
  } catch {
    if (path !== "readyz") troubles.dispatchEvent(new Event("away"));
    throw new Trouble(t("shared.away"));
  }
  clockSkewMs = Date.parse(response.headers.get("Date")) - Date.now() || 0;
  if (response.status === 401 && key === currentKey()) {
    troubles.dispatchEvent(new CustomEvent("refused", { detail: key && answer.detail }));
  }
  if (!response.ok) {
    const retryAfter = Number(response.headers.get("Retry-After")) || 0;
    throw new Trouble(sentenceOf(answer, response.status), response.status, answer, retryAfter);
  }
  return answer;
}

/** What went wrong, for people; the detail is the service's, in English. */
function sentenceOf({ type, detail }, status) {
  const name = `shared.problem.${type?.split("#").pop()}`;
  if (!detail || !has(name)) return detail ?? t("shared.answered", { status: String(status) });
  return language === API_LANGUAGE ? detail : `${t(name)}: ${detail}`;
}

/** The path of a request below the root of the service. */
export const pathOf = (id) => `content/${encodeURIComponent(id)}`;

/** The URL of a picture as seen from this page, independent of the host and path in `uri`. */
export const here = (uri) => new URL(uri.replace(/^.*\/(media\/[0-9a-f]{64}\/[^/]*)$/, "$1"), ROOT).href;

/** The record of a request. Throws Trouble. */
export const askFor = (id) => ask(pathOf(id));

let keyInUse = ""; // until a reload, where no storage is allowed

/** The key that was entered in this tab, or "". */
export function currentKey() {
  try {
    return sessionStorage.getItem("feedmill-key") ?? keyInUse;
  } catch {
    return keyInUse;
  }
}

/** The key as a header, if there is one. */
export function keyHeader() {
  const key = currentKey();
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** Use this key from now on, in this tab. */
export function useKey(key) {
  keyInUse = key;
  try {
    sessionStorage.setItem("feedmill-key", key);
  } catch {
    // see above
  }
}

/** The server's time now, in milliseconds. */
export const now = () => Date.now() + (Math.abs(clockSkewMs) > 2000 ? clockSkewMs : 0);
