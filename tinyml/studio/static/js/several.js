// Several pictures at once with what a model suggests for them: who looks marks those that are not right, and accepts the others.

import { picture, post, say, store } from "./api.js";
import { button, colour, fill, h, plural } from "./dom.js";

const AT_ONCE = 9; // as many as there are number keys

export class Several {
  /** `waiting()` gives the pictures' rows, the surest first, `suggested(row)` the boxes of one; `onend(words)` when they are to be looked at one by one. */
  constructor({ waiting, suggested, onend }) {
    Object.assign(this, { waiting, suggested, onend });
    this.wrong = new Set(); // names, of all screens so far
    this.element = h("section", { class: "several", "aria-label": "Several pictures at once", tabindex: "-1" });
    this.draw();
  }

  /** Show the next pictures; none are left: end. */
  draw() {
    this.shown = this.waiting().filter((row) => !this.wrong.has(row.name)).slice(0, AT_ONCE).map((row) => [row, this.suggested(row)]);
    if (!this.shown.length) return this.onend(this.wrong.size ? "Now those that were not right." : "No more suggestions.");
    this.tiles = this.shown.map(([row, boxes], place) => this.tile(row, boxes, place));
    this.words = h("b", {});
    fill(this.element,
      h("p", { class: "muted" }, "Is every object marked, and nothing else? Click the pictures that are not right, or press their number: they wait to be corrected one by one."),
      h("div", { class: "several-tiles" }, this.tiles),
      h("div", { class: "row", style: { marginTop: "12px" } }, button([this.words, h("kbd", {}, "↵")], { class: "primary", onclick: () => this.accept() }, "check"), button(["One by one", h("kbd", {}, "Esc")], { onclick: () => this.onend("") })));
    this.count();
    this.element.focus({ preventScroll: true });
    return null;
  }

  tile(row, boxes, place) {
    const kinds = [...new Set(boxes.map((box) => box.label))].map((kind) => `${boxes.filter((box) => box.label === kind).length} ${kind}`).join(", ");
    const percent = (share) => `${100 * share}%`;
    return h("button", { type: "button", dataset: { name: row.name }, "aria-pressed": "false", title: row.name, onclick: () => this.mark(place) },
      h("span", { class: "photo", "aria-hidden": "true" }, h("img", { alt: "", src: picture(row.name, row.stamp) }),
        boxes.map((box) => h("i", { style: { left: percent(box.left), top: percent(box.top), width: percent(box.right - box.left), height: percent(box.bottom - box.top), color: colour(store.place(box.label), "m") } }, h("b", {}, box.label)))),
      h("span", { class: "row" }, h("kbd", {}, place + 1), kinds, h("span", { class: "visually-hidden" }, `in ${row.name}: not right`)));
  }

  mark(place) {
    const [row] = this.shown[place];
    if (!this.wrong.delete(row.name)) this.wrong.add(row.name);
    this.tiles[place].setAttribute("aria-pressed", String(this.wrong.has(row.name)));
    this.count();
  }

  right() { return this.shown.filter(([row]) => !this.wrong.has(row.name)); }

  count() { this.words.textContent = this.right().length ? `Accept ${plural(this.right().length, "picture")}` : "None is right"; }

  async accept() {
    if (this.saving) return;
    const right = this.right();
    this.saving = true;
    try {
      if (right.length) {
        const found = store.undoing(await post("labels/accept", { pictures: right.map(([row, boxes]) => ({ name: row.name, boxes })) }));
        for (const labels of found.pictures) store.note(labels);
      }
    } catch (error) {
      say(error);
      await store.refresh().catch(say); // one of them has labels by now
      return this.draw();
    } finally { this.saving = false; }
    // The surest came first: from here on most are not right.
    return right.length * 2 < this.shown.length ? this.onend("Fewer than half were right: the others one by one.") : this.draw();
  }

  key(event) {
    if (/^[1-9]$/.test(event.key)) { if (this.shown[event.key - 1]) this.mark(event.key - 1); }
    else if (event.key === "Enter") { if (event.target.closest?.("button") && !event.target.closest(".several-tiles")) return; this.accept(); }
    else if (event.key === "Escape") this.onend("");
    else return;
    event.preventDefault();
  }
}
