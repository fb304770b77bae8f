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

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // One that opens another tab leaves this page as it is, and may be sent again.
  if (event.defaultPrevented || form.target === "_blank") return;
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
});
// Back from the page after: the browser shows the form as it was left.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest("form[data-sent]");
  if (form) delete form.dataset.sent;
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
  const form = document.querySelector("form[data-send-now]");
  if (form) form.requestSubmit();
  const link = document.querySelector("a[data-open-now]");
  if (link) window.open(link.href, "_blank", "noopener");
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
document.addEventListener("htmx:afterSwap", (event) => localTimes(event.target));
