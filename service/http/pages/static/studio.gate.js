// The API key, if the service requires one.

import { byId, write } from "./studio.dom.js";
import { troubles, useKey } from "./studio.service.js";

/** Ask for a key whenever the service refuses; `again` repeats what was refused. */
export function startGate(again) {
  troubles.addEventListener("refused", ({ detail }) => askForKey(detail));
  byId("gate").addEventListener("cancel", ({ target }) => (target.dataset.closed = "true"));
  byId("gate").addEventListener("submit", () => {
    useKey(byId("key").value.trim());
    byId("key").value = "";
    again();
  });
}

/** Let the visitor enter a key; a closed dialog stays closed until the next prompt. */
function askForKey(fault) {
  const gate = byId("gate");
  write(byId("key-fault"), fault || "");
  byId("key-fault").hidden = !fault;
  if (!gate.open && !gate.dataset.closed) gate.showModal();
}
