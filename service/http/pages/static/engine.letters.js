// What needs a hand: dead letters with their history, and webhooks that hang.

import { action, ago, byId, element, say, write } from "./studio.dom.js";
import { folded, lasting, nothing, refill, together } from "./engine.parts.js";
import { ask, pathOf } from "./studio.service.js";

const SHOWN = 20;
const STATES = { pending: "waits", sending: "is being sent", failed: "given up", disabled: "switched off (410)" };

/** Show the newest dead letters. */
export async function showLetters() {
  const page = await ask(`dead-letters?limit=${SHOWN}`);
  const letters = page.dead_letters;
  refill(byId("letters"), JSON.stringify([letters, page.next]), () => {
    if (!letters.length) return nothing("None: no request has failed for good.");
    const all = letters.length > 1 && action("Redrive all of these", "Queue all of these again", (event) => redriveAll(letters, event));
    return together(all && element("p", { className: "deeds" }, all), list(letters.map(letter)), page.next && nothing("There are more, older ones."));
  });
}

/** Show webhook deliveries that hang. */
export async function showHooks() {
  const { deliveries } = await ask(`deliveries?limit=${SHOWN}`);
  refill(byId("hooks"), JSON.stringify(deliveries), () => {
    if (!deliveries.length) return nothing("None: every receiver that was called answers.");
    return list(deliveries.map(hook));
  });
}

const list = (items) => element("ol", { className: "letters" }, ...items);
const moment = (of) => element("time", { dateTime: of, title: new Date(of).toLocaleString("en") }, ago(of));

function letter({ id, tag, prompt, error, failed_at: failed, history }) {
  const fault = element("p", { className: "fault", hidden: true });
  const button = action("Redrive", `Queue again: ${prompt}`, () => act(button, fault, "letters-title", "Queued again.", () => ask(`dead-letters/${id}/redrive`, undefined, "POST")));
  const attempts = history.map((one) => {
    const facts = `${one.part}, attempt ${one.attempt}, ${one.generator}, ${lasting(one.seconds)}: ${one.reason}`;
    return element("li", {}, moment(one.started_at), ` ${facts}`, one.detail ? element("code", {}, one.detail) : "");
  });
  const past = folded(id, `${history.length} failed ${history.length === 1 ? "attempt" : "attempts"}`, element("ol", { className: "attempts" }, ...attempts));
  const head = element("div", { className: "letter-head" }, element("p", {}, element("b", {}, prompt)), button);
  return element("li", { className: "panel" }, head, element("p", { className: "by" }, `${tag} · failed `, moment(failed), ` · ${id}`), element("p", {}, error), fault, past);
}

function hook({ request, delivery }) {
  const fault = element("p", { className: "fault", hidden: true });
  const path = `${pathOf(request)}/deliveries/${encodeURIComponent(delivery.id)}/redeliver`;
  const button = action("Redeliver", `Send again to ${delivery.url}`, () => act(button, fault, "hooks-title", "It is being sent again.", () => ask(path, undefined, "POST")));
  const attempts = delivery.attempts.map((one) =>
    element("li", {}, moment(one.at), ` attempt ${one.number}, ${lasting(one.seconds)}: ${one.reason ?? "accepted"}`));
  const next = delivery.next_attempt_at ? ` · next attempt ${new Date(delivery.next_attempt_at).toLocaleTimeString("en")}` : "";
  const past = folded(delivery.id, `${attempts.length} ${attempts.length === 1 ? "attempt" : "attempts"}`, element("ol", { className: "attempts" }, ...attempts));
  const head = element("div", { className: "letter-head" }, element("p", {}, element("b", {}, delivery.url)), button);
  return element("li", { className: "panel" }, head, element("p", { className: "by" }, `${delivery.type} of request ${request} · ${STATES[delivery.status]}${next}`), fault, past);
}

/** Do something, say what came of it, and look again. */
async function act(button, fault, title, done, call) {
  button.disabled = true;
  try {
    await call();
    say(done);
    byId(title).focus(); // the button goes with its row
    dispatchEvent(new Event("changed"));
  } catch (trouble) {
    write(fault, trouble.message);
    fault.hidden = false;
    say(trouble.message);
    button.disabled = false;
  }
}

/** Queue these dead letters again, one after the other: others that failed since are not seen yet. */
async function redriveAll(letters, { target }) {
  target.disabled = true;
  let redriven = 0;
  for (const { id } of letters) {
    try {
      redriven += (await ask(`dead-letters/${id}/redrive`, undefined, "POST")).redriven.length;
    } catch (trouble) {
      say(trouble.message);
    }
  }
  say(`${redriven} queued again.`);
  byId("letters-title").focus();
  dispatchEvent(new Event("changed"));
}
