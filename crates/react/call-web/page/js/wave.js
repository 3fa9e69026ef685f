// A recording as a wave form that can be played, moved in by pointer or arrow keys, and kept.

import { api } from "./api.js";
import { span } from "./format.js";
import { h, svg } from "./page.js";
import { word } from "./words.js";

export function player(path, label) {
  const audio = h("audio", { preload: "none", src: `/api/${path}/sound` });
  const mark = svg("line", { class: "at", y1: 0, y2: 64, x1: 0, x2: 0, "stroke-width": 2 });
  const wave = svg("svg", { class: "wave", viewBox: "0 0 400 64", preserveAspectRatio: "none", role: "slider", tabindex: 0, "aria-label": `${label}: ${word("wave")}`, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0 });
  const clock = h("span", { class: "soft small" }, "");
  const button = h("button", { type: "button", class: "main", onclick: () => audio.paused ? audio.play() : audio.pause() }, word("play"));
  const length = () => Number.isFinite(audio.duration) ? audio.duration : known;
  let known = 0;
  const seek = (part) => { audio.currentTime = Math.max(0, Math.min(1, part)) * length(); };
  wave.addEventListener("click", (e) => { const r = wave.getBoundingClientRect(); seek((e.clientX - r.left) / r.width); });
  wave.addEventListener("keydown", (e) => {
    const step = { ArrowRight: 2, ArrowLeft: -2, PageUp: 10, PageDown: -10 }[e.key];
    if (step && length()) { e.preventDefault(); seek((audio.currentTime + step) / length()); }
    if (e.key === " " || e.key === "Enter") { e.preventDefault(); button.click(); }
  });
  audio.addEventListener("play", () => { button.textContent = word("pause"); });
  audio.addEventListener("pause", () => { button.textContent = word("play"); });
  audio.addEventListener("timeupdate", () => {
    const part = length() ? audio.currentTime / length() : 0;
    mark.setAttribute("x1", part * 400);
    mark.setAttribute("x2", part * 400);
    wave.setAttribute("aria-valuenow", Math.round(part * 100));
    wave.setAttribute("aria-valuetext", `${span(audio.currentTime)} / ${span(length())}`);
    clock.textContent = `${span(audio.currentTime)} / ${span(length())}`;
  });
  api.get(`${path}/wave`).then(({ peaks, seconds }) => {
    known = seconds;
    clock.textContent = span(seconds);
    const d = peaks.map((p, i) => `M${(i + .5) * 400 / peaks.length} ${32 - 30 * p}V${32 + 30 * p + .5}`).join("");
    wave.append(svg("path", { class: "tone", d, fill: "none", "stroke-width": 1 }), mark);
  }).catch((error) => { clock.textContent = error.message; });
  return h("div", {}, wave, h("div", { class: "row" }, button, clock, h("a", { class: "button", href: `/api/${path}/sound?download=1`, download: true }, word("download"))), audio);
}
