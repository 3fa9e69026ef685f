// The rules as they stand, and what they would do.

import { api } from "./api.js";
import { number, time, typed, who } from "./format.js";
import { cell, h, show, table } from "./page.js";
import { said, stepText } from "./sentences.js";
import { plural, word } from "./words.js";

const actionText = (text) => { const [word, ...rest] = text.split(":"); return [said(word), ...rest].join(" "); };
const condition = (text) => { const [key, ...rest] = text.split(": "); return rest.length ? `${said(key)}: ${rest.join(": ").split(", ").map(said).join(", ")}` : said(text); };

export async function open(box) {
  const { mode, default_action, rules } = await api.get("rules");
  const result = h("div", { "aria-live": "polite" });
  const replayed = h("div", { "aria-live": "polite" });
  const form = h("form", { class: "row", onsubmit: async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    given.number = typed(given.number);
    if (given.at) given.at = new Date(given.at).toISOString(); else delete given.at;
    const answer = await api.post("check", given);
    show(result, h("p", { class: "sentence" }, h("span", { class: answer.decision }, `${word(answer.decision)} (${said(answer.action)}): `), said(answer.reason)),
      h("ol", { class: "steps small" }, answer.steps.map((s) => h("li", { class: s.decided ? "decided" : "" }, stepText(s.stage, s.rule, s.outcome)))));
  } }, h("label", {}, word("numberField"), h("input", { name: "number", required: true })), h("label", {}, word("name"), h("input", { name: "name" })),
    h("label", {}, word("at"), h("input", { name: "at", type: "datetime-local" })), h("button", { class: "main" }, word("check")));
  const replay = h("button", { type: "button", onclick: async () => {
    replay.disabled = true;
    show(replayed, word("loading"));
    try {
      const answer = await api.post("replay", { days: 30 });
      show(replayed, h("p", {}, `${plural(answer.calls, "looked")} ${number(answer.changed)}`), answer.changes.length ? table(word("replay"), [word("time"), word("callerHead"), word("was"), word("wouldBe"), word("reason")],
        answer.changes.map((c) => h("tr", {}, cell(word("time"), time(c.at)), cell(word("callerHead"), who(c)), cell(word("was"), h("span", { class: c.was }, word(c.was))), cell(word("wouldBe"), h("span", { class: c.now }, word(c.now))), cell(word("reason"), said(c.reason)))))
        : h("p", {}, word("sameAll")));
    } finally { replay.disabled = false; }
  } }, word("replayRun"));
  show(box, h("section", { class: "card" }, h("h2", {}, word("tryNumber")), form, result),
    h("section", { class: "card" }, h("h2", {}, word("replay")), replay, replayed),
    h("section", { class: "card" }, h("h2", {}, word("rules")), h("p", { class: "soft" }, `${word("mode")}: ${said(mode)} · ${said(default_action)}. ${word("order")}`),
      h("ol", {}, rules.map((rule) => h("li", {}, h("strong", {}, rule.name), rule.action ? ` → ${actionText(rule.action)}` : "", h("div", { class: "soft small" }, rule.conditions.map(condition).join(" · ")))))));
}
