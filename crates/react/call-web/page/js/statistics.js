// How many calls, when, from where, and why they were blocked; bars drawn here.

import { api } from "./api.js";
import { linePick } from "./actions.js";
import { caller, number, span } from "./format.js";
import { cell, h, show, svg, table } from "./page.js";
import { said } from "./sentences.js";
import { word } from "./words.js";

function bars(title, points) {
  const most = Math.max(1, ...points.map((p) => p.calls));
  const width = Math.max(260, Math.min(1040, document.documentElement.clientWidth - 60));
  const step = Math.min(48, width / Math.max(1, points.length));
  const every = Math.ceil(36 / step);
  const rects = points.map((p, i) => {
    const all = 100 * p.calls / most;
    const cut = 100 * p.blocked / most;
    const at = { x: i * step + 1, width: Math.max(1, step - 2) };
    return svg("g", {}, svg("title", {}, `${p.label}: ${p.calls} (${p.blocked} ${word("blockedWord")})`),
      svg("rect", { class: "all", y: 105 - all, height: all, ...at }), svg("rect", { class: "blocked", y: 105 - cut, height: cut, ...at }),
      i % every === 0 && svg("text", { x: i * step + 1, y: 120 }, p.short ?? p.label));
  });
  const text = points.filter((p) => p.calls).map((p) => `${p.label}: ${p.calls}`).join(", ");
  return h("section", { class: "card" }, h("h2", {}, title), svg("svg", { class: "bars", viewBox: `0 0 ${width} 124`, role: "img", "aria-label": `${title}. ${text}` },
    svg("line", { class: "most", x1: 0, x2: width, y1: 4.5, y2: 4.5 }), svg("text", { x: width - 2, y: 16, "text-anchor": "end" }, number(most)), rects));
}

const countCell = (n) => h("td", { class: "count" }, number(n));
const cause = (text) => text.replace(/^(permit|allow|deny|rule|lookup|default) /, (_, stage) => `${said(stage)} · `);

// Days on which nobody called are days too.
function everyDay(days) {
  const by = new Map(days);
  const all = [];
  const end = days.at(-1)?.[0];
  for (let at = new Date(days[0]?.[0]); end && all.length < 90; at.setUTCDate(at.getUTCDate() + 1)) {
    const day = at.toISOString().slice(0, 10);
    if (day > end) break;
    all.push([day, by.get(day) ?? { calls: 0, blocked: 0 }]);
  }
  return all;
}

const callsOf = (text, label) => h("a", { href: `#/calls?search=${encodeURIComponent(text)}` }, label);
const top = (title, rows, name) => rows.length > 0 && h("section", { class: "card" }, table(title, [title, word("total"), word("blockedWord")],
  rows.map(([label, count]) => h("tr", {}, cell(title, name ? name(label) : label), countCell(count.calls), countCell(count.blocked))), "counts"));

export async function open(box) {
  const out = h("div", {});
  const form = h("form", { class: "card row", onsubmit: (e) => { e.preventDefault(); load(); } },
    h("label", {}, word("from"), h("input", { type: "date", name: "from" })), h("label", {}, word("until"), h("input", { type: "date", name: "until" })), linePick(), h("button", { class: "main" }, word("showThese")));
  show(box, form, out);
  async function load() {
    const s = await api.get("statistics", Object.fromEntries(new FormData(form)));
    const days = everyDay(s.days.slice(-90)).map(([day, count]) => ({ label: day, short: `${Number(day.slice(8))}.${Number(day.slice(5, 7))}.`, ...count }));
    const weekdays = word("weekdays").split(",");
    const share = s.total.calls ? Math.round(100 * s.total.blocked / s.total.calls) : 0;
    show(out, h("section", { class: "card row wide" },
      h("div", {}, h("div", { class: "big" }, number(s.total.calls)), h("div", { class: "soft" }, word("total"))),
      h("div", {}, h("div", { class: "big block" }, `${share} %`), h("div", { class: "soft" }, word("blockedShare"))),
      h("div", {}, h("div", { class: "big" }, span(s.total["answered-seconds"])), h("div", { class: "soft" }, word("answered"))),
        h("p", { class: "soft small" }, h("span", { class: "key all" }), ` ${word("total")}  `, h("span", { class: "key blocked" }), ` ${word("blockedWord")}`)),
      bars(word("byDay"), days), bars(word("byHour"), s.hours.map((c, i) => ({ label: String(i), ...c }))),
      bars(word("byWeekday"), s.weekdays.map((c, i) => ({ label: weekdays[i], ...c }))),
      top(word("byReason"), s.causes, cause), top(word("byArea"), s.areas, (a) => a ? callsOf(a, a) : word("noArea")),
      top(word("topCallers"), s.callers.map((c) => [c, c]), (c) => callsOf(c.who, [caller(c.who), c.name, c.area].filter(Boolean).join(" · "))));
  }
  await load();
}
