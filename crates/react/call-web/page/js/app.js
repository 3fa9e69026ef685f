// The frame: which view is shown, who is logged in, light or dark.

import { api, listen, session } from "./api.js";
import { h, note, show } from "./page.js";
import { said } from "./sentences.js";
import { otherLanguage, word } from "./words.js";
import * as live from "./live.js";
import * as calls from "./calls.js";
import * as messages from "./messages.js";
import * as lists from "./lists.js";
import * as rules from "./rules.js";
import * as statistics from "./statistics.js";
import * as lines from "./lines.js";

const views = { live, calls, messages, lists, rules, statistics, lines };
const main = document.getElementById("main");
let leave = () => {};
let stopListening = () => {};
let news = [];
let connected = null;

let current = "live";
// Views are named #/calls; other fragments, such as that of the skip link, lead to a place in the view.
function wanted() {
  const named = /^#\/(\w+)/.exec(location.hash)?.[1];
  if (named in views) current = named;
  return current;
}

function frame() {
  document.querySelector(".skip").textContent = word("skip");
  const nav = document.getElementById("nav");
  nav.setAttribute("aria-label", word("main"));
  const inside = session.role !== "none";
  show(nav, inside ? Object.keys(views).map((name) =>
    h("a", { href: "#/" + name, "aria-current": name === wanted() ? "page" : undefined }, word(name))) : []);
  nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  show(document.getElementById("tools"),
    h("button", { type: "button", "aria-label": word("theme"), title: word("theme"), onclick: theme }, "◐"),
    h("button", { type: "button", lang: word("languageName") === "Deutsch" ? "de" : "en", onclick: () => { otherLanguage(); render(); } }, word("languageName")),
    inside && session.needsPassword && h("button", { type: "button", onclick: async () => { await api.logOut(); stopListening(); render(); } }, word("logOut")));
}

function theme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private window */ }
}

async function render(focus) {
  leave();
  leave = () => {};
  frame();
  if (session.role === "none") return logIn();
  const view = views[wanted()] ?? live;
  const box = h("div", {});
  show(main, h("h1", { tabindex: "-1" }, word(wanted())),
    session.role === "reader" && h("p", { class: "soft" }, word("reader")), box);
  document.title = `${word(wanted())} · callblock`;
  if (focus) main.firstChild.focus();
  try {
    leave = (await view.open(box, { news, connected, session, owner: session.role === "owner" })) ?? (() => {});
  } catch (error) {
    if (error.code === "log-in") return;
    show(box, h("p", { class: "block", role: "alert" }, `${word("failed")} ${said(error.message)}`));
  }
}

function logIn() {
  const input = h("input", { type: "password", autocomplete: "current-password", required: true, name: "password" });
  const wrong = h("p", { class: "block", role: "alert" });
  const form = h("form", { class: "card", onsubmit: async (event) => {
    event.preventDefault();
    try { await api.logIn(input.value); follow(); render(true); }
    catch (error) { wrong.textContent = error.code === "wrong-password" ? word("wrongPassword") : said(error.message); input.select(); }
  } }, h("label", {}, word("password"), input), h("p", {}, h("button", { class: "main" }, word("logIn"))), wrong);
  show(main, h("h1", {}, "callblock"), form);
  input.focus();
}

function follow() {
  stopListening();
  stopListening = listen((item) => {
    news = [item, ...news].slice(0, 200);
    document.dispatchEvent(new CustomEvent("news", { detail: item }));
  }, (state) => {
    if (state === connected) return;
    if (connected !== null) note(word(state ? "connected" : "disconnected"));
    connected = state;
    document.dispatchEvent(new CustomEvent("connection", { detail: state }));
  });
}

try { const kept = localStorage.getItem("theme"); if (kept) document.documentElement.dataset.theme = kept; } catch { /* private window */ }
addEventListener("hashchange", () => { if (location.hash.startsWith("#/")) render(true); });
addEventListener("unhandledrejection", (event) => { event.preventDefault(); note(`${word("failed")} ${said(event.reason?.message ?? String(event.reason))}`); });
// The session ended; whoever is inside already is asked for the password once.
document.addEventListener("outside", () => { stopListening(); stopListening = () => {}; if (!document.querySelector("input[name=password]")) render(); });
await api.open().catch((error) => { show(main, h("p", { class: "block", role: "alert" }, `${word("failed")} ${said(error.message)}`)); throw error; });
if (session.role !== "none") follow();
render();
