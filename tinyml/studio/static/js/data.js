// The pictures: look through them, bring new ones in, sort them, throw some away.

import { get, isLabelled, post, say, send, shows, store } from "./api.js";
import { undo } from "./app.js";
import { button, colour, dialog, fill, h, icon, number, plural, toast, width } from "./dom.js";
import { Grid } from "./grid.js";
import { captureDialog } from "./capture.js";

const ACCEPTED = ".jpg,.jpeg,.jpe,.jfif,.png,.bmp,.webp,.ppm,.pgm,.gif,.tif,.tiff,.avif,.heic,.heif,.zip,.xml,.json,.txt,.csv,.labels";
const filter = { state: "all", label: "", split: "", word: "" };

export function chosen() {
  const word = filter.word.toLowerCase();
  return store.pictures.filter((row) => {
    if (filter.state === "new" && isLabelled(row)) return false;
    if (filter.state === "suspect" && !store.suspects.has(row.name)) return false;
    if (filter.state === "nothing" && row.boxes?.length !== 0) return false;
    if (filter.state === "broken" && !row.trouble) return false;
    if (filter.label && !shows(row).includes(filter.label)) return false;
    if (filter.split && row.split !== filter.split) return false;
    return !word || row.name.toLowerCase().includes(word);
  });
}

