// Finish, then publish: edits what a request became, shows the post as it will stand, and publishes it
// now or later. It is loaded when it is first needed.

import { element, picture, prose, say, showTime, stamp, write } from "./studio.dom.js";
import { recall } from "./studio.memory.js";
import { draftOf, isPublished, postOf, rememberDraft, rememberPost, stateOfPost } from "./studio.published.js";
import { Trouble, ask, now, pathOf } from "./studio.service.js";
import { t } from "./studio.words.js";

const MOST_SCHEDULED = 100; // posts of a user that are looked through

const { node: dialog } = stamp("finish-dialog"); // on the page while it is open
const part = (id) => dialog.querySelector(`#${id}`);
const form = part("finish-form");
const [send] = form.querySelectorAll("[type=submit]");
const fields = form.elements;
let open; // { record, first, isEdit, isLater, changed, slots }

/** Open the dialog for a completed request; `changed` is called when its post has changed. */
export async function finish(record, changed) {
  const isEdit = isPublished(record);
  document.body.append(dialog);
  complain();
  const isLater = !isEdit && Boolean(postOf(record));
  let first = firstOf(record);
  if (isEdit || isLater) {
    try {
      first = isEdit ? await ask(`feed/posts/${encodeURIComponent(record.id)}`) : ((await scheduled(record)) ?? first);
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      say(trouble.message);
      complain(trouble.message);
    }
  }
  const { node, slots } = stamp("post");
  open = { record, first, isEdit, isLater, changed, slots };
  write(part("finish-title"), isEdit ? t("finish.edit") : isLater ? stateOfPost(record) : t("finish.publish"));
  const values = { ...first, ...(!isEdit && !isLater && draftOf(record.id)) };
  for (const name of ["title", "content", "alt"]) fields[name].value = values[name] ?? "";
  fields["user-id"].value = first.author ?? postOf(record)?.user ?? record.user_id ?? recall().author;
  fields.at.value = isLater ? localTime(postOf(record).at) : "";
  show("user-id", !isEdit && !isLater);
  show("alt", Boolean(record.imageUri));
  show("at", !isEdit);
  part("take-back").hidden = !isLater;
  fields.title.required = fields.content.required = isEdit;
  write(part("keep"), t(isEdit ? "finish.leave" : isLater ? "finish.let" : "finish.keep"));
  if (record.imageUri) slots.frame.append(picture(record.imageUri, record.prompt));
  showTime(slots.time, new Date(now()).toISOString());
  form.querySelector(".preview").replaceChildren(element("ol", { className: "one" }, node));
  showPost();
  dialog.showModal();
}

/** What a request became, before anything is edited. */
const firstOf = ({ text, parts }) => ({ title: "", content: text ?? "", alt: parts.image?.alt ?? "" });

/** The post of a request as it is scheduled. */
async function scheduled(record) {
  const query = new URLSearchParams({ "user-id": postOf(record).user, limit: MOST_SCHEDULED });
  return (await ask(`feed/scheduled?${query}`)).posts.find(({ id }) => id === record.id);
}

/** A moment as a field for local times has it: "2026-01-31T09:00". */
function localTime(moment) {
  const date = new Date(moment);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Show or hide a field and its label. */
function show(name, isShown) {
  fields[name].hidden = fields[name].labels[0].hidden = !isShown;
  fields[name].disabled = !isShown;
}

/** The first sentence of the text, as the service takes it for a title. */
function titleOf(content, prompt) {
  const line = content.split("\n").find((each) => /[\p{L}\p{N}]/u.test(each.replace(/#\S+/g, ""))) ?? prompt;
  return (line.match(/^.*?[.!?](?=\s|$)/)?.[0] ?? line).replace(/(\s*#\S+)+\s*$/, "");
}

/** Show the post as it will stand, and how long its text is. */
function showPost() {
  const { record, slots } = open;
  const [title, content] = [fields.title.value.trim(), fields.content.value];
  const assumed = titleOf(content, record.prompt);
  fields.title.placeholder = assumed;
  const heading = title || assumed;
  const rest = content.startsWith(heading) ? content.slice(heading.length).trim() : content;
  write(slots.title, heading);
  if (record.imageUri) {
    slots.frame.firstElementChild.alt = fields.alt.value;
    slots.caption.querySelector(".prose")?.remove();
    if (rest) slots.caption.append(prose(rest));
  } else {
    slots.frame.replaceChildren(prose(content));
    slots.title.classList.toggle("unseen", rest !== content);
  }
  const tags = content.match(/#[\p{L}\p{N}_]+/gu)?.length ?? 0;
  const characters = [...content].length;
  write(part("post-count"), [t("finish.characters", { count: characters }), t("finish.hashtags", { count: tags })].join(", "));
  write(send, t(open.isEdit || (open.isLater && fields.at.value) ? "finish.save" : fields.at.value ? "finish.later" : "finish.now"));
}

/** The fields that differ from what there was. */
function changes() {
  const names = ["title", "content", "alt"].filter((name) => !fields[name].disabled);
  const filled = names.map((name) => [name, fields[name].value.trim()]).filter(([, value]) => value);
  return Object.fromEntries(filled.filter(([name, value]) => value !== (open.first[name] ?? "").trim()));
}

/** Publish or save what is in the form. */
async function submit(event) {
  event.preventDefault();
  const { record, first, isEdit, isLater, changed } = open;
  send.disabled = true;
  try {
    const at = fields.at.value && new Date(fields.at.value).toISOString();
    const user = fields["user-id"].value.trim();
    if (isEdit) {
      await ask(`feed/posts/${encodeURIComponent(record.id)}`, changes(), "PATCH");
    } else {
      const kept = isLater && { title: first.title, content: first.content, ...(first.alt && { alt: first.alt }) };
      await ask(`${pathOf(record.id)}/publish`, { "user-id": user, ...kept, ...changes(), ...(at && { at }) });
      rememberPost(record.id, { user, ...(at && { at }) });
    }
    dialog.close();
    say(t(isEdit ? "finish.said.saved" : at ? "finish.said.later" : "finish.said.now"));
    changed();
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    complain(trouble.message);
  } finally {
    send.disabled = false;
  }
}

/** Show what went wrong, or nothing. */
function complain(sentence = "") {
  write(part("finish-fault"), sentence);
  part("finish-fault").hidden = !sentence;
}

dialog.addEventListener("close", () => dialog.remove());
form.addEventListener("submit", submit);
form.addEventListener("input", () => {
  showPost();
  const { record, isEdit } = open;
  const draft = { title: fields.title.value, content: fields.content.value, alt: fields.alt.value };
  if (!isEdit) rememberDraft(record.id, draft);
});
part("keep").addEventListener("click", () => dialog.close());
part("take-back").addEventListener("click", async () => {
  try {
    const { id } = open.record;
    await ask(`feed/posts/${encodeURIComponent(id)}`, undefined, "DELETE");
    rememberPost(id, undefined);
    dialog.close();
    say(t("finish.said.not"));
    open.changed();
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    complain(trouble.message);
  }
});
