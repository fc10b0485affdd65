// One's own posts in the feed: edit and delete. It is loaded when it is first needed.

import { action, element, say } from "./studio.dom.js";
import { Trouble, ask } from "./studio.service.js";
import { t } from "./studio.words.js";

const pathOf = (id) => `feed/posts/${encodeURIComponent(id)}`;

/** Let the author edit a post in its place; `done` gets what it is then, or nothing if it stays as it was. */
export function edit(post, node, done) {
  if (node.querySelector("form")) return;
  const fault = element("p", { className: "fault", hidden: true });
  fault.setAttribute("role", "alert");
  const fields = {
    title: element("input", { maxLength: 200, required: true, value: post.title }),
    content: element("textarea", { rows: 6, maxLength: 20_000, required: true, value: post.content }),
    ...(post.imageUri && { alt: element("textarea", { rows: 2, maxLength: 1000, value: post.alt ?? "" }) }),
  };
  const labels = { title: "feed.edit.title", content: "feed.edit.text", alt: "feed.edit.alt" };
  const form = element("form", { className: "in-place" },
    ...Object.entries(fields).map(([name, field]) => element("label", {}, t(labels[name]), field)),
    fault,
    element("p", { className: "deeds" },
      element("button", { type: "submit", className: "primary" }, t("feed.edit.save")),
      action(t("shared.cancel"), t("shared.cancel"), () => done())));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const all = Object.entries(fields).map(([name, { value }]) => [name, value.trim()]);
    const changed = Object.fromEntries(all.filter(([name, value]) => value && value !== (post[name] ?? "")));
    try {
      done(await ask(pathOf(post.id), changed, "PATCH"));
      say(t("feed.edit.saved"));
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      fault.textContent = trouble.message;
      fault.hidden = false;
    }
  });
  node.firstElementChild.append(form);
  fields.title.focus();
}

/** Delete a post; throws Trouble. */
export const remove = (id) => ask(pathOf(id), undefined, "DELETE");
