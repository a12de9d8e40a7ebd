// Labelling, one picture after the other: boxes or a class, pre-filled by a model, saved with each stroke.

import { get, isLabelled, picture, post, say, store } from "./api.js";
import { button, colour, dialog, fill, h, icon, number, percent, plural, toast, width } from "./dom.js";
import { Editor } from "./editor.js";
import { loadSuspects } from "./data.js";
import { jobCard, startJob } from "./jobs.js";
import { Several } from "./several.js";

const QUEUES = { new: "Not labelled", suspect: "To check", all: "All pictures" };
const KINDS = { missing: "an object without a box", spurious: "a box around nothing", swapped: "the wrong class", merged: "several objects in one box", class: "the wrong class" };
let queue = "new";
let current = "";
let label = "";
let suggestions = { pictures: {} };

export function show(view, wanted) {
  if (!store.state.task || !store.pictures.length) {
    view.append(h("div", { class: "head" }, h("h1", {}, "Label")), h("div", { class: "empty" }, icon("data", "icon big"), h("h2", {}, "No pictures yet"), h("a", { class: "button primary", href: "#/data" }, "Add pictures")));
    return null;
  }
  return new Labeller(view, wanted);
}

class Labeller {
  constructor(view, wanted) {
    this.detect = store.state.task === "detect";
    this.saving = Promise.resolve();
    this.head = h("div", { class: "head" });
    this.side = h("aside", { class: "stack", "aria-label": "Labels" });
    this.below = h("div", { class: "row", style: { marginTop: "12px" } });
    this.editor = new Editor({ onchange: (boxes, box) => this.changed(boxes, box), onselect: () => this.drawSide(), ondrop: () => this.drawBelow(), label: () => label, size: usualSize });
    this.editor.readonly = !this.detect || !store.state.editable;
    this.editor.element.append(h("div", { class: "zoom" }, ["zoomin", "zoomout", "fit"].map((name, place) => button("", { "aria-label": ["Zoom in", "Zoom out", "Show all"][place], title: ["Zoom in (+)", "Zoom out (-)", "Show all (0)"][place], onclick: () => this.zoom(name) }, name))));
    this.single = h("div", { class: "labeller" }, h("div", {}, this.editor.element, this.below), this.side);
    view.append(this.head, this.single);
    if (!label || !store.classes.includes(label)) label = store.classes[0] ?? "";
    if (wanted && store.byName.has(wanted)) { current = wanted; if (!this.inQueue(store.byName.get(wanted))) queue = "all"; }
    this.names = this.list();
    if (!this.names.length) { queue = "all"; this.names = this.list(); }
    if (!this.names.includes(current)) current = this.names[0];
    this.key = this.key.bind(this);
    this.released = () => { this.editor.spaceHeld = false; };
    this.undone = (event) => this.afterUndo(event.detail);
    this.jobsChanged = (event) => { if (event.detail === "jobs") this.drawHelper(); if (event.detail === "suggestions") this.loadSuggestions(); if (event.detail === "labels" && this.several) this.drawHead(); };
    addEventListener("keydown", this.key);
    addEventListener("keyup", this.released);
    store.addEventListener("undone", this.undone);
    store.addEventListener("change", this.jobsChanged);
    this.open(current);
    this.loadSuggestions();
    loadSuspects().then(() => this.drawHead(), () => {});
  }

  /** A picture that was corrected and left is not to be looked at again. */
  settle() {
    if (this.touched) store.suspects.delete(this.touched);
    this.touched = null;
  }

  leave() {
    this.gone = true;
    this.settle();
    removeEventListener("keydown", this.key);
    removeEventListener("keyup", this.released);
    store.removeEventListener("undone", this.undone);
    store.removeEventListener("change", this.jobsChanged);
  }

  inQueue(row) {
    return queue === "all" || (queue === "new" ? !isLabelled(row) : store.suspects.has(row.name));
  }

  list() {
    if (queue === "suspect") return [...store.suspects.keys()].filter((name) => store.byName.has(name));
    return store.pictures.filter((row) => !row.trouble && this.inQueue(row)).map((row) => row.name);
  }

  async loadSuggestions() {
    try { suggestions = await get("suggestions"); } catch { suggestions = { pictures: {} }; }
    this.suggest();
  }

