// What this browser remembers.

const TEST_USER = "1"; // whose feed the service fills at the first visit

/** The memory: request ids (newest first), names, and the newest post seen in each feed. */
export function recall() {
  const nothing = { requests: [], seen: {}, reader: TEST_USER, author: "" };
  try {
    return { ...nothing, ...JSON.parse(localStorage.getItem("feedmill")) };
  } catch {
    return nothing; // no storage allowed, or not ours
  }
}

/** Change the memory; without storage the page works, it only forgets. */
export function remember(change) {
  try {
    localStorage.setItem("feedmill", JSON.stringify({ ...recall(), ...change }));
  } catch {
    // see above
  }
}
