// The page of one post: its time in the visitor's words, its address to copy, and a download.

import { dateTime, t } from "./studio.words.js";

const COPIED_MS = 2000; // that the button says so

for (const time of document.querySelectorAll("time")) time.textContent = dateTime(time.dateTime);

const address = document.querySelector("link[rel=canonical]").href;
const button = document.getElementById("copy-link");
button.addEventListener("click", async () => {
  let done = "post.link-copied";
  try {
    await navigator.clipboard.writeText(address);
  } catch {
    done = "post.link-shown"; // the browser forbids it: the address bar has the link
    history.replaceState(null, "", new URL(address).pathname);
  }
  document.getElementById("said").textContent = button.textContent = t(done);
  setTimeout(() => (button.textContent = t("post.copy-link")), COPIED_MS);
});

const download = document.getElementById("download");
const picture = document.querySelector("article img");
if (picture) {
  download.href = picture.src;
  download.download = picture.src.split("/").pop();
} else {
  const text = [...document.querySelectorAll("article h1, article .prose")].map((node) => node.textContent).join("\n\n");
  download.href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
  download.download = "post.txt";
}