  suggest() {
    const found = this.labels && !isLabelled(store.byName.get(current) ?? {}) ? suggestions.pictures[current] : null;
    this.proposed = this.detect ? (found ?? []).map((one) => pointBox(one, this.labels)) : found;
    if (this.detect) {
      this.editor.suggested = this.editor.boxes.length ? [] : this.proposed;
      this.editor.draw();
      if (this.proposed.length && this.led !== current) { label = commonest(this.proposed); this.led = current; } // what is missing is likely of that class, too
    }
    this.drawSide();
    this.drawBelow();
  }

  /** The pictures that are not labelled and have suggestions, those first whose least sure suggestion is the surest. */
  waiting() {
    if (!this.detect || !store.state.editable) return [];
    const sure = (row) => Math.min(...suggestions.pictures[row.name].map((one) => one.score));
    return store.pictures.filter((row) => !row.trouble && !isLabelled(row) && suggestions.pictures[row.name]?.length).sort((one, other) => sure(other) - sure(one));
  }

  /** Show several pictures in the place of one. */
  showSeveral() {
    if (this.several || this.loading || !this.waiting().length) return;
    this.several = new Several({ waiting: () => this.waiting(), suggested: (row) => suggestions.pictures[row.name].map((one) => pointBox(one, {})), onend: (words) => this.endSeveral(words) });
    this.single.hidden = true;
    this.single.after(this.several.element);
    this.several.element.focus({ preventScroll: true });
    this.drawHead();
  }

  endSeveral(words) {
    this.several?.element.remove();
    this.several = null;
    this.single.hidden = false;
    if (words) toast(words);
    queue = "new";
    this.names = this.list();
    if (!this.names.length) { queue = "all"; this.names = this.list(); }
    this.open(this.names.includes(current) ? current : this.names[0]);
  }

  async open(name) {
    await this.saving;
    if (this.gone) return; // another view has taken its place
    if (name !== current) this.settle();
    current = name;
    this.loading = this.editor.readonly = true; // what is drawn before the labels are there would be lost
    delete this.editor.element.dataset.ready;
    const row = store.byName.get(name);
    if (!row) return;
    try {
      const labels = await get("labels", { name });
      if (current !== name || this.gone) return;
      this.labels = labels;
      this.editor.open(picture(name, row.stamp), labels, `${name}  ${labels.width} × ${labels.height}`);
      this.loading = false;
      this.editor.readonly = !this.detect || !store.state.editable;
      this.editor.element.dataset.ready = name;
      history.replaceState(null, "", `#/label/${encodeURIComponent(name)}`);
    } catch (error) { say(error); }
    this.drawHead();
    this.drawHelper();
    this.suggest();
    const next = this.names[this.names.indexOf(name) + 1];
    if (next) new Image().src = picture(next, store.byName.get(next)?.stamp);
  }

  step(by) {
    const place = this.names.indexOf(current);
    const next = this.names[place + by];
    if (next) return this.open(next);
    const rest = by > 0 && queue === "new" ? this.list().filter((name) => name !== current) : [];
    if (rest.length) { this.names = this.list(); return this.open(rest[0]); }
    if (by > 0) toast(queue === "new" ? "That was the last one." : "No more pictures here.");
    return null;
  }

  // --- strokes -------------------------------------------------------------------------------------------------

  async changed(boxes, box = null) {
    if (boxes === null) {
      const name = await askClass();
      if (!name) return;
      if (box) { label = name; this.editor.add(box); }
      return;
    }
    this.save(boxes);
  }

  save(boxes) {
    const name = current;
    const labels = this.labels;
    const sent = boxes.map(({ label: kind, left, top, right, bottom, before }) => ({ label: kind, left, top, right, bottom, before: before ?? null }));
    this.touched = name;
    this.status("Saving…");
    this.saving = this.saving.then(async () => {
      try {
        const found = store.undoing(await post("labels", { boxes: sent, revision: labels.revision }, { name }));
        labels.revision = found.revision;
        boxes.forEach((one, index) => { if (current === name) one.before = index; });
        if (current === name) this.labels.boxes = found.boxes;
        store.note(found);
        this.status("Saved");
      } catch (error) {
        this.status("");
        say(error);
        if (current === name) this.open(name);
      }
    });
    this.drawSide();
    this.drawHead();
    return this.saving;
  }

  async classify(kind) {
    const name = current;
    try {
      const found = store.undoing(await post("class", { names: [name], label: kind }));
      const moved = found.moved[name] ?? name;
      if (moved !== name) {
        const row = store.byName.get(name);
        Object.assign(row, { name: moved, label: kind });
        store.byName.delete(name);
        store.byName.set(moved, row);
        this.names[this.names.indexOf(name)] = moved;
        current = moved;
      }
      store.stale = true;
      store.changed("labels");
      await this.step(1) ?? this.open(current);
    } catch (error) { say(error); }
  }

