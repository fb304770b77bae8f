// What pages do besides htmx. Everything works without this file, only less conveniently.
"use strict";

// Points in time: in the viewer's zone, with UTC on hover.
function localTimes(root) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: "medium", timeStyle: "short",
  });
  for (const one of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const moment = new Date(one.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    one.textContent = format.format(moment);
    one.dataset.local = "";
  }
}

// What is typed as a date and time in UTC, said in the viewer's zone beside the field.
function inZone(hint) {
  const field = document.getElementById(hint.dataset.inZoneOf);
  const [shown] = hint.getElementsByTagName("time");
  const say = () => {
    hint.hidden = field.value === "";
    if (hint.hidden) return;
    shown.dateTime = `${field.value}Z`;
    delete shown.dataset.local;
    localTimes(hint);
  };
  field.addEventListener("input", say);
  say();
}

// What the page has to say while somebody waits; several things at once are said one after the other.
const news = new Map();
function say(about, text) {
  if (text) news.set(about, text);
  else if (!news.delete(about)) return;
  const shown = document.getElementById("news"), said = [...news.values()].join(" ");
  if (shown.textContent !== said) shown.textContent = said;
}

// A form is sent once, however often its button is pressed. Until the answer is here its button is marked, and where
// that takes long the page says for whom it waits.
const LONG = 4_000;
const sent = new Map();
document.addEventListener("submit", (event) => {
  const form = event.target;
  // One that opens another tab leaves this page as it is, and may be sent again.
  if (event.defaultPrevented || form.target === "_blank") return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  const button = event.submitter ?? form.querySelector("button:not([type=button])");
  button?.setAttribute("aria-busy", "true");
  const timer = setTimeout(() => say(form, form.dataset.slow ?? document.body.dataset.slow), LONG);
  sent.set(form, { button, timer });
});
function free(form) {
  const { button, timer } = sent.get(form) ?? {};
  clearTimeout(timer);
  button?.removeAttribute("aria-busy");
  sent.delete(form);
  say(form, "");
}
const freeAll = () => [...sent.keys()].forEach(free);
// Back from the page after: the browser shows the form as it was left.
window.addEventListener("pageshow", freeAll);
// The answer is not awaited any more: somebody pressed the browser's own button.
window.navigation?.addEventListener("navigateerror", freeAll);
// A script of the page has kept the form back.
document.addEventListener("formkept", (event) => free(event.target));

// What asks again and again goes on by itself; while nobody answers, the page says so.
document.addEventListener("htmx:afterRequest", (event) => {
  const { status } = event.detail.xhr;
  say("hub", status === 0 || status >= 500 ? document.body.dataset.lost : "");
});

// Copies the text of the element that a button names.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const said = document.body.dataset.copied;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    button.textContent = said;
  } catch {
    // A frame may not write to the clipboard: then the text is selected for the keyboard.
    getSelection().selectAllChildren(source);
  }
});

function begin() {
  localTimes(document);
  document.querySelectorAll("[data-in-zone-of]").forEach(inZone);
  const form = document.querySelector("form[data-send-now]");
  if (form) form.requestSubmit();
  const link = document.querySelector("a[data-open-now]");
  if (link) window.open(link.href, "_blank", "noopener");
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
for (const name of ["htmx:afterSwap", "htmx:oobAfterSwap"]) document.addEventListener(name, (event) => localTimes(event.target));
