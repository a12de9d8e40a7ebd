// What the server is asked, and what everybody on the page knows of the folder.

import { toast } from "./dom.js";

/** An answer that says what is wrong and what to do. */
export class Problem extends Error {
  constructor(what, cure, status) {
    super(cure ? `${what}. ${cure[0].toUpperCase()}${cure.slice(1)}.` : what);
    this.status = status;
  }
}

async function answer(response) {
  if (response.ok) return response.json();
  let found = {};
  try { found = await response.json(); } catch { /* not ours: the status says enough */ }
  throw new Problem(found.error ?? `the server answered ${response.status}`, found.cure ?? "", response.status);
}

const address = (name, query) => `/api/${name}${query ? `?${new URLSearchParams(query)}` : ""}`;

export const get = (name, query) => fetch(address(name, query)).then(answer);
export const post = (name, body = {}, query = null) =>
  fetch(address(name, query), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }).then(answer);
export const send = (name, query, blob) => fetch(address(name, query), { method: "POST", body: blob }).then(answer);
export const thumbnail = (row) => address("thumbnail", { name: row.name, v: row.stamp });
export const picture = (name, stamp = "") => address("picture", { name, v: stamp });
export const say = (error) => { if (error.name !== "AbortError") toast(error.message, { wrong: true }); };

/** The folder, its pictures and the jobs; those who want to know are told when they change. */
export const store = new (class extends EventTarget {
  state = null;
  pictures = [];
  byName = new Map();
  classes = [];
  suspects = new Map();
  jobs = [];

  changed(what) { this.dispatchEvent(new CustomEvent("change", { detail: what })); }

  async refresh() {
    this.stale = false;
    const found = await get("pictures");
    this.state = found.state;
    this.classes = found.state.classes;
    this.pictures = found.pictures.map(([name, split, label, boxes, stamp, trouble]) => ({ name, split, label, boxes, stamp, trouble }));
    this.byName = new Map(this.pictures.map((row) => [row.name, row]));
    this.changed("pictures");
    clearTimeout(this.timer);
    if (this.state.pending) { // asked for ever less often: all of them is much
      this.pause = Math.min(5000, (this.pause ?? 500) * 1.6);
      this.timer = setTimeout(() => this.refresh().catch(say), this.pause);
    } else this.pause = undefined;
  }

  /** Note what an answer says about undoing. */
  undoing(found) {
    if (this.state && "undo" in found) { this.state.undo = found.undo; this.state.redo = found.redo; this.changed("undo"); }
    return found;
  }

  place(label) { return this.classes.indexOf(label); }

  /** Note one picture's labels without asking for all of them. */
  note(labels) {
    const row = this.byName.get(labels.name);
    if (!row) return;
    row.label = labels.label;
    row.boxes = labels.boxes && labels.boxes.map((box) => [box.label, box.left, box.top, box.right, box.bottom]);
    this.stale = true;
    for (const box of labels.boxes ?? []) if (!this.classes.includes(box.label)) this.classes.push(box.label);
    this.changed("labels");
  }
})();

export const isLabelled = (row) => row.label != null || row.boxes != null;

/** The classes that a picture shows. */
export const shows = (row) => (row.label != null ? [row.label] : [...new Set((row.boxes ?? []).map((box) => box[0]))]);
