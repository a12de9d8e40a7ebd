// A picture with boxes to draw, move, resize and delete, by mouse, touch and keyboard; edges are fractions of the picture.

import { colour, fill, h } from "./dom.js";
import { store } from "./api.js";

const GRIPS = [["left", "top"], ["right", "top"], ["left", "bottom"], ["right", "bottom"]];
const CLICK_PX = 5; // a pointer that moved less made a click
const LEAST_PX = 4; // of a box's sides on the screen
const clamp = (value, low = 0, high = 1) => Math.min(high, Math.max(low, value));

export class Editor {
  /** `onchange(boxes)` after each stroke; `onselect(index)`; `ondrop()` when a suggestion was clicked away; `label()` gives the class of a new box, `size(label)` its usual size. */
  constructor({ onchange, onselect, ondrop, label, size }) {
    Object.assign(this, { onchange, onselect, ondrop, label, size });
    this.boxes = [];
    this.suggested = [];
    this.selected = -1;
    this.hovered = { index: -1, place: -1 }; // the box, or the suggestion, under the pointer
    this.readonly = false;
    this.pointers = new Map();
    this.view = { scale: 1, x: 0, y: 0 };
    this.image = h("img", { alt: "" });
    this.overlay = h("svg", { role: "group", "aria-label": "Boxes" });
    this.sheet = h("div", { class: "sheet" }, this.image, this.overlay);
    this.name = h("div", { class: "name" });
    this.element = h("div", { class: "stage", tabindex: "0", role: "application", "aria-label": "Picture: drag to draw a box, click for a point, arrow keys move the selected box",
      onpointerdown: (event) => this.down(event), onpointermove: (event) => this.move(event), onpointerup: (event) => this.up(event), onpointercancel: (event) => this.up(event, true) }, this.sheet, this.name);
    this.element.addEventListener("pointermove", ({ target }) => {
      const { index = -1, place = -1 } = target.closest?.(".box")?.dataset ?? {};
      this.hovered = { index: Number(index), place: Number(place) };
    });
    this.element.addEventListener("pointerleave", () => { this.hovered = { index: -1, place: -1 }; });
    // A mouse's press would focus, and so select, the box under it, where a new one begins.
    this.element.addEventListener("mousedown", (event) => { if (!event.target.closest("button")) event.preventDefault(); });
    this.element.addEventListener("wheel", (event) => { event.preventDefault(); this.zoom(Math.exp(-event.deltaY / 400), event.clientX, event.clientY); }, { passive: false });
    new ResizeObserver(() => this.fit()).observe(this.element);
  }

  open(address, labels, words) {
    this.width = labels.width || 4;
    this.height = labels.height || 3;
    this.image.src = address;
    this.name.textContent = words;
    this.boxes = (labels.boxes ?? []).map((box) => ({ ...box }));
    this.suggested = [];
    this.selected = -1;
    this.hovered = { index: -1, place: -1 };
    this.overlay.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.fit();
  }

  /** Show the whole picture. */
  fit() {
    const { clientWidth, clientHeight } = this.element;
    this.base = Math.min(clientWidth / this.width, clientHeight / this.height) || 1;
    this.view = { scale: 1, x: (clientWidth - this.width * this.base) / 2, y: (clientHeight - this.height * this.base) / 2 };
    this.place();
  }

  place() {
    const scale = this.base * this.view.scale;
    Object.assign(this.sheet.style, { width: `${this.width * scale}px`, height: `${this.height * scale}px`, transform: `translate(${this.view.x}px, ${this.view.y}px)` });
    this.draw();
  }

  zoom(factor, clientX, clientY) {
    const area = this.element.getBoundingClientRect();
    const x = (clientX ?? area.left + area.width / 2) - area.left;
    const y = (clientY ?? area.top + area.height / 2) - area.top;
    const scale = clamp(this.view.scale * factor, 1, 16);
    const grow = scale / this.view.scale;
    this.view = { scale, x: x - (x - this.view.x) * grow, y: y - (y - this.view.y) * grow };
    if (scale === 1) this.fit(); else this.place();
  }

  draw() {
    const unit = 1 / (this.base * this.view.scale); // of the picture's pixels in one of the screen
    fill(this.overlay,
      this.suggested.map((box, place) => this.shape(box, -1, unit, true, place)),
      this.boxes.map((box, index) => this.shape(box, index, unit, false)),
      this.drawing && this.shape(this.drawing, -2, unit, false));
    this.overlay.children[this.suggested.length + this.focusAfter]?.focus?.({ preventScroll: true });
    this.focusAfter = undefined;
  }

