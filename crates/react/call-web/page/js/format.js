// Times, numbers and callers as people read them.

import { language, word } from "./words.js";

export const time = (at) => new Intl.DateTimeFormat(language(), { dateStyle: "short", timeStyle: "short" }).format(new Date(at));
// A day or a moment as a list keeps it; what is neither stays as it is.
export const date = (at) => Number.isNaN(Date.parse(at)) ? String(at) : new Intl.DateTimeFormat(language(), { dateStyle: "medium" }).format(new Date(at));
export const clock = (at) => new Intl.DateTimeFormat(language(), { timeStyle: "medium" }).format(new Date(at));
export const number = (n) => new Intl.NumberFormat(language()).format(n);

export function span(seconds) {
  const whole = Math.round(seconds ?? 0);
  const pad = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

// What the line said of a caller, in the reader's language.
export function caller(text) {
  return { withheld: word("withheld"), unavailable: word("unavailable"), none: word("noCallerId"), "no caller ID": word("noCallerId") }[text] ?? text;
}

// What people may type for a caller without a number.
export const typed = (text) => /^(unterdrückt|withheld)$/i.test(text.trim()) ? "withheld" : text;

export const who = (call) => caller(call.number ?? call.e164 ?? call.caller);
export const size = (bytes) => bytes > 1e6 ? `${number(Math.round(bytes / 1e5) / 10)} MB` : `${number(Math.ceil(bytes / 1000))} kB`;