  accept() {
    if (!this.detect) return this.proposed?.label ? this.classify(this.proposed.label) : this.step(1);
    if (this.loading) return null;
    const ready = this.take();
    if (!ready && !isLabelled(store.byName.get(current))) return toast("Nothing is suggested here: draw a box, or press N where there is nothing.");
    return this.step(1);
  }

  /** Make boxes of the suggestions and stay, to correct them; false where there are none. */
  take() {
    if (!this.editor.suggested.length) return false;
    this.editor.boxes = [...this.editor.boxes, ...this.editor.suggested.map((box) => ({ ...box }))];
    this.editor.suggested = [];
    this.editor.draw();
    this.save(this.editor.boxes);
    return true;
  }

  nothing() {
    if (this.loading) return null;
    this.editor.selected = -1;
    this.editor.suggested = [];
    this.editor.boxes = [];
    this.save([]);
    return this.step(1);
  }

  async copy() {
    const boxes = this.editor.boxes.map(({ before, ...box }) => ({ ...box }));
    const next = this.names[this.names.indexOf(current) + 1];
    if (!next || !boxes.length) return;
    await this.open(next);
    this.editor.set([...this.editor.boxes, ...boxes]);
  }

  pick(kind) {
    if (!this.detect) return this.classify(kind);
    label = kind;
    const under = this.editor.selected < 0 && this.editor.suggested[this.editor.hovered.place];
    if (under) { under.label = kind; this.editor.draw(); return this.drawSide(); }
    const box = this.editor.boxes[this.editor.selected];
    if (box && box.label !== kind) { box.label = kind; this.editor.draw(); this.save(this.editor.boxes); }
    this.drawSide();
  }

  async afterUndo(found) {
    if (this.several) { this.drawHead(); return this.several.draw(); }
    this.names = this.names.map((name) => store.byName.has(name) ? name : found.names[0] ?? name);
    const name = found.names.length === 1 && store.byName.has(found.names[0]) ? found.names[0] : store.byName.has(current) ? current : this.list()[0] ?? store.pictures[0]?.name;
    if (name && !this.names.includes(name)) this.names.unshift(name);
    if (name) await this.open(name);
  }

  zoom(name) {
    if (name === "fit") this.editor.fit(); else this.editor.zoom(name === "zoomin" ? 1.5 : 1 / 1.5);
  }

  key(event) {
    if (event.target.matches("input, select, textarea") || document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.several) return this.several.key(event);
    const onButton = event.target.closest("button, a") && !event.target.closest(".stage");
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (/^[0-9]$/.test(event.key)) {
      const kind = store.classes[(Number(event.key) + 9) % 10];
      if (event.key === "0" && !kind) this.editor.fit();
      if (kind) this.pick(kind);
    } else if (event.key === "Enter") {
      if (onButton) return;
      this.accept();
    } else if (event.key in arrows) {
      const [x, y] = arrows[event.key].map((one) => one * (event.shiftKey ? 8 : 3));
      if (this.editor.selected >= 0) this.editor.nudge(x, y, event.shiftKey);
      else if (x) this.step(Math.sign(x)); else return;
    } else if (event.key === "Delete" || event.key === "Backspace") { if (!this.editor.remove()) return; }
    else if (event.key === "Escape") this.editor.select(-1, false);
    else if (event.key === "n" && this.detect) this.nothing();
    else if (event.key === "a" && this.detect) this.take();
    else if (event.key === "c" && this.detect) this.copy();
    else if (event.key === "s" && this.detect) this.showSeveral();
    else if (event.key === "b" && this.detect) this.editor.point(0.5, 0.5);
    else if (event.key === "+" || event.key === "=") this.zoom("zoomin");
    else if (event.key === "-") this.zoom("zoomout");
    else if (event.key === " " && !onButton) this.editor.spaceHeld = true;
    else return;
    event.preventDefault();
  }

  // --- what stands around the picture --------------------------------------------------------------------------

  status(words) { const place = document.getElementById("saved"); if (place) place.textContent = words; }

