// The head of every page: keys that may go to the engine room see the way there. Pages without a block
// of words have it as well, so it imports nothing.

const ROOT = new URL(".", import.meta.url);
const way = document.getElementById("engine-room");

/** Ask what the key in use permits, and show the ways that are open to it; undefined while the
 * service is away. */
export async function askWhatIsPermitted() {
  let key = "";
  try {
    key = sessionStorage.getItem("feedmill-key") ?? "";
  } catch {
    // no storage allowed
  }
  try {
    const answer = await fetch(new URL("key", ROOT), { headers: key ? { Authorization: `Bearer ${key}` } : {} });
    if (!answer.ok) return undefined;
    const permitted = await answer.json();
    way.hidden = !permitted.scopes.includes("admin");
    return permitted;
  } catch {
    return undefined;
  }
}

const isThere = way.hasAttribute("aria-current"); // the engine room asks by itself
if (isThere) way.hidden = false;

/** What the key in use permitted when the page was opened. */
export const permitted = isThere ? undefined : askWhatIsPermitted();
