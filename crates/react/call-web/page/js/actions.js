// What can be done with a number from anywhere on the page, each with a way back.

import { api } from "./api.js";
import { h, note, show } from "./page.js";
import { said } from "./sentences.js";
import { plural, word } from "./words.js";

const number = (call) => call.e164 ?? call.number ?? (/^[+0-9*#()]+$/.test(call.caller ?? "") ? call.caller : undefined);

async function enter(which, value, name) {
  const answer = await api.command({ do: which, number: value, name: name ?? "" });
  if (answer.answer === "refused") throw new Error(answer.reason);
  // The answer tells if another list decides otherwise.
  note(said(answer.text), {
    label: word("undo"),
    run: async () => {
      await api.command({ do: "forget", number: value, list: which === "block" ? "deny" : "allow" });
      note(`${value} ${word("removed")}`);
    },
  });
}

export function numberButtons(call, owner) {
  const value = number(call);
  if (!value || !owner) return [];
  return [
    h("button", { type: "button", class: "danger", onclick: () => enter("block", value, call.name) }, word("blockNumber")),
    h("button", { type: "button", onclick: () => enter("allow", value, call.name) }, word("allowNumber")),
  ];
}

export function lookUpButton(call) {
  const value = number(call);
  if (!value) return [];
  const found = h("div", { "aria-live": "polite" });
  const run = async () => {
    show(found, word("loading"));
    const answers = (await api.get("lookup", { number: value })).answers;
    show(found, answers.length ? h("ul", {}, answers.map((a) => h("li", {}, `${a.source}: ${[a.name, a.score && `${a.score}/9`, a.comments && plural(a.comments, "comments")].filter(Boolean).join(", ")}`))) : word("noLookUp"));
  };
  return [h("button", { type: "button", onclick: run }, word("lookUp")), found];
}

// A choice among the lines, which shows itself once a guard has named several. Nothing waits for it.
export function linePick() {
  const select = h("select", { name: "line" }, h("option", { value: "" }, word("all")));
  const label = h("label", { hidden: true }, word("line"), select);
  api.get("status").then(({ lines }) => {
    select.append(...lines.map(({ line }) => h("option", { value: line }, line)));
    label.hidden = lines.length < 2;
  }, () => {});
  return label;
}

export async function command(what) {
  const answer = await api.command(what);
  note(said(answer.text ?? answer.reason));
  return answer;
}
