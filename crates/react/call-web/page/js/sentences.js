// The log keeps reasons and steps in English; here they are put into the reader's language.

import { german } from "./german.js";
import { language } from "./words.js";

const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const patterns = Object.entries(german).filter(([sentence]) => sentence.includes("{}"))
  .map(([sentence, text]) => [new RegExp(`^${sentence.split("{}").map(literal).join("(.+?)")}$`, "s"), text]);

function inGerman(text) {
  if (Object.hasOwn(german, text)) return german[text];
  for (const [pattern, there] of patterns) {
    const found = pattern.exec(text);
    if (found) return there.replace(/\{(\d)(!?)\}/g, (_, n, again) => again ? inGerman(found[n]) : found[n]);
  }
  return text;
}

export const said = (text) => text && language() === "de" ? inGerman(text) : text ?? "";

export const stepText = (stage, rule, outcome) => `${said(stage)} · ${said(rule)}: ${said(outcome)}`;

// A step as the log keeps it, "allow friends.csv: not on it"; the name of a rule may have colons of its own.
export function step(text) {
  const [, stage, rest] = /^(permit|allow|deny|rule|lookup|default) (.+)$/s.exec(text) ?? [];
  if (!stage) return said(text);
  let at = rest.indexOf(": ");
  for (let next = at; next >= 0; next = rest.indexOf(": ", next + 1)) {
    if (inGerman(rest.slice(next + 2)) !== rest.slice(next + 2)) { at = next; break; }
  }
  return at < 0 ? said(text) : stepText(stage, rest.slice(0, at), rest.slice(at + 2));
}