  shape(box, index, unit, suggested, place = -1) {
    const x = box.left * this.width;
    const y = box.top * this.height;
    const sides = { x, y, width: Math.max(0, box.right - box.left) * this.width, height: Math.max(0, box.bottom - box.top) * this.height, rx: 2 * unit };
    const chosen = index >= 0 && index === this.selected;
    const grip = 10 * unit;
    return h("g", { class: `box${suggested ? " suggested" : ""}${chosen ? " selected" : ""}`, style: { color: colour(store.place(box.label), "m") }, dataset: { index, place },
      tabindex: index >= 0 ? "0" : null, role: index >= 0 ? "button" : null, "aria-label": index >= 0 ? `${box.label}, box ${index + 1} of ${this.boxes.length}` : null, "aria-pressed": index >= 0 ? String(chosen) : null,
      onfocus: () => this.select(index, false) },
    h("rect", { class: "rim", ...sides }), h("rect", { class: "shape", ...sides }),
    h("text", { class: "tag-on", x: x + 4 * unit, y: y > 18 * unit ? y - 5 * unit : y + 15 * unit, style: { fontSize: `${12 * unit}px`, strokeWidth: `${3 * unit}px` } }, suggested ? `${box.label}?` : box.label),
    chosen && GRIPS.map(([across, down]) => h("rect", { class: "grip", x: box[across] * this.width - grip / 2, y: box[down] * this.height - grip / 2, width: grip, height: grip, rx: grip / 4,
      dataset: { across, down }, style: { cursor: (across === "left") === (down === "top") ? "nwse-resize" : "nesw-resize" } })));
  }

  select(index, focus = true) {
    if (this.selected === index) return;
    this.selected = index;
    if (focus || document.activeElement?.closest?.(".box")) this.focusAfter = index >= 0 ? index : undefined;
    this.draw();
    this.onselect(index);
  }

  at(event) {
    const area = this.sheet.getBoundingClientRect();
    return [clamp((event.clientX - area.left) / area.width), clamp((event.clientY - area.top) / area.height)];
  }

  down(event) {
    if (event.target.closest("button")) return;
    this.pointers.set(event.pointerId, event);
    try { this.element.setPointerCapture(event.pointerId); } catch { /* it went up already */ }
    if (this.pointers.size === 2) { this.gesture = null; this.drawing = null; this.pinch = this.spread(); return this.draw(); }
    if (event.button === 1 || this.spaceHeld) { this.gesture = { kind: "pan", x: event.clientX - this.view.x, y: event.clientY - this.view.y }; return; }
    if (event.button !== 0 || this.readonly) return;
    event.preventDefault();
    this.element.focus({ preventScroll: true });
    const [x, y] = this.at(event);
    const group = event.target.closest?.(".box");
    const index = group ? Number(group.dataset.index) : -1;
    const grip = event.target.closest?.(".grip");
    const before = index >= 0 ? { ...this.boxes[index] } : null;
    if (grip) this.gesture = { kind: "resize", index, across: grip.dataset.across, down: grip.dataset.down };
    else if (index >= 0 && index === this.selected) this.gesture = { kind: "move", index, x, y, before };
    else this.gesture = { kind: "draw", x, y, over: index, suggestion: group?.classList.contains("suggested") ? Number(group.dataset.place) : -1 }; // a drag draws, also inside a box; a click selects that box
    this.gesture.start = [event.clientX, event.clientY];
  }

  move(event) {
    if (!this.pointers.has(event.pointerId)) return;
    this.pointers.set(event.pointerId, event);
    if (this.pinch) {
      const now = this.spread();
      this.view.x += now.x - this.pinch.x;
      this.view.y += now.y - this.pinch.y;
      this.zoom(now.apart / this.pinch.apart, now.x, now.y);
      this.pinch = now;
      return;
    }
    const gesture = this.gesture;
    if (!gesture) return;
    if (gesture.kind === "pan") { this.view.x = event.clientX - gesture.x; this.view.y = event.clientY - gesture.y; return this.place(); }
    gesture.moved ||= Math.hypot(event.clientX - gesture.start[0], event.clientY - gesture.start[1]) >= CLICK_PX;
    if (!gesture.moved) return;
    const [x, y] = this.at(event);
    if (gesture.kind === "draw") this.drawing = { label: this.label() || "?", left: Math.min(x, gesture.x), right: Math.max(x, gesture.x), top: Math.min(y, gesture.y), bottom: Math.max(y, gesture.y) };
    else if (gesture.kind === "resize") { const box = this.boxes[gesture.index]; box[gesture.across] = x; box[gesture.down] = y; } 
    else this.shift(this.boxes[gesture.index], gesture.before, x - gesture.x, y - gesture.y);
    this.draw();
  }