  drawHead() {
    const done = store.pictures.filter(isLabelled).length;
    const place = this.names.indexOf(current);
    const choose = (name) => { queue = name; this.names = this.list(); if (!this.names.length) toast("There is nothing to do here."); this.drawHead(); if (this.names.length) this.open(this.names[0]); };
    fill(this.head, h("div", { class: "title" }, h("h1", {}, "Label"), h("p", {}, `${number(done)} of ${plural(store.pictures.length, "picture")} labelled`, " ", h("span", { id: "saved", role: "status", class: "good" })),
      h("div", { class: "bar", role: "progressbar", "aria-label": "Labelled", "aria-valuenow": done, "aria-valuemin": "0", "aria-valuemax": store.pictures.length, style: { width: "220px", maxWidth: "60vw", marginTop: "6px" } }, h("i", { style: { width: width(done / Math.max(1, store.pictures.length)) } }))),
    !this.several && h("div", { class: "segment", role: "group", "aria-label": "Which pictures" }, Object.entries(QUEUES).filter(([name]) => name !== "suspect" || store.suspects.size).map(([name, words]) => button(words, { "aria-pressed": String(queue === name), onclick: () => choose(name) }))),
    !this.several && h("div", { class: "row" }, button("", { class: "round", "aria-label": "Previous picture", title: "Previous (←)", disabled: place <= 0, onclick: () => this.step(-1) }, "left"),
      h("span", { class: "muted n", style: { minWidth: "64px", textAlign: "center" } }, `${place + 1} / ${this.names.length}`),
      button("", { class: "round", "aria-label": "Next picture", title: "Next (→)", onclick: () => this.step(1) }, "right")));
  }

  drawBelow() {
    if (!store.state.editable) return fill(this.below, h("p", { class: "notice" }, `${store.state.words} are shown, not changed here. For labels that can be changed: tinyml data convert SOURCE --to voc --out FOLDER`));
    const suspects = store.suspects.get(current) ?? [];
    const found = this.detect ? this.editor.suggested.length : this.proposed?.label;
    fill(this.below,
      this.detect ? [
        button([found ? `Accept ${plural(this.editor.suggested.length, "suggestion")}` : "Done, next", h("kbd", {}, "↵")], { class: "primary", onclick: () => this.accept() }, found ? "magic" : "check"),
        found > 0 && button(["Accept and correct", h("kbd", {}, "A")], { onclick: () => this.take() }),
        found > 0 && button(["Several at once", h("kbd", {}, "S")], { onclick: () => this.showSeveral() }),
        button(["Nothing here", h("kbd", {}, "N")], { onclick: () => this.nothing() }),
        button(["Copy to next", h("kbd", {}, "C")], { disabled: !this.editor.boxes.length, onclick: () => this.copy() }),
        button(["Box in the middle", h("kbd", {}, "B")], { class: "quiet", onclick: () => this.editor.point(0.5, 0.5) }),
      ] : found && button([`Accept "${this.proposed.label}" (${percent(this.proposed.score)})`, h("kbd", {}, "↵")], { class: "primary", onclick: () => this.accept() }, "magic"),
      suspects.map((one) => h("p", { class: "notice", style: { width: "100%" } }, `Look again: perhaps ${KINDS[one.kind] ?? one.kind}`, one.label && ` (${one.label}${one.suggested && one.suggested !== one.label ? ` → ${one.suggested}` : ""})`, `, ${percent(one.score)} sure.`)));
    return null;
  }

  drawSide() {
    const box = this.editor.boxes[this.editor.selected];
    const chosen = this.detect ? box?.label ?? label : this.labels?.label;
    fill(this.side,
      h("section", { class: "card" }, h("div", { class: "row spread" }, h("h2", {}, box ? "Class of the box" : this.detect ? "Class to draw" : "Class"), store.state.editable && button("", { class: "quiet round", "aria-label": "New class", title: "New class", onclick: async () => { const name = await askClass(); if (name) this.pick(name); } }, "plus")),
        h("div", { class: "classes" }, store.classes.map((name, place) => h("button", { type: "button", "aria-pressed": String(chosen === name), disabled: !store.state.editable, onclick: () => this.pick(name) }, h("i", { class: "swatch", style: { color: colour(place) } }), name, place < 10 && h("kbd", {}, (place + 1) % 10)))),
        !store.classes.length && button("Name the first class", { class: "primary", onclick: async () => { const name = await askClass(); if (name && !this.detect) this.pick(name); else this.drawSide(); } }, "plus")),
      this.detect && h("section", { class: "card" }, h("h2", {}, plural(this.editor.boxes.length, "box", "boxes")), this.labels && !this.labels.boxes && !this.editor.boxes.length ? h("p", { class: "muted" }, this.editor.suggested.length ? "Dashed boxes are suggestions: a click drops one. What you draw is of the class that most of them have, until you choose another." : "Drag to draw a box; a click makes one of the usual size.") : null,
        h("div", { class: "classes" }, this.editor.boxes.map((one, index) => h("button", { type: "button", "aria-pressed": String(index === this.editor.selected), onclick: () => this.editor.select(index, false) }, h("i", { class: "swatch", style: { color: colour(store.place(one.label)) } }), one.label))),
        box && button(["Delete the box", h("kbd", {}, "Del")], { class: "danger", style: { marginTop: "8px" }, onclick: () => this.editor.remove() }, "trash")),
      this.helper ??= h("div", { class: "stack" }));
    this.drawBelow();
  }

