// Keeps a page up to date and adds comfort. Everything works without it, but nothing changes by itself then.
"use strict";

// ---- The theme ----

const THEMES = ["system", "light", "dark"];

function keep(storage, name, value) {
  try {
    if (value === null) storage().removeItem(name);
    else storage().setItem(name, value);
  } catch {
    // Storage may be forbidden; then it holds for this page alone.
  }
}

function kept(storage, name) {
  try {
    return storage().getItem(name);
  } catch {
    return null;
  }
}

function setUpTheme() {
  const button = document.getElementById("theme");
  const show = (theme) => {
    button.textContent = `Theme: ${theme}`;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  show(document.documentElement.dataset.theme ?? "system");
  button.hidden = false;
  button.addEventListener("click", () => {
    const now = document.documentElement.dataset.theme ?? "system";
    const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    show(next);
    keep(() => localStorage, "theme", next === "system" ? null : next);
  });
}

// ---- Keys ----

function setUpKeys() {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, select, textarea");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const filter = document.getElementById("where");
    if (!filter) return;
    event.preventDefault();
    filter.focus();
    filter.select();
  });
}

// ---- Jobs to compare, also over several pages of the table ----

const MOST_COMPARED = 12;

function setUpComparing() {
  const form = document.getElementById("compare");
  if (!form) return;
  const chosen = new Set((kept(() => sessionStorage, "chosen") ?? "").split(" ").filter(Boolean));
  const button = document.getElementById("compare-button");
  const words = document.getElementById("compare-words");
  const clear = document.getElementById("compare-clear");
  const show = () => {
    for (const box of document.querySelectorAll("input[name=job]")) {
      box.checked = chosen.has(box.value);
      box.disabled = !box.checked && chosen.size >= MOST_COMPARED;
      box.closest("tr").classList.toggle("chosen", box.checked);
    }
    button.disabled = chosen.size < 2;
    clear.hidden = chosen.size === 0;
    words.textContent = chosen.size === 0 ? `Check up to ${MOST_COMPARED} jobs to compare them.` : `${chosen.size} chosen`;
    keep(() => sessionStorage, "chosen", [...chosen].join(" "));
  };
  document.addEventListener("change", (event) => {
    if (event.target.name !== "job") return;
    if (event.target.checked) chosen.add(event.target.value);
    else chosen.delete(event.target.value);
    show();
  });
  clear.addEventListener("click", () => {
    chosen.clear();
    show();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const query = new URLSearchParams([...chosen].map((job) => ["job", job]));
    location.assign(`/compare?${query}`);
  });
  // A page that a browser shows again, and rows that came anew.
  addEventListener("pageshow", show);
  document.addEventListener("renewed", show);
  show();
}

// ---- Being up to date ----

// Changes `old` into `fresh` where they differ and nowhere else, so that focus, selection and what is open stay.
function renew(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || old.id !== fresh.id) {
    old.replaceWith(document.importNode(fresh, true));
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    const isOwn = (name === "open" && old.nodeName === "DETAILS") || name === "class";
    if (!fresh.hasAttribute(name) && !isOwn) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !(name === "open" && old.nodeName === "DETAILS")) old.setAttribute(name, value);
  }
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  // Rows come and go at the top of a table: those that stay are known by their ids.
  const known = new Map(before.filter((node) => node.id).map((node) => [node.id, node]));
  let place = old.firstChild;
  for (const node of after) {
    const match = node.id ? known.get(node.id) : place && !place.id ? place : null;
    if (!match || match.nodeName !== node.nodeName) {
      old.insertBefore(document.importNode(node, true), place);
      continue;
    }
    if (match === place) place = place.nextSibling;
    else old.insertBefore(match, place);
    renew(match, node);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

const news = { timer: null, isFetching: false, isWanted: false, pause: 500, source: null, retry: 1000 };

function say(state, words) {
  const live = document.getElementById("live");
  live.dataset.state = state;
  if (live.textContent !== words) live.textContent = words;
}

// Asks for the page again, soon, and never more often than the server answers with ease.
function want() {
  news.isWanted = true;
  if (news.timer === null && !news.isFetching && !document.hidden) news.timer = setTimeout(refetch, news.pause);
}

async function refetch() {
  news.timer = null;
  news.isFetching = true;
  news.isWanted = false;
  const begin = performance.now();
  try {
    const answer = await fetch(location.href, { cache: "no-store", headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok) {
      for (const part of document.querySelectorAll("[data-live]")) {
        const match = fresh.getElementById(part.id);
        if (match) renew(part, match);
      }
      document.dispatchEvent(new Event("renewed"));
      say("live", "Live");
    } else {
      say("lost", fresh.querySelector("h1")?.textContent ?? "No answer");
    }
  } catch {
    // The connection is gone: it is opened again, and asks then.
  }
  news.isFetching = false;
  news.pause = Math.max(500, 4 * (performance.now() - begin));
  if (news.isWanted) want();
}

function isOurs(change, watched) {
  return change.all || watched.includes("all") || change.jobs.some((job) => watched.includes(job.id));
}

function connect() {
  if (news.source || document.hidden) return;
  const watched = document.body.dataset.watch.split(" ");
  const source = new EventSource("/events");
  news.source = source;
  source.addEventListener("open", () => {
    news.retry = 1000;
    say("live", "Live");
    // What happened before the connection was open is not told.
    want();
  });
  source.addEventListener("change", (event) => {
    if (isOurs(JSON.parse(event.data), watched)) want();
  });
  source.addEventListener("trouble", (event) => say("lost", JSON.parse(event.data).words));
  source.addEventListener("error", () => {
    say("lost", "Connection lost; trying again");
    if (source.readyState !== EventSource.CLOSED) return;
    // The server refused: browsers do not try again by themselves then.
    disconnect();
    setTimeout(connect, news.retry);
    news.retry = Math.min(2 * news.retry, 30000);
  });
}

function disconnect() {
  news.source?.close();
  news.source = null;
}

// Browsers allow six connections to a server: pages that nobody sees keep none.
function setUpNews() {
  if (!document.body.dataset.watch) return;
  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);
  connect();
}

setUpTheme();
setUpKeys();
setUpComparing();
setUpNews();