  shift(box, from, right, down) {
    const dx = clamp(right, -from.left, 1 - from.right);
    const dy = clamp(down, -from.top, 1 - from.bottom);
    Object.assign(box, { left: from.left + dx, right: from.right + dx, top: from.top + dy, bottom: from.bottom + dy });
  }

  up(event, cancelled = false) {
    this.pointers.delete(event.pointerId);
    if (this.pinch) { if (!this.pointers.size) this.pinch = null; return; }
    const gesture = this.gesture;
    const drawn = this.drawing;
    this.gesture = this.drawing = null;
    if (!gesture || gesture.kind === "pan") return;
    if (cancelled) return this.draw();
    if (gesture.kind === "draw") {
      if (!gesture.moved) {
        if (gesture.suggestion >= 0) this.drop(gesture.suggestion);
        else if (gesture.over >= 0) this.select(gesture.over, false);
        else if (this.selected >= 0) this.select(-1, false);
        else this.point(gesture.x, gesture.y);
        return;
      }
      if (drawn && this.large(drawn)) this.add(drawn); else this.draw();
    } else if (gesture.moved) {
      const box = this.boxes[gesture.index];
      const [left, right] = [Math.min(box.left, box.right), Math.max(box.left, box.right)];
      const [top, bottom] = [Math.min(box.top, box.bottom), Math.max(box.top, box.bottom)];
      Object.assign(box, { left, right, top, bottom });
      this.draw();
      this.onchange(this.boxes);
    }
  }

  large(box) {
    const scale = this.base * this.view.scale;
    return (box.right - box.left) * this.width * scale >= LEAST_PX && (box.bottom - box.top) * this.height * scale >= LEAST_PX;
  }

  spread() {
    const [one, two] = [...this.pointers.values()];
    const area = { x: (one.clientX + two.clientX) / 2, y: (one.clientY + two.clientY) / 2 };
    return { ...area, apart: Math.max(1, Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY)) };
  }

  /** Add a box of the class's usual size around a point. */
  point(x, y) {
    const label = this.label();
    if (!label) return this.add(null);
    const [across, down] = this.size(label, this.width, this.height);
    this.add({ label, left: clamp(x - across / 2), right: clamp(x + across / 2), top: clamp(y - down / 2), bottom: clamp(y + down / 2) });
  }

  add(box) {
    if (!this.label()) { this.draw(); return this.onchange(null, box); }
    this.boxes.push({ ...box, label: this.label() });
    this.selected = -1;
    this.draw();
    this.onchange(this.boxes);
  }

  set(boxes) {
    this.boxes = boxes;
    this.selected = Math.min(this.selected, boxes.length - 1);
    this.draw();
    this.onchange(this.boxes);
  }

  /** Drop a suggestion. */
  drop(place) {
    this.suggested.splice(place, 1);
    this.hovered = { index: -1, place: -1 };
    this.draw();
    this.ondrop();
  }

  /** Remove the selected box, else what is under the pointer; false where there is neither. */
  remove() {
    const index = this.selected >= 0 ? this.selected : this.hovered.index;
    if (this.selected < 0 && this.suggested[this.hovered.place]) { this.drop(this.hovered.place); return true; }
    if (!this.boxes[index] || this.readonly) return false;
    this.hovered = { index: -1, place: -1 };
    this.boxes.splice(index, 1);
    this.selected = -1;
    this.draw();
    this.onselect(-1);
    this.onchange(this.boxes);
    return true;
  }

  /** Move the selected box, or with `resize` its right bottom corner, by pixels of the screen. */
  nudge(right, down, resize) {
    const box = this.boxes[this.selected];
    if (!box) return false;
    const scale = this.base * this.view.scale;
    const [dx, dy] = [right / (this.width * scale), down / (this.height * scale)];
    if (resize) Object.assign(box, { right: clamp(box.right + dx, box.left + 0.005), bottom: clamp(box.bottom + dy, box.top + 0.005) });
    else this.shift(box, { ...box }, dx, dy);
    this.focusAfter = document.activeElement?.closest?.(".box") ? this.selected : undefined;
    this.draw();
    this.onchange(this.boxes);
    return true;
  }
}
