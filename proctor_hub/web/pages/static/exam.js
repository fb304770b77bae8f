// The clock of a running exam. The server's time counts: a page learns how many seconds are left and
// counts them by a clock that nobody can set, and it asks again and again.
"use strict";

(() => {
  const ASK_EVERY = 30_000, ASK_WHILE_LOST = 5_000, PATIENCE = 5_000, TICK = 250;
  const box = document.getElementById("clock");
  if (!box) return;
  const part = (name) => document.getElementById("clock-" + name);
  const shown = part("left");
  let low = Number(box.dataset.low), critical = Number(box.dataset.critical);
  let left = 0, since = 0, lost = false, out = false, asking = null, leaving = false, askedAt = 0;

  function set(seconds) {
    left = seconds;
    since = performance.now();
  }
  const now = () => Math.max(left - (performance.now() - since) / 1000, 0);

  function text(seconds) {
    const whole = Math.floor(seconds), two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  }

  // Said once per exam and tab, also after the page was loaded again.
  function isNew(name) {
    const key = `clock.${box.dataset.key}.${name}`;
    try {
      if (sessionStorage.getItem(key)) return false;
      sessionStorage.setItem(key, "said");
    } catch {
      // A frame may be refused any storage: then it is said once per load.
      if (box.dataset[name + "Said"]) return false;
      box.dataset[name + "Said"] = "1";
    }
    return true;
  }
  function warn(name, region) {
    if (isNew(name)) part(region).textContent = part(name).textContent;
  }

  function show() {
    const seconds = now(), isCritical = seconds <= critical, isLow = seconds <= low && !isCritical;
    shown.textContent = text(seconds);
    part("low").hidden = !isLow;
    part("critical").hidden = !isCritical;
    if (isLow) warn("low", "polite");
    if (isCritical) warn("critical", "assertive");
    const pause = lost || out ? ASK_WHILE_LOST : seconds <= 0 ? 1000 : ASK_EVERY;
    if (performance.now() - askedAt >= pause) ask();
  }

  function moveOn() {
    leaving = true;
    location.replace(box.dataset.page);
  }
  function setLost(value) {
    if (value === lost) return;
    lost = value;
    part("lost").hidden = !value;
    part("polite").textContent = value ? part("lost").textContent : "";
  }

  function setOut(value) {
    if (value === out) return;
    out = value;
    part("out").hidden = !value;
    part("assertive").textContent = value ? part("out").textContent : "";
  }

  function ask() {
    if (leaving) return Promise.resolve();
    return asking ??= askNow().finally(() => { asking = null; });
  }
  async function askNow() {
    askedAt = performance.now();
    try {
      // A connection that stalls is lost, too: whoever ends the exam waits for this answer.
      const signal = AbortSignal.timeout(PATIENCE);
      const answer = await fetch(box.dataset.url, { cache: "no-store", headers: { Accept: "application/json" }, signal });
      // Not this person's exam: the page says so.
      if (answer.status === 404) return moveOn();
      // Signed out: what was typed into the questions must not go with the page.
      if (answer.status === 401) { setLost(false); return setOut(true); }
      if (!answer.ok) throw new Error("no answer");
      const told = await answer.json();
      setLost(false);
      setOut(false);
      for (const field of document.getElementsByName("form_token")) field.value = told.form_token;
      if (!told.running) return moveOn();
      // Half of the way is what the answer took to come.
      ({ low, critical } = told);
      set(told.seconds_left - (performance.now() - askedAt) / 2000);
    } catch {
      setLost(true);
    }
  }

  // A form that cannot arrive would take the page away, and with it what was typed into the questions.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.closest("main")) return;
    event.preventDefault();
    await ask();
    if (leaving) return;
    if (!lost && !out) return form.submit();
    form.dispatchEvent(new Event("formkept", { bubbles: true }));
    part("assertive").textContent = part(lost ? "lost" : "out").textContent;
  });

  set(Number(box.dataset.seconds));
  askedAt = performance.now();
  show();
  setInterval(show, TICK);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  window.addEventListener("online", ask);
  window.addEventListener("offline", () => setLost(true));
  // Back from the page after: what is shown is as old as that, and may be another person's by now.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
