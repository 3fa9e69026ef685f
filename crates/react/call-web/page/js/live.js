// What happens now: who calls, what is decided and why, and what one can do about it.

import { api } from "./api.js";
import { command, numberButtons } from "./actions.js";
import { caller, clock, span, time, who } from "./format.js";
import { h, show } from "./page.js";
import { said, step } from "./sentences.js";
import { word } from "./words.js";

const CALL_NEWS = new Set(["call", "decided", "ended"]);

function sentence(item) {
  const call = CALL_NEWS.has(item.event) ? item : null;
  const who = call ? [caller(call.caller), call.name].filter(Boolean).join(" · ") : "";
  switch (item.event) {
    case "call": return `${who}${call.area ? ` (${call.area})` : ""}${call.waiting ? `, ${word("waits")}` : ""}`;
    case "decided": return `${who}: ${word(call.decision)} – ${said(call.reason)}`;
    case "ended": return `${who}: ${said(call.outcome)}${call.answered_s ? `, ${span(call.answered_s)}` : ""}`;
    case "ring": return `${word("rings")} (${item.count})`;
    case "digit": return `${word("digits")}: ${item.digit}`;
    case "playing": return `▶ ${item.what}`;
    case "recorded": return `● ${item.file} (${span(item.seconds)})`;
    case "line-up": return `${item.line}: ${word("up")} (${item.device})`;
    case "line-down": return `${item.line}: ${word("down")} (${said(item.reason)})`;
    case "list-changed": return `${item.entry} ${item.added ? "+" : "−"} ${word(item.list)} (${item.by})`;
    case "checked-up": return `${item.line}: ${word("doctor")}`;
    case "trouble": return `${word("trouble")}: ${item.text}`;
    default: return item.event;
  }
}

export async function open(box, { news, owner }) {
  const now = h("section", { "aria-label": word("live") });
  const log = h("ol", { class: "small plain" });
  const permit = h("p", { class: "soft" });
  const last = h("ul", { class: "plain" });
  const drawLast = async () => {
    const { calls } = await api.get("calls", { limit: 5 });
    show(last, calls.length ? calls.map((call) => h("li", {}, h("div", { class: "row spread" }, h("strong", {}, [who(call), call.name].filter(Boolean).join(" · ")), h("span", { class: "soft small" }, time(call.at))),
      h("div", { class: "sentence" }, h("span", { class: call.decision }, `${word(call.decision)}: `), said(call.reason)))) : h("li", { class: "soft" }, word("noCalls")));
  };
  const current = new Map();
  show(box, now, owner && h("div", { class: "card row" },
    h("button", { type: "button", class: "main", onclick: async () => { await command({ do: "permit-next", minutes: 30 }); refresh(); } }, word("permitNext")), permit),
    h("h2", {}, word("lastCalls")), h("section", { class: "card", "aria-label": word("lastCalls") }, last, h("a", { href: "#/calls" }, word("allCalls"))),
    h("h2", {}, word("news")), log);

  const draw = () => {
    show(now, current.size ? [...current.values()].map(({ item, decided, rings }) => h("article", { class: "card", "aria-live": "assertive" },
      h("div", { class: "row spread" }, h("span", { class: "soft" }, h("span", { class: "lamp up pulse", "aria-hidden": "true" }), ` ${word("rings")}${rings ? ` · ${rings}` : ""} · ${item.line}`), h("span", { class: "soft" }, clock(item.at_ms))),
      h("div", { class: "big" }, caller(item.caller)),
      h("div", {}, [item.name, item.area].filter(Boolean).join(" · ")),
      item.suspect && h("div", { class: "warn" }, `${word("suspect")} ${said(item.suspect)}`),
      h("p", {}, decided ? h("span", { class: decided.decision }, `${word(decided.decision)}: `) : word("deciding"), said(decided?.reason)),
      decided?.steps?.length > 0 && h("details", {}, h("summary", {}, word("steps")), h("ol", { class: "steps small" }, decided.steps.map((one) => h("li", {}, step(one))))),
      owner && h("div", { class: "row wide-buttons" },
        h("button", { type: "button", class: "main", onclick: () => command({ do: "let-ring", line: item.line }) }, word("letRing")),
        h("button", { type: "button", onclick: () => command({ do: "hang-up", line: item.line }) }, word("hangUp")),
        numberButtons(item, owner)))) : h("p", { class: "card soft" }, word("quiet")));
  };
  const take = (item) => {
    if (item.event === "call") current.set(item.call, { item, rings: current.get(item.call)?.rings ?? 0 });
    if (item.event === "decided") { const at = current.get(item.call) ?? { item, rings: 0 }; current.set(item.call, { ...at, item, decided: item }); }
    if (item.event === "ring") { const at = current.get(item.call); if (at) at.rings = item.count; }
    if (item.event === "ended") current.delete(item.call);
  };
  const drawLog = (all) => show(log, all.length ? all.slice(0, 60).map((item) => h("li", {}, h("span", { class: "soft" }, clock(item.at_ms) + " "), sentence(item))) : h("li", { class: "soft" }, word("noNews")));
  [...news].reverse().forEach(take);
  let all = news;
  const refresh = async () => {
    const status = await api.get("status").catch(() => null);
    if (!status) { show(permit, word("noGuard")); return; }
    show(permit, status.permit_next_until_ms ? `${word("permitted")} ${clock(status.permit_next_until_ms)}` : "");
    for (const line of status.lines) if (line.call && !current.has(line.call.call)) current.set(line.call.call, { item: { ...line.call, line: line.line, at_ms: Date.now() }, rings: line.call.rings, decided: line.call.decision ? line.call : undefined });
    draw();
  };
  const hear = (event) => { all = [event.detail, ...all].slice(0, 200); take(event.detail); draw(); drawLog(all); if (event.detail.event === "ended") setTimeout(drawLast, 500); };
  document.addEventListener("news", hear);
  draw();
  drawLog(all);
  refresh();
  await drawLast().catch(() => show(last, h("li", { class: "soft" }, word("noCalls"))));
  return () => document.removeEventListener("news", hear);
}
