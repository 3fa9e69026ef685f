// The lists: look, add, remove, import with a preview of what cannot be read, export.

import { api } from "./api.js";
import { date } from "./format.js";
import { cell, h, note, show, table } from "./page.js";
import { said } from "./sentences.js";
import { plural, word } from "./words.js";

export async function open(box, { owner }) {
  const { lists } = await api.get("lists");
  show(box, lists.length ? lists.map((list) => card(list, owner)) : h("p", { class: "card soft" }, word("noLists")));
}

function card(list, owner) {
  const path = `lists/${encodeURIComponent(list.name)}`;
  const editable = owner && list.editable;
  const rows = h("div", {});
  const problems = h("div", {});
  const search = h("input", { type: "search", name: "search" });
  const value = h("input", { name: "entry", required: true });
  const name = h("input", { name: "name" });
  let next;
  const load = async (fresh) => {
    if (fresh) next = undefined;
    const page = await api.get(`${path}/entries`, { search: search.value, after: next, limit: 100 });
    const lines = page.entries.map((e) => h("tr", {}, cell(word("numberHead"), h("span", { class: "num" }, e.entry)), cell(word("name"), e.name ?? ""), cell(word("from"), [e.by, e.added && date(e.added)].filter(Boolean).join(" · ")),
      cell("", editable && h("button", { type: "button", class: "danger", onclick: () => remove(e) }, word("remove")))));
    next = page.next;
    show(rows, table(list.name, [word("numberHead"), word("name"), word("from"), ""], lines, "stack entries"), next && h("button", { type: "button", onclick: () => load(false) }, word("more")));
  };
  const add = async (entry, label) => api.post(`${path}/entries`, { entry, name: label });
  const remove = async (e) => {
    await api.remove(`${path}/entries`, { entry: e.entry });
    note(`${e.entry} ${word("removed")}`, { label: word("undo"), run: async () => { await add(e.entry, e.name); load(true); } });
    load(true);
  };
  const form = h("form", { class: "row", onsubmit: async (event) => {
    event.preventDefault();
    await add(value.value, name.value);
    const entry = value.value;
    note(`${entry} ${word("added")}`, { label: word("undo"), run: async () => { await api.remove(`${path}/entries`, { entry }); load(true); } });
    form.reset();
    load(true);
  } }, h("label", {}, word("entry"), value), h("label", {}, word("name"), name), h("button", { class: "main" }, word("add")));
  if (list.problems.length) show(problems, h("details", {}, h("summary", { class: "warn" }, plural(list.problem_count, "badLines")), h("ul", { class: "small" }, list.problems.map((p) => h("li", {}, said(p))))));
  return h("details", { class: "card", ontoggle: (e) => { if (e.target.open && !rows.firstChild) load(true); } },
    h("summary", {}, h("strong", {}, list.name), " ", h("span", { class: list.kind === "deny" ? "block" : "ring" }, word(list.kind)), h("span", { class: "soft" }, ` · ${plural(list.entries, "entries")}`)),
    list.failure && h("p", { class: "block" }, said(list.failure)), problems,
    editable ? form : h("p", { class: "soft small" }, word("readOnlyList")),
    h("div", { class: "row" }, h("label", {}, word("search"), search), h("button", { type: "button", onclick: () => load(true) }, word("search")),
      editable && h("button", { type: "button", onclick: () => importDialog(path, () => load(true)) }, word("importList")),
      h("a", { class: "button", href: `/api/${path}/export`, download: true }, word("exportList"))), rows);
}

function importDialog(path, done) {
  const text = h("textarea", { "aria-label": word("importHint") });
  const file = h("input", { type: "file", onchange: async () => { if (file.files[0]) text.value = await file.files[0].text(); } });
  const result = h("div", { "aria-live": "polite" });
  const take = h("button", { type: "button", class: "main", disabled: true, onclick: async () => {
    const answer = await api.send(`${path}/import`, text.value);
    note(plural(answer.taken, "entries"));
    dialog.close();
    done();
  } }, word("importList"));
  const dialog = h("dialog", { "aria-label": word("importList"), onclose: () => dialog.remove() },
    h("p", {}, word("importHint")), h("label", {}, word("file"), file), text,
    h("div", { class: "row" }, h("button", { type: "button", onclick: async () => {
      const answer = await api.send(`${path}/preview`, text.value);
      take.disabled = answer.taken === 0;
      show(result, h("p", {}, plural(answer.taken, "taken")), answer.problem_count > 0 && [h("p", { class: "warn" }, plural(answer.problem_count, "badLines")), h("ul", { class: "small" }, answer.problems.map((p) => h("li", {}, said(p))))]);
    } }, word("preview")), take, h("button", { type: "button", onclick: () => dialog.close() }, word("cancel"))), result);
  document.body.append(dialog);
  dialog.showModal();
}
