// Watches the proctoring software, which listens on this machine, as its vendor asks for it. Silent for longer than
// the vendor grants, it is lost: the hub is told, and ends the exam as the vendor wants it.
"use strict";

(() => {
  const TICK = 250, PATIENCE = 5_000, TELL_AGAIN = 5_000;
  const box = document.getElementById("heartbeat");
  if (!box) return;
  const part = (name) => document.getElementById("heartbeat-" + name);
  const every = Number(box.dataset.every) * 1000, grace = Number(box.dataset.grace) * 1000;
  const key = `heartbeat.${box.dataset.key}`;
  // Since when it has been silent, by the wall clock: it survives a reload, and holds in every tab.
  let silentSince = null, askedAt = -Infinity, asking = false, lost = false, told = false;

  function remembered() {
    try {
      const since = Number(localStorage.getItem(key));
      return since && since <= Date.now() ? since : null;
    } catch {
      return null;
    }
  }
  function remember(since) {
    silentSince = since;
    try {
      if (since === null) localStorage.removeItem(key);
      else localStorage.setItem(key, String(since));
    } catch {
      // A frame may be refused any storage: then a reload grants the time anew.
    }
  }

  async function answers() {
    try {
      // Whatever answers there is alive; what it says is none of this page's business.
      await fetch(box.dataset.url, { mode: "no-cors", cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(PATIENCE) });
      return true;
    } catch {
      return false;
    }
  }

  async function ask() {
    if (asking || lost) return;
    asking = true;
    askedAt = performance.now();
    if (await answers()) remember(null);
    else if (silentSince === null) remember(remembered() ?? Date.now());
    // A clock that was set back must not grant more.
    else if (silentSince > Date.now()) remember(Date.now());
    asking = false;
    show();
    if (silentSince !== null && left() <= 0) lose();
  }
  const left = () => Math.max(grace - (Date.now() - silentSince), 0);

  function show() {
    const silent = silentSince !== null;
    box.hidden = !silent;
    part("time").hidden = lost;
    const text = silent ? part(lost ? "lost" : "silent").content.textContent : "";
    if (part("alert").textContent !== text) part("alert").textContent = text;
    if (silent) part("left").textContent = `${Math.ceil(left() / 1000)} s`;
  }

  async function lose() {
    if (told) return;
    lost = told = true;
    show();
    const form = part("form");
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body });
      if (answer.ok) return location.replace(answer.url);
      // The form is of a sign-in that has ended: the page is loaded anew, and finds the same.
      if (answer.status === 403) return location.reload();
    } catch {
      // No connection: the exam is over all the same, and the hub hears of it as soon as it can.
    }
    setTimeout(() => { told = false; lose(); }, TELL_AGAIN);
  }

  setInterval(() => {
    if (silentSince !== null) show();
    // Silent, it is asked more often: it shall be seen at once when it is back, and not lost a moment too late.
    const pause = silentSince === null ? every : Math.min(every, 1000);
    if (performance.now() - askedAt >= pause) ask();
  }, TICK);
  ask();
})();
