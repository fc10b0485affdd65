// The priority of a request that waits, as a field that changes it as far as the key may go.

import { element, say, write } from "./studio.dom.js";
import { Trouble, ask, pathOf } from "./studio.service.js";
import { t } from "./studio.words.js";

let permitted = []; // the most urgent first

/** Take the priorities that the key permits. */
export const takePriorities = (names) => (permitted = names);

/** Whether there is anything to choose. */
export const mayChoosePriority = () => permitted.length > 1;

/** A field for the priority of a request; `changed` gets its record, or nothing if it was refused. */
export function priorityField({ id, prompt, priority }, changed) {
  const names = permitted.includes(priority) ? permitted : [priority, ...permitted];
  const select = element("select", {}, ...names.map((value) => element("option", { value }, t(`shared.priority.${value}`))));
  const fault = element("span", { className: "fault", hidden: true });
  select.setAttribute("aria-label", t("shared.priority.of", { prompt: prompt.slice(0, 100) }));
  select.value = priority;
  let held = priority; // what the service has
  select.addEventListener("change", async () => {
    fault.hidden = true;
    try {
      const record = await ask(pathOf(id), { priority: select.value }, "PATCH");
      held = record.priority;
      say(t("shared.priority.changed", { priority: t(`shared.priority.${held}`) }));
      changed(record);
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      write(fault, trouble.message);
      fault.hidden = false;
      say(trouble.message);
      changed();
    }
    select.value = held;
  });
  return element("span", { className: "urgency" }, select, fault);
}
