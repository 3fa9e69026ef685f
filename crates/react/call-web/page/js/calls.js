// The log: search, filter, scroll for as long as one likes, and unfold why.

import { api } from "./api.js";
import { linePick, lookUpButton, numberButtons } from "./actions.js";
import { span, time, who } from "./format.js";
import { cell, h, show } from "./page.js";
import { said, step } from "./sentences.js";
import { word } from "./words.js";
import { player } from "./wave.js";

const pick = (label, name, options) => h("label", {}, word(label), h("select", { name }, options.map(([value, text]) => h("option", { value }, text))));

export async function open(box, { owner }) {
  const form = h("form", { class: "card row", role: "search", onsubmit: (e) => { e.preventDefault(); start(); } },
    h("label", {}, word("search"), h("input", { type: "search", name: "search", placeholder: word("searchHint"), value: new URLSearchParams(location.hash.split("?")[1]).get("search") })),
    h("button", { class: "main" }, word("search")),
    h("details", { class: "filters", open: innerWidth > 640 }, h("summary", {}, word("filters")), h("div", { class: "row" },
    pick("decision", "decision", [["", word("all")], ["ring", word("ring")], ["block", word("block")]]),
    h("label", {}, word("from"), h("input", { type: "date", name: "from" })),
    h("label", {}, word("until"), h("input", { type: "date", name: "until" })), linePick(),
    h("label", { class: "check" }, h("input", { type: "checkbox", name: "recording", value: "1" }), word("withRecording")))));
  form.addEventListener("change", (e) => { if (e.target.name !== "search") start(); });
  const body = h("tbody", {});
  const more = h("button", { type: "button", onclick: () => load() }, word("loadMore"));
  const end = h("p", { class: "soft", "aria-live": "polite" });
  const heads = ["time", "callerHead", "decision", "reason", "more"].map(word);
  show(box, form, h("div", { class: "scroll" }, h("table", { class: "stack calls" }, h("caption", { class: "hidden" }, word("calls")),
    h("thead", {}, h("tr", {}, heads.map((t) => h("th", { scope: "col" }, t)))), body)), end, more);

  let next;
  let busy = false;
  let round = 0;
  async function load() {
    if (busy) return;
    busy = true;
    const mine = round;
    try {
      // A page looks at a part of the log; what is rare may be far back. After many in vain the button goes on.
      for (let pages = 0; pages < 40; pages += 1) {
        const given = Object.fromEntries(new FormData(form));
        const page = await api.get("calls", { ...given, after: next, limit: 50 });
        if (mine !== round) return;
        body.append(...page.calls.map((call) => row(call, owner)).flat());
        next = page.next;
        more.hidden = !next;
        const seen = Number(next?.split("-")[0]);
        end.textContent = !next ? body.children.length ? word("end") : word("noCalls") : page.calls.length < 50 && seen ? `${word("lookedBack")} ${time(seen)}` : "";
        if (!next || more.getBoundingClientRect().top > innerHeight) return;
      }
    } finally { if (mine === round) busy = false; }
  }
  function start() { round += 1; busy = false; next = undefined; body.replaceChildren(); return load(); }
  // Goes on by itself when the end comes into sight; the button is for those without a pointer.
  const watch = new IntersectionObserver((seen) => { if (seen.some((s) => s.isIntersecting) && next) load(); });
  watch.observe(more);
  let later;
  // Whoever reads on, or has something unfolded, keeps it.
  const hear = (event) => { if (event.detail.event === "ended" && scrollY < 100 && !body.querySelector("[aria-expanded=true]")) later = setTimeout(start, 500); };
  document.addEventListener("news", hear);
  await start();
  return () => { clearTimeout(later); watch.disconnect(); document.removeEventListener("news", hear); };
}

function row(call, owner) {
  const details = h("tr", { hidden: true, id: "call-" + call.id });
  const button = h("button", { type: "button", "aria-expanded": "false", "aria-controls": details.id, onclick: () => {
    const opening = details.hidden;
    details.hidden = !opening;
    button.setAttribute("aria-expanded", String(opening));
    button.textContent = word(opening ? "less" : "more");
    if (opening && !details.firstChild) details.append(h("td", { colspan: 5, class: "bare" }, unfold(call, owner)));
  } }, word("more"));
  return [h("tr", {},
    cell(word("time"), h("span", { class: "num" }, time(call.at))),
    cell(word("callerHead"), h("div", {}, h("div", { class: "num" }, who(call)), h("div", { class: "soft small" }, [call.name, call.area].filter(Boolean).join(" · ")))),
    cell(word("decision"), h("span", { class: call.decision }, word(call.decision))),
    cell(word("reason"), said(call.reason)),
    cell(word("more"), button)), details];
}

function unfold(call, owner) {
  const facts = [[word("what"), [said(call.action), said(call.ending), call["answered-seconds"] && `${word("answered")} ${span(call["answered-seconds"])}`].filter(Boolean).join(", ")],
    [word("rule"), `${said(call.stage)} · ${said(call.rule)}`], [word("line"), [call.line, call.called].filter(Boolean).join(" · ")],
    [word("digits"), call.digits], [word("suspect"), call.suspect && said(call.suspect)]].filter(([, v]) => v);
  return h("div", {},
    h("dl", { class: "small" }, facts.map(([k, v]) => [h("dt", { class: "soft" }, k), h("dd", {}, v)])),
    call.steps.length > 0 && [h("h2", {}, word("steps")), h("ol", { class: "steps small" }, call.steps.map((one) => h("li", {}, step(one))))],
    call.raw && [h("h2", {}, word("raw")), h("pre", {}, call.raw.replaceAll("\\n", "\n").trim())],
    call.recording && player(`calls/${call.id}`, word("recording")),
    h("div", { class: "row" }, numberButtons(call, owner), lookUpButton(call)));
}
