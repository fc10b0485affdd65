// What needs a hand: dead letters with their history, and webhooks that hang.

import { action, ago, byId, element, say, write } from "./studio.dom.js";
import { folded, lasting, nothing, refill, together } from "./engine.parts.js";
import { ask, pathOf } from "./studio.service.js";
import { exactTime, t, timeOfDay } from "./studio.words.js";

const SHOWN = 20;

/** Show the newest dead letters. */
export async function showLetters() {
  const page = await ask(`dead-letters?limit=${SHOWN}`);
  const letters = page.dead_letters;
  refill(byId("letters"), JSON.stringify([letters, page.next]), () => {
    if (!letters.length) return nothing(t("engine.letters-none"));
    const all = letters.length > 1 && action(t("engine.redrive-all"), t("engine.redrive-all-label"), (event) => redriveAll(letters, event));
    return together(all && element("p", { className: "deeds" }, all), list(letters.map(letter)), page.next && nothing(t("engine.more-letters")));
  });
}

/** Show webhook deliveries that hang. */
export async function showHooks() {
  const { deliveries } = await ask(`deliveries?limit=${SHOWN}`);
  refill(byId("hooks"), JSON.stringify(deliveries), () => {
    if (!deliveries.length) return nothing(t("engine.hooks-none"));
    return list(deliveries.map(hook));
  });
}

const list = (items) => element("ol", { className: "letters" }, ...items);
const moment = (of) => element("time", { dateTime: of, title: exactTime(of) }, ago(of));

function letter({ id, tag, prompt, error, failed_at: failed, history }) {
  const fault = element("p", { className: "fault", hidden: true });
  const button = action(t("engine.redrive"), t("engine.redrive-label", { prompt }), () => act(button, fault, "letters-title", t("engine.redriven"), () => ask(`dead-letters/${id}/redrive`, undefined, "POST")));
  const attempts = history.map((one) => {
    const facts = t("engine.generation", { ...one, number: one.attempt, seconds: lasting(one.seconds) });
    return element("li", {}, moment(one.started_at), ` ${facts}`, one.detail ? element("code", {}, one.detail) : "");
  });
  const past = folded(id, t("engine.failed-attempts", { count: history.length }), element("ol", { className: "attempts" }, ...attempts));
  const head = element("div", { className: "letter-head" }, element("p", {}, element("b", {}, prompt)), button);
  return element("li", { className: "panel" }, head, element("p", { className: "by" }, tag, t("engine.failed-when"), moment(failed), ` · ${id}`), element("p", {}, error), fault, past);
}

function hook({ request, delivery }) {
  const fault = element("p", { className: "fault", hidden: true });
  const path = `${pathOf(request)}/deliveries/${encodeURIComponent(delivery.id)}/redeliver`;
  const button = action(t("engine.redeliver"), t("engine.redeliver-to", { url: delivery.url }), () => act(button, fault, "hooks-title", t("engine.redelivered"), () => ask(path, undefined, "POST")));
  const attempts = delivery.attempts.map((one) =>
    element("li", {}, moment(one.at), " ", t("engine.attempt", { number: one.number, seconds: lasting(one.seconds), reason: one.reason ?? t("engine.attempt-accepted") })));
  const next = delivery.next_attempt_at ? t("engine.next-attempt", { time: timeOfDay(delivery.next_attempt_at) }) : "";
  const past = folded(delivery.id, t("engine.attempts", { count: attempts.length }), element("ol", { className: "attempts" }, ...attempts));
  const head = element("div", { className: "letter-head" }, element("p", {}, element("b", {}, delivery.url)), button);
  return element("li", { className: "panel" }, head, element("p", { className: "by" }, t("engine.delivery", { type: delivery.type, request, state: t(`engine.delivery.${delivery.status}`) }) + next), fault, past);
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
  say(t("engine.redriven-count", { count: redriven }));
  byId("letters-title").focus();
  dispatchEvent(new Event("changed"));
}
