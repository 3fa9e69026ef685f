// Voice mail and recordings.

import { api } from "./api.js";
import { numberButtons } from "./actions.js";
import { caller, span, time } from "./format.js";
import { ask, h, note, show } from "./page.js";
import { word } from "./words.js";
import { player } from "./wave.js";

export async function open(box, { owner }) {
  const mail = h("section", {});
  const others = h("section", {});
  const older = h("button", { type: "button", hidden: true, onclick: () => more() }, word("loadMore"));
  show(box, mail, h("h2", {}, word("recordings")), others, older);
  const remove = async (path) => {
    if (!await ask(word("removeAsk"), word("remove"), word("keep"))) return;
    await api.remove(path);
    note(word("removed"));
    load();
  };
  const item = (path, title, at, seconds, extra, heard) => {
    const rest = h("div", {});
    return h("article", { class: "card" },
      h("div", { class: "row spread" }, h("strong", {}, title, heard === false && h("span", { class: "warn" }, ` · ${word("newMessage")}`)), h("span", { class: "soft" }, `${time(at)} · ${span(seconds)}`)),
      rest, h("div", { class: "row" },
        h("button", { type: "button", class: "main", onclick: (e) => { e.target.remove(); rest.append(player(path, title)); if (heard === false && owner) api.post(`${path}/heard`); } }, word("play")),
        extra, owner && h("button", { type: "button", class: "danger away", onclick: () => remove(path) }, word("remove"))));
  };
  async function load() {
    const [{ messages }, { calls, next: first }] = await Promise.all([api.get("messages"), api.get("calls", { recording: 1, limit: 50 })]);
    show(mail, messages.length ? messages.map((m) => item(`messages/${m.id}`, [caller(m.who), m.name].filter(Boolean).join(" · "), m.at, m["length-seconds"], numberButtons({ caller: m.who, name: m.name }, owner), Boolean(m.heard)))
      : h("p", { class: "card soft" }, word("noMessages")));
    taken = new Set(messages.map((m) => m.call));
    others.replaceChildren();
    add(calls, first);
    if (!others.firstChild) await more();
    if (!others.firstChild) show(others, h("p", { class: "card soft" }, "–"));
  }
  // What is no message, a page at a time.
  let taken;
  let next;
  const add = (calls, from) => {
    next = from;
    older.hidden = !next;
    others.append(...calls.filter((c) => !taken.has(c.key)).map((c) => item(`calls/${c.id}`, [caller(c.number ?? c.caller), c.name].filter(Boolean).join(" · "), c.at, c["answered-seconds"], numberButtons(c, owner))));
  };
  async function more() {
    const shown = others.childElementCount;
    // A page may hold nothing but messages.
    for (let pages = 0; next && pages < 20 && others.childElementCount === shown; pages += 1) {
      const page = await api.get("calls", { recording: 1, limit: 50, after: next });
      add(page.calls, page.next);
    }
  }
  const hear = (event) => { if (event.detail.event === "recorded") load(); };
  document.addEventListener("news", hear);
  await load();
  return () => document.removeEventListener("news", hear);
}
