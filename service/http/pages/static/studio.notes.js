// The private note on a request: a field that saves itself, and loses nothing that was typed.

import { element, write } from "./studio.dom.js";
import { recall, remember } from "./studio.memory.js";
import { Trouble, ask, pathOf } from "./studio.service.js";
import { t } from "./studio.words.js";

const TYPING_MS = 600;
const RETRY_MS = 4000; // while the service is away, or asks for a pause
const MOST_CHARACTERS = 2000;

/** Keep what was typed and is not saved yet; undefined forgets it. */
function keepUnsaved(id, note) {
  const { [id]: _, ...others } = recall().notes;
  remember({ notes: note === undefined ? others : { ...others, [id]: note } });
}

/** A field for the note on a request; `changed` gets the note that the service has. */
export function noteField({ id, note }, changed) {
  const field = element("textarea", { rows: 2, maxLength: MOST_CHARACTERS, id: `note-${id}` });
  const state = element("span", { className: "since" }, t("shared.note.hint"));
  state.setAttribute("role", "status");
  const label = element("label", { htmlFor: field.id }, t("shared.note"));
  let timer;

  async function save() {
    clearTimeout(timer);
    const typed = field.value.trim();
    try {
      await ask(pathOf(id), { note: typed }, "PATCH");
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      write(state, t("shared.note.unsaved", { reason: trouble.message }));
      const isPassing = !trouble.status || trouble.status === 429 || trouble.status > 499;
      if (isPassing && field.isConnected) timer = setTimeout(save, Math.max(RETRY_MS, trouble.retryAfter * 1000));
      return;
    }
    if (typed !== field.value.trim()) return; // more was typed: it is saved in a moment
    keepUnsaved(id);
    write(state, t("shared.note.saved"));
    changed(typed);
  }

  field.value = recall().notes[id] ?? note ?? "";
  field.addEventListener("input", () => {
    keepUnsaved(id, field.value);
    write(state, t("shared.note.hint"));
    clearTimeout(timer);
    timer = setTimeout(save, TYPING_MS);
  });
  field.addEventListener("change", save);
  if (recall().notes[id] !== undefined) timer = setTimeout(save);
  return element("div", { className: "note" }, label, field, state);
}
