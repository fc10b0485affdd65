// The model servers of this machine, and the button that uses one.

import { action, byId, element, say, write } from "./studio.dom.js";
import { nothing, refill, together } from "./engine.parts.js";
import { ask } from "./studio.service.js";
import { t } from "./studio.words.js";

const WORKFLOW = "ComfyUI"; // it needs the file of a workflow, which only the command takes

/** Show which model servers answer now, and what uses them. */
export async function showFound() {
  const { servers } = await ask("models/discovered");
  refill(byId("found"), JSON.stringify(servers), () => {
    if (!servers.length) return nothing(t("engine.found-none"));
    return element("ol", { className: "letters" }, ...servers.map(server));
  });
}

function server({ program, kind, base_url: address, models, used_by: users }) {
  const about = element("div", {}, element("b", {}, program), element("p", { className: "by" }, `${t(`engine.kind.${kind}`)} · ${address}`));
  const used = users.length && element("p", {}, t("engine.found-used", { names: users.join(", ") }));
  if (program === WORKFLOW) {
    const how = users.length ? "" : element("p", {}, t("engine.found-command"), " ", element("code", {}, "models discover --use comfyui --workflow FILE"));
    return element("li", { className: "panel" }, together(about, used, how));
  }
  if (!models.length) return element("li", { className: "panel" }, together(about, used, nothing(t("engine.found-empty"))));
  const fault = element("p", { className: "fault", hidden: true });
  const choice = element("select", {}, ...models.map((name) => element("option", {}, name)));
  choice.setAttribute("aria-label", t("engine.found-model", { program }));
  const button = action(t("engine.found-use"), t("engine.found-use-label", { program }), () => use(program, choice, button, fault));
  const deeds = element("div", { className: "letter-head" }, about, element("div", { className: "deeds" }, choice, button));
  return element("li", { className: "panel" }, together(deeds, used, fault));
}

/** Use a server, and say under which name. */
async function use(program, choice, button, fault) {
  button.disabled = true;
  try {
    const used = await ask("models/discovered", { program, model: choice.value }, "POST");
    fault.hidden = true;
    say(t(used.default ? "engine.found-default" : "engine.found-named", used));
    dispatchEvent(new Event("changed"));
  } catch (trouble) {
    write(fault, trouble.message);
    fault.hidden = false;
    say(trouble.message);
  }
  button.disabled = false;
  button.focus();
}
