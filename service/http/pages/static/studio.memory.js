// The memory of this browser: requests, what was published of them, names, and the newest post seen in each feed.

const TEST_USER = "1"; // the service fills this user's feed at the first visit

/** The memory; request ids are newest first. */
export function recall() {
  const nothing = { requests: [], posts: {}, drafts: {}, notes: {}, chosen: {}, saved: [], seen: {}, reader: TEST_USER, author: "", rank: "recent" };
  try {
    return { ...nothing, ...JSON.parse(localStorage.getItem("feedmill")) };
  } catch {
    return nothing; // no storage allowed, or not ours
  }
}

/** Change the memory; without storage the page works, but forgets. */
export function remember(change) {
  try {
    localStorage.setItem("feedmill", JSON.stringify({ ...recall(), ...change }));
  } catch {
    // see above
  }
}

/** Whether there are lists that are being made, or were: each has an entry of its own. */
export function hasBatches() {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith("feedmill-batch-"));
  } catch {
    return false;
  }
}
