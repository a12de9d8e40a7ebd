// Elements in a line of code each, icons, numbers as people read them.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "rect", "path", "circle", "line", "text", "polyline", "polygon", "title"]);

/** Return an element. `props`: attributes, `on...` listeners, `style` as an object, `dataset`; false and null are left out. */
export function h(tag, props = {}, ...children) {
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "value" && tag !== "option") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === false || child == null) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Put children in the place of everything that an element holds. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

const ICONS = {
  data: "M4 5h7v7H4zM13 5h7v7h-7zM4 14h7v5H4zM13 14h7v5h-7z",
  label: "M4 8V6a2 2 0 0 1 2-2h2M16 4h2a2 2 0 0 1 2 2v2M20 16v2a2 2 0 0 1-2 2h-2M8 20H6a2 2 0 0 1-2-2v-2M9 9h6v6H9z",
  train: "M4 19V5M4 19h16M7 15l4-5 3 3 5-7",
  results: "M9 12l2 2 4-5M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  deploy: "M8 8h8v8H8zM12 3v3M12 18v3M3 12h3M18 12h3M5.500 5.500h13v13h-13z",
  live: "M4 8h3l2-3h6l2 3h3v11H4zM12 16.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z",
  plus: "M12 5v14M5 12h14",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 16.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6",
  redo: "M15 7l5 5-5 5M20 12H10a6 6 0 0 0-6 6",
  sun: "M12 16.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500L19 19M19 5l-1.500 1.500M6.500 17.500L5 19",
  check: "M5 12.500l4.500 4.500L19 7",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  close: "M6 6l12 12M18 6L6 18",
  zoomin: "M12 7v10M7 12h10",
  zoomout: "M7 12h10",
  fit: "M5 9V5h4M15 5h4v4M19 15v4h-4M9 19H5v-4",
  magic: "M5 19L15 9M14 5l.7 2.300L17 8l-2.300.7L14 11l-.7-2.300L11 8l2.300-.7zM19 13l.5 1.500L21 15l-1.500.5L19 17l-.5-1.500L17 15l1.500-.5z",
  stop: "M7 7h10v10H7z",
  play: "M8 5l11 7-11 7z",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  keep: "M6 4h12v16l-6-4-6 4z",
};

/** Return an icon that says nothing by itself: its button has a name. */
export function icon(name, classes = "icon") {
  return h("svg", { class: classes, viewBox: "0 0 24 24", "aria-hidden": "true" }, h("path", { d: ICONS[name] }));
}

/** Return a button with an icon and words; `name` where there are no words. */
export function button(words, props = {}, picture = null) {
  return h("button", { type: "button", ...props }, picture && icon(picture), words);
}

export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
export const number = (value) => Number(value).toLocaleString("en");
export const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)} %`;

/** A share as CSS has it. */
export const width = (share) => `${Math.min(100, Math.max(0, 100 * share))}%`;

/** Return bytes as people read them. */
export function bytes(count) {
  if (count < 10_000) return `${number(count)} B`;
  return count < 10_000_000 ? `${number(Math.round(count / 1000))} kB` : `${number(Math.round(count / 1e6))} MB`;
}

/** Return seconds as minutes or hours. */
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** The colour of a class, by its place: of the page's own, or of marks on pictures. */
export const colour = (place, on = "c") => `var(--${on}${(Math.max(0, place) % 9) + 1})`;

/** Show a dialog made of children, and return it; it goes away when it is closed. */
export function dialog(title, props, ...children) {
  const id = `d${Math.round(performance.now())}`;
  const box = h("dialog", { "aria-labelledby": id, ...props },
    h("div", { class: "row spread" }, h("h2", { id }, title),
      button("", { class: "quiet round", "aria-label": "Close", onclick: () => box.close() }, "close")),
    children);
  box.addEventListener("close", () => box.remove());
  document.getElementById("dialogs").append(box);
  box.showModal();
  return box;
}

/** Tell something in a line that goes away; `action`: [words, what it does]. */
export function toast(words, { wrong = false, action = null, stays = wrong ? 9000 : 5000 } = {}) {
  const line = h("div", { class: wrong ? "toast wrong" : "toast", role: wrong ? "alert" : null }, h("span", {}, words),
    action && button(action[0], { onclick: () => { line.remove(); action[1](); } }));
  const toasts = document.getElementById("toasts");
  while (toasts.children.length > 2) toasts.firstChild.remove();
  toasts.append(line);
  setTimeout(() => line.remove(), stays);
}
