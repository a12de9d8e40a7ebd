// Training: a preset or every setting, curves while it runs, stop and resume, the list of runs.

import { get, post, say, store } from "./api.js";
import { button, bytes, dialog, duration, fill, h, icon, percent, plural } from "./dom.js";
import { trainingCurves } from "./charts.js";
import { jobCard, loadRuns, startJob } from "./jobs.js";

// Of training, a picture and epoch, on an ordinary computer: what every network takes, and what each multiplication adds.
const SECONDS_A_PICTURE = 2.5e-3;
const SECONDS_A_MAC = 2.1e-10;
let preset = 0;
let name = null;

/** Return seconds of training for so many pictures and epochs, at the pace of the runs that were trained here. */
function estimate(macs, epochs, pictures, networks) {
  const ordinary = (count) => SECONDS_A_PICTURE + SECONDS_A_MAC * count;
  const paces = (store.runs ?? []).flatMap((run) => networks.filter((one) => run.pace && one.width === run.width && one.size === run.size).map((one) => run.pace / ordinary(one.macs))).sort((a, b) => a - b);
  return epochs * pictures * ordinary(macs) * (paces[paces.length >> 1] ?? 1);
}

export function show(view) {
  const head = h("div", { class: "head" }, h("div", { class: "title" }, h("h1", {}, "Train"), h("p", {}, "On this computer. Closing the page does not stop it.")));
  const live = h("div", { class: "stack" });
  const form = h("section", { class: "card" });
  const list = h("section", { class: "card" });
  view.append(head, h("div", { class: "stack" }, live, form, list));
  let facts = null;
  let drawn = "";

  function drawLive() {
    const jobs = store.jobs.filter((job) => job.kind === "train");
    const shown = jobs.filter((job) => job.state === "running").concat(jobs.filter((job) => job.state !== "running").slice(0, 1));
    const now = JSON.stringify(shown.map((job) => [job.id, job.state, job.progress?.done, job.log.length]));
    if (now === drawn) return;
    drawn = now;
    fill(live, shown.map((job) => jobCard(job, job.progress?.history?.length > 0 && h("div", { style: { marginTop: "12px" } }, trainingCurves(job.progress.history, job.progress.total), h("small", {}, `epoch ${job.progress.done} of ${job.progress.total}`)),
      job.state !== "running" && h("div", { class: "row", style: { marginTop: "12px" } },
        job.state === "done" && h("a", { class: "button primary", href: `#/results/${encodeURIComponent(job.run)}` }, "See the results"),
        (job.state === "stopped" || job.state === "lost") && button("Resume", { class: "primary", onclick: () => startJob("train", { run: job.run, resume: true }) }, "play")))));
  }

  function drawForm() {
    const { counts, task } = store.state;
    const usable = counts.labelled >= 4;
    const pictures = counts.labelled;
    const presets = facts.presets;
    const field = (words, props) => h("label", { class: "field" }, words, h("input", props));
    name ??= freeName(store.state.name);
    const wanted = presets[preset];
    const inputs = {
      run: h("input", { type: "text", value: name, maxlength: 80, pattern: "[A-Za-z0-9][A-Za-z0-9._-]*", oninput: (event) => { name = event.target.value; } }),
      width: h("input", { type: "number", step: "0.05", min: "0.1", max: "1.4", value: wanted.settings.width }),
      size: h("input", { type: "number", step: "8", min: "32", max: "320", value: wanted.settings.size }),
      epochs: h("input", { type: "number", min: "1", max: "2000", value: wanted.epochs }),
      batch: h("input", { type: "number", min: "2", max: "256", value: pictures < 60 ? 8 : 16 }),
      seed: h("input", { type: "number", min: "0", value: 0 }),
      context: h("input", { type: "text", value: (wanted.settings.context ?? []).join(","), placeholder: "none, or 14", disabled: task !== "detect" }),
      fit: h("select", {}, h("option", { value: "squash" }, "the whole picture"), h("option", { value: "crop" }, "its middle square")),
      gray: h("input", { type: "checkbox" }),
      more: h("textarea", { rows: 4, class: "mono", placeholder: "patience = 20\n[augment]\nrotate = 0.0", style: { width: "100%" } }),
    };
    const start = async () => {
      const value = (key) => inputs[key].value;
      const numbers = Object.fromEntries(["width", "size", "epochs", "batch", "seed"].map((key) => [key, Number(value(key))]));
      if (await startJob("train", { run: value("run"), ...numbers, context: task === "detect" ? value("context") : "", fit: value("fit"), gray: inputs.gray.checked, more: value("more") })) { name = null; drawForm(); scrollTo({ top: 0, behavior: "smooth" }); }
    };
    fill(form, h("h2", {}, "A new run"),
      store.missing?.length ? h("p", { class: "error" }, `Training needs more packages: pip install 'tinyml[train]' (no ${store.missing.slice(0, 3).join(", ")}).`) : null,
      h("div", { class: "cards", role: "group", "aria-label": "Presets", style: { gridTemplateColumns: "repeat(auto-fit, minmax(min(100%, 210px), 1fr))" } }, presets.map((one, place) => h("button", { type: "button", class: "preset", "aria-pressed": String(place === preset), onclick: () => { preset = place; drawForm(); } },
        h("b", {}, one.name[0].toUpperCase() + one.name.slice(1)), h("span", {}, one.words[0].toUpperCase() + one.words.slice(1)),
        h("span", { class: "facts" }, h("span", {}, `about ${duration(estimate(one.macs, one.epochs, pictures, facts.networks))}`), h("span", {}, `${bytes(one.ram_bytes)} RAM`), h("span", {}, `${bytes(one.flash_bytes)} flash`), one.latency_us && h("span", {}, `${Math.round(one.latency_us / 1000)} ms on an ESP32-CAM, predicted`), one.f1?.original?.mean && h("span", {}, `F1 ${percent(one.f1.original.mean)} on the fruit set`))))),
      h("div", { class: "row", style: { marginTop: "16px", alignItems: "end" } }, h("label", { class: "field" }, "Name of the run", inputs.run), button("Start training", { class: "primary", disabled: !usable, onclick: start }, "play"),
        !usable && h("small", {}, "Label at least four pictures first."), counts.labelled < counts.total && usable && h("small", {}, `${plural(counts.total - counts.labelled, "picture")} without labels stay out.`)),
      h("details", { style: { marginTop: "16px" } }, h("summary", {}, "Every setting"), h("div", { class: "cards", style: { margin: "12px 0", gridTemplateColumns: "repeat(auto-fill, minmax(150px, 1fr))" } },
        h("label", { class: "field" }, "Width multiplier", inputs.width), h("label", { class: "field" }, "Input size in pixels", inputs.size), h("label", { class: "field" }, "Epochs", inputs.epochs), h("label", { class: "field" }, "Pictures per step", inputs.batch),
        h("label", { class: "field" }, "Seed", inputs.seed), h("label", { class: "field" }, "Context layers", inputs.context), h("label", { class: "field" }, "The network sees", inputs.fit), h("label", { class: "row" }, inputs.gray, "Gray pictures")),
      h("label", { class: "field" }, "Anything else that config.toml may hold", inputs.more)),
      h("details", { style: { marginTop: "12px" } }, h("summary", {}, "Where the presets fit"), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Where the presets fit", style: { marginTop: "8px" } }, h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "board"), presets.map((one) => h("th", {}, one.name)))),
        h("tbody", {}, Object.keys(presets[0].boards).map((board) => h("tr", {}, h("th", {}, board), presets.map((one) => h("td", {}, one.boards[board].ok == null ? "not known" : one.boards[board].ok ? h("span", { class: "good" }, "fits") : h("span", { class: "bad" }, "too large"), one.boards[board].latency_us ? ` ${Math.round(one.boards[board].latency_us / 1000)} ms predicted` : ""))))))), h("small", {}, "for three classes of objects; time is predicted, not measured")));
  }

  function drawList() {
    const rows = store.runs ?? [];
    const best = { accuracy: "accuracy", f1: "F1" };
    fill(list, h("h2", {}, "Runs"), rows.length ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Runs" }, h("table", {}, h("thead", {}, h("tr", {}, ["run", "task", "data", "score", "date", "exported for", ""].map((words) => h("th", { class: words === "score" ? "n" : null }, words || h("span", { class: "visually-hidden" }, "actions"))))),
      h("tbody", {}, rows.map((run) => h("tr", {}, h("th", {}, run.score !== null ? h("a", { href: `#/results/${encodeURIComponent(run.name)}` }, run.name) : run.name), h("td", {}, run.task), h("td", {}, run.dataset), h("td", { class: "n" }, run.score !== null ? `${best[run.metric] ?? run.metric} ${percent(run.score, 1)}` : run.trouble || "unfinished"), h("td", {}, run.date), h("td", {}, run.exports.join(", ")),
        h("td", {}, h("div", { class: "row", style: { flexWrap: "nowrap" } }, run.resumable && !store.jobs.some((job) => job.run === run.name && job.state === "running") && button("Resume", { onclick: () => startJob("train", { run: run.name, resume: true }) }), button("", { class: "quiet round danger", "aria-label": `Remove ${run.name}`, title: "Remove", onclick: () => remove(run) }, "trash"))))))))
      : h("p", { class: "muted" }, "None yet."));
  }

  function remove(run) {
    const box = dialog("Remove the run?", {}, h("p", {}, `${run.name}, with its exports and its report, is removed for good.`), h("div", { class: "row" }, button("Remove", { class: "primary", onclick: async () => { box.close(); try { store.runs = (await post("runs/remove", { name: run.name })).runs; store.changed("runs"); } catch (error) { say(error); } } }, "trash"), button("Keep it", { onclick: () => box.close() })));
  }

  const changed = (event) => {
    if (event.detail === "jobs") drawLive();
    if (event.detail === "pictures" && facts) drawForm();
    if (event.detail === "runs") { drawList(); if (facts && name === null) drawForm(); }
  };
  store.addEventListener("change", changed);
  drawLive();
  drawList();
  if (!store.state.task) { fill(form, h("p", { class: "muted" }, "Add and label pictures first.")); }
  else get("boards").then((found) => { facts = found; if (!store.runs) loadRuns().then(drawForm); else drawForm(); }, say);
  return { leave() { store.removeEventListener("change", changed); } };
}

/** Return a name that no run has: pictures, pictures-2 ... */
function freeName(folder) {
  const plain = folder.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "") || "run";
  const taken = new Set((store.runs ?? []).map((run) => run.name));
  let found = plain;
  for (let number = 2; taken.has(found); number++) found = `${plain}-${number}`;
  return found;
}