export function show(view) {
  const grid = new Grid({ onopen: (row) => { location.hash = `#/label/${encodeURIComponent(row.name)}`; }, onselect: (names) => selection(names) });
  const head = h("div", { class: "head" });
  const side = h("aside", { class: "stack", "aria-label": "Filters and balance" });
  const bar = h("div", { class: "selection", hidden: true, role: "toolbar", "aria-label": "Selected pictures" });
  const body = h("div", {});
  view.append(head, body);

  function selection(names) {
    bar.hidden = !names.length;
    const { task, editable, splits } = store.state;
    fill(bar, h("b", {}, `${plural(names.length, "picture")} selected`),
      editable && task === "classify" && h("label", { class: "row" }, h("span", { class: "visually-hidden" }, "Class"), h("select", { "aria-label": "Move to class", onchange: (event) => { if (event.target.value) act("class", { names, label: event.target.value }); } },
        h("option", { value: "" }, "Class…"), store.classes.map((name) => h("option", { value: name }, name)))),
      editable && splits.length > 0 && ["train", "validation", "test"].map((split) => button(`To ${split}`, { onclick: () => act("split", { names, split }) })),
      button("Delete", { class: "danger", onclick: () => remove(names) }, "trash"),
      button("Clear", { class: "quiet", onclick: () => { grid.selected.clear(); grid.told(); } }));
  }

  async function act(what, body) {
    try {
      store.undoing(await post(what, body));
      grid.selected.clear();
      selection([]);
      await store.refresh();
    } catch (error) { say(error); }
  }

  async function remove(names) {
    await act("delete", { names });
    toast(`${plural(names.length, "picture")} moved to the trash.`, { action: ["Undo", undo] });
  }

  function draw() {
    const { counts, task, name, splits } = store.state;
    const rows = chosen();
    fill(head,
      h("div", { class: "title" }, h("h1", {}, "Pictures"), h("p", {}, counts.total ? `${plural(counts.total, "picture")}, ${number(counts.labelled)} labelled` : `${name} is empty`)),
      counts.total > 0 && button("Camera", { onclick: () => captureDialog() }, "camera"),
      counts.total > 0 && adder("primary"));
    if (!task) return fill(body, welcome());
    if (!counts.total) return fill(body, emptyFolder());
    if (!body.contains(grid.element)) {
      fill(body, h("div", { class: "columns" }, h("div", { class: "stack" }, h("div", { class: "chips", role: "group", "aria-label": "Show", id: "chips" }), grid.element, bar), side));
    }
    fill(document.getElementById("chips"), chips(counts, task, splits));
    fill(side, balance(counts, task), splitCard(counts, splits));
    grid.show(rows);
  }

  const chip = (words, count, on, act) => button([words, h("b", {}, number(count))], { class: "chip", "aria-pressed": String(on), onclick: () => { act(); draw(); } });

  function chips(counts, task, splits) {
    const state = (name) => () => { filter.state = name; };
    return [
      chip("All", counts.total, filter.state === "all" && !filter.label && !filter.split, () => Object.assign(filter, { state: "all", label: "", split: "" })),
      chip("Not labelled", counts.total - counts.labelled, filter.state === "new", state("new")),
      store.suspects.size > 0 && chip("To check", store.suspects.size, filter.state === "suspect", state("suspect")),
      task === "detect" && counts.nothing > 0 && chip("Nothing in it", counts.nothing, filter.state === "nothing", state("nothing")),
      counts.trouble > 0 && chip("Broken", counts.trouble, filter.state === "broken", state("broken")),
      splits.map((split) => chip(split[0].toUpperCase() + split.slice(1), counts.by_split[split] ?? 0, filter.split === split, () => { filter.split = filter.split === split ? "" : split; })),
      h("input", { type: "search", "aria-label": "Find by name", placeholder: "Find by name", value: filter.word, oninput: (event) => { filter.word = event.target.value; grid.show(chosen()); }, style: { minHeight: "32px", width: "150px" } }),
    ];
  }

  function balance(counts, task) {
    const of = task === "detect" ? counts.boxes : counts.pictures;
    const totals = Object.fromEntries(store.classes.map((name) => [name, Object.values(of).reduce((sum, row) => sum + (row[name] ?? 0), 0)]));
    const most = Math.max(1, ...Object.values(totals));
    return h("section", { class: "card" }, h("h2", {}, task === "detect" ? "Objects of each class" : "Pictures of each class"),
      store.classes.length ? h("div", { class: "balance" }, store.classes.map((name, place) => h("button", { type: "button", "aria-pressed": String(filter.label === name), onclick: () => { filter.label = filter.label === name ? "" : name; draw(); } },
        h("i", { class: "swatch", style: { color: colour(place), alignSelf: "center" } }), h("span", {}, name), h("span", { class: "n" }, number(totals[name])),
        h("div", { class: "bar", style: { color: colour(place) } }, h("i", { style: { width: width(totals[name] / most) } })))))
        : h("p", { class: "muted" }, "No classes yet: label a picture."),
      counts.labelled < counts.total && h("a", { class: "button primary", href: "#/label", style: { marginTop: "12px", width: "100%" } }, "Label the rest"));
  }

  function splitCard(counts, splits) {
    if (splits.length) {
      return h("section", { class: "card" }, h("h2", {}, "Splits"), h("p", { class: "muted" }, splits.map((split) => `${counts.by_split[split] ?? 0} ${split}`).join(", "), ". Select pictures to move them."));
    }
    return h("section", { class: "card" }, h("h2", {}, "Splits"), h("p", { class: "muted" }, "Training keeps a fifth of the pictures aside for the test, always the same ones."),
      store.state.editable && counts.labelled >= 8 && button("Keep this split", { title: "Make the folders train and test", onclick: () => act("split/keep", {}) }));
  }

  const changed = (event) => { if (["pictures", "labels", "suspects"].includes(event.detail)) draw(); };
  store.addEventListener("change", changed);
  const stop = dropping(view);
  const keys = (event) => {
    if (event.key === "Delete" && grid.selected.size && !document.querySelector("dialog[open]")) remove([...grid.selected]);
  };
  addEventListener("keydown", keys);
  draw();
  return { leave() { grid.leave(); stop(); removeEventListener("keydown", keys); store.removeEventListener("change", changed); } };
}

function adder(kind, words = "Add pictures") {
  const input = h("input", { type: "file", multiple: true, accept: ACCEPTED, class: "visually-hidden", tabindex: "-1", "aria-label": "Files to add", onchange: () => { upload([...input.files].map((file) => [file, file.name])); input.value = ""; } });
  return h("span", {}, input, button(words, { class: kind, onclick: () => input.click() }, "plus"));
}

