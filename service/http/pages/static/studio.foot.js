// The end of every page: the visitor's language and appearance, kept in cookies that the service reads.

import "./studio.head.js";

const ROOT = new URL(".", import.meta.url);
const YEAR_SECONDS = 31_536_000;
const page = document.documentElement;

/** Keep a choice for all pages of this service. */
function keep(name, value) {
  document.cookie = `${name}=${value}; Path=${ROOT.pathname}; Max-Age=${YEAR_SECONDS}; SameSite=Lax`;
}

const language = document.getElementById("language");
const theme = document.getElementById("theme");
language.value = page.lang;
theme.value = page.dataset.theme;
language.addEventListener("change", () => {
  keep("language", language.value);
  location.reload();
});
theme.addEventListener("change", () => {
  keep("theme", theme.value);
  page.dataset.theme = theme.value;
});

const offline = document.getElementById("offline");
const tellOffline = () => (offline.hidden = navigator.onLine);
addEventListener("online", tellOffline);
addEventListener("offline", tellOffline);
tellOffline();
