// A grid of many pictures of which only those in view exist: tiles are taken from one place and used in another.

import { isLabelled, shows, store, thumbnail } from "./api.js";
import { colour, fill, h, icon } from "./dom.js";

const GAP = 10;
const SPARE = 3; // rows above and below the view

export class Grid {
  /** `onopen(row)`; `onselect(names)`; the page itself scrolls. */
  constructor({ onopen, onselect }) {
    this.onopen = onopen;
    this.onselect = onselect;
    this.rows = [];
    this.selected = new Set();
    this.focus = 0;
    this.tiles = new Map(); // place -> tile
    this.spare = [];
    this.element = h("div", { class: "grid", role: "listbox", "aria-label": "Pictures", "aria-multiselectable": "true", onkeydown: (event) => this.key(event), onclick: (event) => this.click(event) });
    this.draw = this.draw.bind(this);
    addEventListener("scroll", this.draw, { passive: true });
    this.watch = new ResizeObserver(() => { this.measure(); this.draw(); });
    this.watch.observe(this.element);
  }

  leave() {
    removeEventListener("scroll", this.draw);
    this.watch.disconnect();
  }

  show(rows) {
    this.rows = rows;
    const there = new Set(rows.map((row) => row.name));
    for (const name of this.selected) if (!there.has(name)) this.selected.delete(name);
    this.focus = Math.min(this.focus, Math.max(0, rows.length - 1));
    for (const [place, tile] of [...this.tiles]) { // a tile whose picture stays where it is stays too
      if (rows[place]?.name === tile.dataset.name) this.dress(tile, rows[place], place); else this.release(place);
    }
    this.measure();
    this.draw();
  }

  measure() {
    const width = this.element.clientWidth || 1;
    this.columns = Math.max(2, Math.floor((width + GAP) / (width < 500 ? 120 : 172)));
    this.side = (width - GAP * (this.columns - 1)) / this.columns;
    this.element.style.height = `${Math.ceil(this.rows.length / this.columns) * (this.side + GAP)}px`;
  }

  draw() {
    const top = this.element.getBoundingClientRect().top;
    const step = this.side + GAP;
    const first = Math.max(0, (Math.floor(-top / step) - SPARE) * this.columns);
    const last = Math.min(this.rows.length, (Math.ceil((innerHeight - top) / step) + SPARE) * this.columns);
    for (const place of [...this.tiles.keys()]) if (place < first || place >= last) this.release(place);
    for (let place = first; place < last; place++) this.put(place, step);
    this.element.classList.toggle("selecting", this.selected.size > 0);
  }

  release(place) {
    const tile = this.tiles.get(place);
    if (tile === document.activeElement) this.element.parentElement?.focus?.({ preventScroll: true });
    tile.hidden = true;
    this.spare.push(tile);
    this.tiles.delete(place);
  }

  put(place, step) {
    let tile = this.tiles.get(place);
    const row = this.rows[place];
    if (!tile) {
      tile = this.spare.pop() ?? this.make();
      tile.hidden = false;
      this.tiles.set(place, tile);
      this.dress(tile, row, place);
    }
    tile.style.transform = `translate(${(place % this.columns) * step}px, ${Math.floor(place / this.columns) * step}px)`;
    tile.style.width = tile.style.height = `${this.side}px`;
    tile.setAttribute("aria-selected", String(this.selected.has(row.name)));
    tile.tabIndex = place === this.focus ? 0 : -1;
  }

  make() {
    const tile = h("div", { class: "tile", role: "option" }, h("img", { alt: "", loading: "eager", decoding: "async" }), h("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none" }),
      h("div", { class: "cap" }), h("div", { class: "flag" }), h("div", { class: "tick", title: "Select" }, icon("check")));
    this.element.append(tile);
    return tile;
  }

  dress(tile, row, place) {
    const [image, marks, caption, flag] = tile.children;
    Object.assign(tile.dataset, { place, name: row.name });
    const kinds = shows(row);
    const words = row.trouble ? "cannot be read" : row.label ?? (row.boxes ? (row.boxes.length ? kinds.join(", ") : "nothing") : "not labelled");
    tile.setAttribute("aria-setsize", this.rows.length);
    tile.setAttribute("aria-posinset", place + 1);
    tile.title = row.trouble || row.name;
    const source = thumbnail(row);
    image.onload = () => this.mark(marks, row, image);
    if (tile.dataset.source === source && image.complete && image.naturalWidth) this.mark(marks, row, image);
    else { fill(marks); tile.dataset.source = image.src = source; }
    fill(caption, kinds.slice(0, 4).map((name) => h("i", { class: "swatch", style: { color: colour(store.place(name), "m") } })), h("span", { class: "visually-hidden" }, row.name), h("span", {}, words), row.split && h("span", { class: "tag" }, row.split));
    const suspect = store.suspects.get(row.name);
    flag.hidden = !(suspect || row.trouble || !isLabelled(row));
    flag.textContent = row.trouble ? "broken" : suspect ? "check" : "new";
  }

  /** Draw a picture's boxes over its thumbnail, which is cut to a square. */
  mark(marks, row, image) {
    const { naturalWidth: width, naturalHeight: height } = image;
    const side = Math.min(width, height) || 1;
    const x = (value) => (value * width - (width - side) / 2) / side;
    const y = (value) => (value * height - (height - side) / 2) / side;
    fill(marks, (row.boxes ?? []).map(([name, left, top, right, bottom]) => h("rect", { x: x(left), y: y(top), width: Math.max(0, x(right) - x(left)), height: Math.max(0, y(bottom) - y(top)), fill: "none",
      style: { stroke: colour(store.place(name), "m"), strokeWidth: "2", vectorEffect: "non-scaling-stroke" } })));
  }

  toggle(place, range = false) {
    const names = range ? this.rows.slice(Math.min(this.anchor ?? place, place), Math.max(this.anchor ?? place, place) + 1).map((row) => row.name) : [this.rows[place].name];
    const on = range || !this.selected.has(names[0]);
    for (const name of names) on ? this.selected.add(name) : this.selected.delete(name);
    this.anchor = place;
    this.told();
  }

  told() {
    this.draw();
    this.onselect([...this.selected]);
  }

  click(event) {
    const tile = event.target.closest(".tile");
    if (!tile) return;
    const place = Number(tile.dataset.place);
    this.focus = place;
    if (event.target.closest(".tick") || event.shiftKey || event.ctrlKey || event.metaKey || this.selected.size) this.toggle(place, event.shiftKey);
    else this.onopen(this.rows[place]);
  }

  key(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, Home: -1e9, End: 1e9, PageDown: this.columns * 4, PageUp: -this.columns * 4 };
    if (event.key in steps) {
      event.preventDefault();
      this.focus = Math.min(this.rows.length - 1, Math.max(0, this.focus + steps[event.key]));
      const y = this.element.getBoundingClientRect().top + Math.floor(this.focus / this.columns) * (this.side + GAP);
      if (y < 80) scrollBy(0, y - 80);
      else if (y + this.side > innerHeight - 80) scrollBy(0, y + this.side - innerHeight + 80);
      this.draw();
      this.tiles.get(this.focus)?.focus({ preventScroll: true });
      if (event.shiftKey && steps[event.key] !== 0) this.toggle(this.focus, true);
    } else if (event.key === " ") {
      event.preventDefault();
      this.toggle(this.focus);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.onopen(this.rows[this.focus]);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      for (const row of this.rows) this.selected.add(row.name);
      this.told();
    } else if (event.key === "Escape" && this.selected.size) {
      this.selected.clear();
      this.told();
    }
  }
}