function welcome() {
  const choose = async (task) => {
    try { store.state = await post("choose", { task }); await store.refresh(); } catch (error) { say(error); }
  };
  return h("div", { class: "empty" }, icon("label", "icon big"), h("h2", {}, "What should the camera learn?"), h("p", {}, "This decides how pictures are labelled. Everything stays on this computer."),
    h("div", { class: "cards", style: { width: "min(620px, 100%)" } },
      h("button", { type: "button", class: "preset", onclick: () => choose("detect") }, h("b", {}, "Find and count objects"), h("span", { class: "muted" }, "Boxes or points on each picture: where is it, and how many?")),
      h("button", { type: "button", class: "preset", onclick: () => choose("classify") }, h("b", {}, "Tell pictures apart"), h("span", { class: "muted" }, "One class for each whole picture: which of these is it?"))));
}

function emptyFolder() {
  return h("div", { class: "empty" }, icon("data", "icon big"), h("h2", {}, "Drop pictures here"), h("p", {}, "Files, folders, or data sets with labels: Pascal VOC, YOLO, COCO, Edge Impulse, LabelMe, Label Studio, CVAT, CSV."),
    h("div", { class: "row" }, adder("primary", "Choose pictures"), button("Use a camera", { onclick: () => captureDialog() }, "camera")));
}

/** Let files and folders be dropped anywhere on the page. */
function dropping(view) {
  const body = document.body;
  let depth = 0;
  const files = (event) => event.dataTransfer?.types.includes("Files");
  const listeners = {
    dragenter: (event) => { if (files(event)) { event.preventDefault(); depth++; body.classList.add("dropping"); } },
    dragover: (event) => { if (files(event)) event.preventDefault(); },
    dragleave: () => { if (--depth <= 0) { depth = 0; body.classList.remove("dropping"); } },
    drop: async (event) => {
      if (!files(event)) return;
      event.preventDefault();
      depth = 0;
      body.classList.remove("dropping");
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      upload((await Promise.all(entries.map((entry) => walk(entry)))).flat());
    },
  };
  for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener);
  return () => { for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener); };
}

async function walk(entry, path = "") {
  if (entry.isFile) return [[await new Promise((resolve, reject) => entry.file(resolve, reject)), path + entry.name]];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    for (const inner of some) found.push(...(await walk(inner, `${path}${entry.name}/`)));
  }
  return found;
}

/** Send files, four at a time, then let the server bring them in; a label is theirs where they have none. */
export async function upload(files, { label = null, split = "", quiet = false } = {}) {
  const usable = files.filter(([file, path]) => !path.split("/").some((part) => part.startsWith(".")));
  if (!usable.length) return null;
  const batch = crypto.randomUUID().replaceAll("-", "");
  const bar = h("i", { style: { width: "0" } });
  const told = quiet ? null : dialog(`Adding ${plural(usable.length, "file")}`, {}, h("div", { class: "bar", role: "progressbar", "aria-label": "Uploaded" }, bar));
  const refused = [];
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < usable.length) {
      const [file, path] = usable[next++];
      try { await send("upload", { batch, path }, file); } catch (error) { refused.push(error.message); }
      bar.style.width = width(++done / usable.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: 4 }, worker));
    if (refused.length === usable.length) throw new Error(refused[0]);
    const found = store.undoing(await post("take-in", { batch, label, split }));
    refused.push(...found.refused);
    await store.refresh();
    if (!quiet) toast(`${plural(found.added.length, "picture")} added.`, { action: found.added.length ? ["Undo", undo] : null });
    if (refused.length) toast(`${plural(refused.length, "file")} left out: ${refused[0]}`, { wrong: true });
    return found;
  } catch (error) { say(error); return null; } finally { told?.close(); }
}

/** Ask for the suspects of the last check. */
export async function loadSuspects() {
  const found = await get("check");
  store.suspects = new Map();
  for (const one of found.suspects ?? []) {
    if (!store.suspects.has(one.name)) store.suspects.set(one.name, []);
    store.suspects.get(one.name).push(one);
  }
  store.check = found;
  store.changed("suspects");
}
