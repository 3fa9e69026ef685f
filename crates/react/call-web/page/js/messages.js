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
  show(box, mail, h("h2", {}, word("recordings")), others);
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
    const [{ messages }, { calls }] = await Promise.all([api.get("messages"), api.get("calls", { recording: 1, limit: 50 })]);
    show(mail, messages.length ? messages.map((m) => item(`messages/${m.id}`, [caller(m.who), m.name].filter(Boolean).join(" · "), m.at, m["length-seconds"], numberButtons({ caller: m.who, name: m.name }, owner), Boolean(m.heard)))
      : h("p", { class: "card soft" }, word("noMessages")));
    const taken = new Set(messages.map((m) => m.call));
    const rest = calls.filter((c) => !taken.has(c.key));
    show(others, rest.length ? rest.map((c) => item(`calls/${c.id}`, [caller(c.number ?? c.caller), c.name].filter(Boolean).join(" · "), c.at, c["answered-seconds"], numberButtons(c, owner)))
      : h("p", { class: "card soft" }, "–"));
  }
  const hear = (event) => { if (event.detail.event === "recorded") load(); };
  document.addEventListener("news", hear);
  await load();
  return () => document.removeEventListener("news", hear);
}
