// How the lines fare.

import { api } from "./api.js";
import { time, typed } from "./format.js";
import { h, note, show } from "./page.js";
import { said } from "./sentences.js";
import { plural, word } from "./words.js";

export async function open(box, { owner }) {
  async function load() {
    const status = await api.get("status").catch((error) => { if (error.status === 503) return null; throw error; });
    if (!status) { show(box, h("p", { class: "card soft" }, word("noGuard"))); return; }
    show(box, status.trouble && h("p", { class: "card warn", role: "alert" }, `${word("trouble")}: ${status.trouble}`),
      status.lines.map((line) => {
        const answer = h("div", { "aria-live": "polite" });
        return h("article", { class: "card" },
          h("div", { class: "row" }, h("span", { class: `lamp ${line.health}`, "aria-hidden": "true" }), h("strong", {}, line.line), h("span", {}, word(line.health)), line.losses > 0 && h("span", { class: "soft" }, plural(line.losses, "losses"))),
          h("p", { class: "soft sentence" }, said(line.device)),
          owner && h("div", { class: "row" },
            h("button", { type: "button", onclick: async () => { show(answer, word("loading")); const { lines } = await api.post(`lines/${encodeURIComponent(line.line)}/doctor`); show(answer, h("pre", {}, lines.map(said).join("\n"))); } }, word("doctor")),
            line.simulated && h("form", { class: "row", onsubmit: async (e) => { e.preventDefault(); const given = Object.fromEntries(new FormData(e.target)); given.number = typed(given.number); const told = await api.post(`lines/${encodeURIComponent(line.line)}/simulate`, given); note(said(told.text)); } },
              h("label", {}, word("numberField"), h("input", { name: "number" })), h("label", {}, word("name"), h("input", { name: "name" })), h("button", {}, word("simulate")))), answer);
      }),
      h("p", { class: "soft small" }, `callblock ${word("version")} ${status.version}, ${word("since")} ${time(status.since_ms)}; ${plural(status.counts.calls, "counted")}, ${plural(status.counts.blocked, "blockedWord")}`));
  }
  const hear = (event) => { if (event.detail.event.startsWith("line-")) load(); };
  document.addEventListener("news", hear);
  await load();
  return () => document.removeEventListener("news", hear);
}
