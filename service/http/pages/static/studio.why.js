// Why a post is recommended, and what was learnt of the reader. It is loaded when it is first needed.

import { confirmed, element, say } from "./studio.dom.js";
import { feed } from "./studio.feed.js";
import { Trouble, ask } from "./studio.service.js";
import { number, t } from "./studio.words.js";

/** What the ranking says about a post, as a list in it. */
export async function explain(id, node) {
  const shown = node.querySelector(".why");
  if (shown) {
    shown.remove();
    return;
  }
  const query = new URLSearchParams({ "user-id": feed.user, "post-id": id });
  const why = await ask(`feed/why?${query}`);
  const rows = [
    [t("feed.why.reason"), why.reason.text],
    ...why.parts.filter(({ adds }) => adds).map(({ name, adds }) => [name, number(adds, 2)]),
    [t("feed.why.score"), number(why.score, 2)],
    [t("feed.why.views"), number(why.views)],
    [t("feed.why.likes"), number(why.likes)],
    ...why.filters.filter(({ passed }) => !passed).map(({ why: reason }) => [t("feed.why.left-out"), reason]),
  ];
  const list = element("dl", { className: "details why" },
    ...rows.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)]));
  node.firstElementChild.append(list);
}

/** Show what was learnt of the reader, and a way to forget it. */
export async function showTaste(slot) {
  const { user } = feed;
  const taste = await ask(`feed/taste?${new URLSearchParams({ "user-id": user })}`);
  const lists = [
    ["feed.taste.likes", taste.likes.map(({ title }) => title)],
    ["feed.taste.authors", taste.authors.map(({ name, words }) => `${name}: ${words}`)],
    ["feed.taste.subjects", taste.subjects.map(({ name, words }) => `#${name}: ${words}`)],
  ].filter(([, items]) => items.length);
  if (!lists.length) {
    slot.replaceChildren(element("p", {}, t("feed.taste.nothing")));
    return;
  }
  const forget = confirmed(t("feed.taste.forget"), t("feed.taste.sure"), async () => {
    try {
      await ask(`feed/taste?${new URLSearchParams({ "user-id": user })}`, undefined, "DELETE");
      say(t("feed.taste.forgotten"));
      await showTaste(slot);
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      say(trouble.message);
    }
  });
  slot.replaceChildren(
    ...lists.flatMap(([name, items]) => [
      element("h3", {}, t(name)),
      element("ul", {}, ...items.map((item) => element("li", {}, item))),
    ]),
    forget);
}