  /** The model that pre-fills, and the check of what is labelled. */
  drawHelper() {
    if (!this.helper || !store.state.editable) return;
    const done = store.pictures.filter(isLabelled).length;
    const left = store.pictures.length - done;
    const job = store.jobs.find((one) => one.kind === "suggest" && one.state === "running");
    const check = store.jobs.find((one) => one.kind === "check" && one.state === "running");
    const runs = (store.runs ?? []).filter((run) => run.score !== null && run.task === store.state.task);
    const ready = left > 0 && (done >= 8 || runs.length > 0);
    fill(this.helper,
      job ? jobCard(job) : left > 0 && h("section", { class: "card" }, h("h2", {}, "Let a model pre-fill"),
        h("p", { class: "muted" }, ready ? `It marks what it sees in the ${plural(left, "picture")} that are left; you accept or correct.` : `Label ${8 - done} more first, with every class among them.`),
        runs.length > 0 && h("select", { id: "helper-run", "aria-label": "Which model", style: { width: "100%", marginBottom: "8px" } }, runs.map((run) => h("option", { value: run.name }, run.name)), done >= 8 && h("option", { value: "" }, "a new one, trained now")),
        button("Pre-fill", { class: "primary", disabled: !ready, onclick: () => startJob("suggest", { run: document.getElementById("helper-run")?.value ?? "" }) }, "magic")),
      check ? jobCard(check) : done >= 20 && h("section", { class: "card" }, h("h2", {}, "Check the labels"), h("p", { class: "muted" }, store.suspects.size ? `${plural(store.suspects.size, "picture")} to look at again.` : "Small networks that never saw a label say where they disagree. Takes minutes."),
        h("div", { class: "row" }, store.suspects.size > 0 && button("Review", { class: "primary", onclick: () => { queue = "suspect"; this.names = this.list(); this.open(this.names[0]); } }), button("Check", { onclick: () => startJob("check", {}) }))));
  }
}

/** Return the median width and height of a class's boxes, as fractions; a fifth of the shorter side where there are none. */
export function usualSize(kind, wide = 1, high = 1) {
  const sides = [[], []];
  for (const row of store.pictures) for (const [name, left, top, right, bottom] of row.boxes ?? []) if (name === kind) { sides[0].push(right - left); sides[1].push(bottom - top); }
  if (!sides[0].length) return [0.2 * Math.min(1, high / wide), 0.2 * Math.min(1, wide / high)];
  return sides.map((values) => values.sort((a, b) => a - b)[values.length >> 1]);
}

/** Return the class that most boxes are of; of several the surest one's. */
function commonest(boxes) {
  const count = (kind) => boxes.filter((box) => box.label === kind).length;
  return boxes.reduce((best, box) => (count(box.label) > count(best) ? box.label : best), boxes[0].label);
}

/** Return the box of the usual size around what a model saw. */
function pointBox({ label: kind, x, y }, { width: wide, height: high }) {
  const [across, down] = usualSize(kind, wide, high);
  const inside = (value) => Math.min(1, Math.max(0, value));
  return { label: kind, left: inside(x - across / 2), right: inside(x + across / 2), top: inside(y - down / 2), bottom: inside(y + down / 2) };
}

/** Ask for the name of a new class; resolves with null where none is given. */
export function askClass() {
  return new Promise((resolve) => {
    const name = h("input", { type: "text", required: true, maxlength: 100, autofocus: true });
    let given = null;
    const box = dialog("New class", {}, h("form", { method: "dialog", class: "stack", onsubmit: async (event) => {
      event.preventDefault();
      try {
        const state = await post("choose", { classes: [...store.classes, name.value] });
        store.state = state;
        store.classes = state.classes;
        given = name.value.trim();
        box.close();
      } catch (error) { say(error); }
    } }, h("label", { class: "field" }, "Name", name), h("button", { class: "primary" }, "Add")));
    box.addEventListener("close", () => resolve(given));
    name.focus();
  });
}
