// Making elements. Texts that strangers chose only ever become text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child !== undefined && child !== null && child !== false) node.append(child);
  }
  return node;
}

export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

export function show(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((c) => c));
}

let notes;
// A passing note, with one thing to do about it at the most.
export function note(text, action) {
  notes ??= document.getElementById("notes");
  const box = h("div", { class: "note" }, h("span", {}, text));
  if (action) box.append(h("button", { type: "button", onclick: () => { box.remove(); action.run(); } }, action.label));
  notes.append(box);
  // Those with something to do about them stay; of the others the latest two.
  const passing = [...notes.children].filter((n) => !n.querySelector("button"));
  passing.slice(0, -2).forEach((n) => n.remove());
  setTimeout(() => box.remove(), action ? 12000 : 5000);
}

// Asks before something is lost; resolves to true or false.
export function ask(question, yes, no) {
  return new Promise((resolve) => {
    const done = (answer) => { dialog.close(); dialog.remove(); resolve(answer); };
    const dialog = h("dialog", { "aria-label": question },
      h("p", {}, question),
      h("div", { class: "row" },
        h("button", { type: "button", class: "danger", onclick: () => done(true) }, yes),
        h("button", { type: "button", onclick: () => done(false) }, no)));
    dialog.addEventListener("cancel", () => done(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}

// A table that becomes a stack of cards on a narrow screen.
export function table(caption, heads, rows, kind = "stack") {
  const head = h("thead", {}, h("tr", {}, heads.map((text, i) => text ? h("th", { scope: "col", class: kind === "counts" && i > 0 && "count" }, text) : h("td", {}))));
  const body = h("tbody", {}, rows);
  return h("div", { class: "scroll" }, h("table", { class: kind }, h("caption", { class: "hidden" }, caption), head, body));
}

export const cell = (label, ...children) => h("td", { "data-label": label }, ...children);
