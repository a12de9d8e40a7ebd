// How good a run is, live: thresholds to drag, the pictures that change with them, every stage side by side.

import { get, picture, say, store, thumbnail } from "./api.js";
import { button, colour, fill, h, icon, number, percent, plural } from "./dom.js";
import { loadRuns, jobCard, startJob } from "./jobs.js";
import { judge, unpack } from "./metrics.js";
import { trainingCurves } from "./charts.js";

const ORDERS = { worst: "Worst first", best: "Best first", all: "As they come" };
const SHOWN = 24;
let order = "worst";

export function runPicker(chosen, route) {
  const runs = (store.runs ?? []).filter((run) => run.score !== null);
  return h("select", { "aria-label": "Run", onchange: (event) => { location.hash = `#/${route}/${encodeURIComponent(event.target.value)}`; } }, runs.map((run) => h("option", { value: run.name, selected: run.name === chosen }, run.name)));
}

export const finished = () => (store.runs ?? []).filter((run) => run.score !== null);

export function noRuns(view, title) {
  fill(view, h("div", { class: "head" }, h("h1", {}, title)), h("div", { class: "empty" }, icon("train", "icon big"), h("h2", {}, "No finished run yet"), h("p", {}, "Train one, and it is shown here."), h("a", { class: "button primary", href: "#/train" }, "Train")));
}

export function show(view, wanted) {
  let gone = false;
  let outputs = null;
  let facts = null;
  let thresholds = [];
  let shown = SHOWN;
  const head = h("div", { class: "head" });
  const main = h("div", { class: "stack" });
  const start = async () => {
    if (!store.runs) await loadRuns();
    const runs = finished();
    if (gone) return;
    if (!runs.length) return noRuns(view, "Results");
    const name = runs.some((run) => run.name === wanted) ? wanted : [...runs].sort((a, b) => b.date.localeCompare(a.date))[0].name;
    fill(view, head, main);
    facts = await get("run", { name });
    fill(head, h("div", { class: "title" }, h("h1", {}, "Results"), h("p", {}, `${facts.metrics.data.title}, ${plural(facts.metrics.test.pictures, "test picture")}`)), runPicker(name, "results"), h("a", { class: "button", href: `#/deploy/${encodeURIComponent(name)}` }, "Deploy"));
    await numbers(name);
  };

  async function numbers(name) {
    const found = await get("outputs", { run: name });
    if (gone) return;
    if (found.stale) {
      if (!store.jobs.some((job) => job.kind === "outputs" && job.run === name && job.state === "running")) await startJob("outputs", { run: name });
      waiting(name);
      return;
    }
    outputs = unpack(found);
    thresholds = [...outputs.thresholds];
    draw();
  }

  function waiting(name) {
    const job = store.jobs.find((one) => one.kind === "outputs" && one.run === name);
    fill(main, job && jobCard(job));
    const again = (event) => {
      if (event.detail !== "jobs" || gone) return;
      const now = store.jobs.find((one) => one.kind === "outputs" && one.run === name);
      if (now?.state === "running") { fill(main, jobCard(now)); return; }
      store.removeEventListener("change", again);
      if (now?.state === "done") numbers(name).catch(say); else fill(main, now && jobCard(now));
    };
    store.addEventListener("change", again);
  }

  const tile = (words, value, more = "") => h("div", {}, h("dt", {}, words), h("dd", {}, value, more && h("small", {}, ` ${more}`)));

  function draw() {
    const detect = outputs.task === "detect";
    const tiles = h("dl", { class: "tiles", id: "figures" });
    const table = h("tbody", {});
    const gallery = h("div", { class: "gallery" });
    const more = h("div", { class: "row", style: { justifyContent: "center", marginTop: "12px" } });
    const orders = h("div", { class: "segment", role: "group", "aria-label": "Order" });
    const sliders = detect && outputs.classes.map((name, place) => {
      const said = h("output", {});
      const slide = h("input", { type: "range", min: 1, max: 255, step: 1, "aria-label": `Threshold of ${name}`, value: Math.round(thresholds[place] * 256), oninput: () => { thresholds[place] = Number(slide.value) / 256; said.textContent = thresholds[place].toFixed(2); update(); } });
      said.textContent = thresholds[place].toFixed(2);
      return h("div", { class: "slider" }, h("span", { class: "row" }, h("i", { class: "swatch", style: { color: colour(store.place(name)) } }), name), slide, said);
    });
    const keeping = h("div", { class: "stack keeping", style: { gap: "8px", marginTop: "12px" } });
    fill(main, tiles,
      h("div", { class: "columns" },
        h("section", { class: "card" }, h("div", { class: "row spread", style: { marginBottom: "12px" } }, h("h2", { style: { margin: 0 } }, "Test pictures"), orders), h("p", { class: "muted" }, detect ? "Outlined: the labels. Dots: what the network found, with a ring where it is right and a cross where it is not." : "The label, and what the network says."), gallery, more),
        h("div", { class: "stack" },
          detect && h("section", { class: "card" }, h("h2", {}, "Thresholds"), h("p", { class: "muted" }, "How sure the network must be. Training chose them on validation pictures; drag to see what would change."), h("div", { class: "stack", style: { gap: "8px" } }, sliders),
            keeping),
          h("section", { class: "card" }, h("h2", {}, "Each class"), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Each class" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "class"), h("th", { class: "n" }, "precision"), h("th", { class: "n" }, "recall"), h("th", { class: "n" }, "F1"))), table))),
          stageCard(), h("section", { class: "card" }, h("h2", {}, "How it was trained"), facts.metrics.history?.length ? trainingCurves(facts.metrics.history, facts.epochs) : null))));

    function update() {
      const found = detect ? judge(outputs, thresholds) : judgeClasses(outputs);
      fill(tiles, detect ? [tile("F1", percent(found.f1, 1)), tile("Precision", percent(found.precision, 1), `${found.wrong} wrong`), tile("Recall", percent(found.recall, 1), `${found.missed} missed`), tile("Count error", found.count_error.toFixed(2), "a picture")]
        : [tile("Accuracy", percent(found.accuracy, 1), `${found.right} of ${outputs.pictures.length}`), tile("F1", percent(found.f1, 1))]);
      fill(table, Object.entries(found.per_class).map(([name, row]) => h("tr", {}, h("th", {}, name), ["precision", "recall", "f1"].map((key) => h("td", { class: "n" }, percent(row[key]))))));
      const places = outputs.pictures.map((_, place) => place);
      if (order !== "all") places.sort((a, b) => (found.pictures[b].fault - found.pictures[a].fault) * (order === "worst" ? 1 : -1) || a - b);
      fill(gallery, places.slice(0, shown).map((place) => shot(outputs.pictures[place], found.pictures[place], detect, place)));
      fill(more, places.length > shown && button(`Show ${Math.min(SHOWN, places.length - shown)} more`, { onclick: () => { shown += SHOWN; update(); } }));
      fill(orders, Object.entries(ORDERS).map(([name, words]) => button(words, { "aria-pressed": String(order === name), onclick: () => { order = name; update(); } })));
      if (detect) drawKeeping(keeping);
      window.studioFigures = found; // for those who test the page
    }
    update();
  }

  /** Offer to put moved thresholds back, or to keep them in the run. */
  function drawKeeping(place) {
    const moved = outputs.classes.filter((_, at) => thresholds[at] !== outputs.thresholds[at]);
    const stale = Object.keys(facts.exports).filter((board) => facts.exports[board].stale);
    const job = store.jobs.find((one) => one.kind === "thresholds" && one.run === facts.name && one.state === "running");
    fill(place, job ? jobCard(job) : h("div", { class: "row" },
      button("Keep these thresholds", { class: "primary", disabled: !moved.length, onclick: keep }),
      button("Put back", { disabled: !moved.length, onclick: () => { thresholds = [...outputs.thresholds]; draw(); } })),
    stale.length > 0 && h("p", { class: "notice" }, `Out of date: the export for ${stale.join(", ")}, which ${facts.exports[stale[0]].stale}. `, h("a", { href: `#/deploy/${encodeURIComponent(facts.name)}` }, "Export again")));
  }

  async function keep() {
    const moved = Object.fromEntries(outputs.classes.map((name, at) => [name, thresholds[at]]).filter(([, value], at) => value !== outputs.thresholds[at]));
    if (!(await startJob("thresholds", { run: facts.name, thresholds: moved }))) return;
    const ended = async (event) => {
      if (event.detail !== "jobs") return;
      const job = store.jobs.find((one) => one.kind === "thresholds" && one.run === facts.name);
      if (gone || job?.state !== "running") store.removeEventListener("change", ended);
      if (gone) return;
      if (job?.state === "done") { facts = await get("run", { name: facts.name }); await numbers(facts.name); } else drawKeeping(main.querySelector(".keeping"));
    };
    store.addEventListener("change", ended);
    drawKeeping(main.querySelector(".keeping"));
  }

  function shot(row, said, detect, place) {
    const known = store.byName.get(row.name);
    const view = visible(row);
    const marks = detect ? h("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none" },
      outputs.truth[place].map((box) => h("rect", { x: 100 * box.left, y: 100 * box.top, width: 100 * (box.right - box.left), height: 100 * (box.bottom - box.top), fill: "none", style: { stroke: colour(store.place(outputs.classes[box.label]), "m"), strokeWidth: "2", vectorEffect: "non-scaling-stroke", strokeDasharray: said.missed.includes(box) ? "4 4" : "" } })),
      said.objects.map((object) => dot(object, colour(store.place(outputs.classes[object.label]), "m")))) : null;
    const words = detect ? [said.objects.filter((one) => one.right).length && `${said.objects.filter((one) => one.right).length} right`, said.wrong && `${said.wrong} wrong`, said.missed.length && `${said.missed.length} missed`].filter(Boolean).join(", ") || "nothing there" : `${said.label} ${percent(said.score)}`;
    return h("div", { class: "shot" }, h("figure", {}, row.name ? h("img", { src: known ? thumbnail(known) : picture(row.name), alt: "", loading: "lazy", style: view }) : h("small", { class: "muted" }, `${row.title} is not in this folder.`), marks),
      h("div", { class: "row" }, h("span", { class: said.fault ? "bad" : "good", title: row.title }, words, !detect && said.fault ? ` (is ${row.label})` : ""), known && h("a", { href: `#/label/${encodeURIComponent(row.name)}`, "aria-label": `Fix the label of ${row.title}` }, "Fix label")));
  }

  /** Show the part of the picture that the network sees, stretched to a square as it is for the network. */
  function visible(row) {
    return outputs.fit === "crop" ? { objectFit: "cover" } : { objectFit: "fill" };
  }

  function stageCard() {
    const rows = Object.entries(facts.exports).flatMap(([board, one]) => Object.entries(one.stages).map(([stage, figures]) => [board, stage, figures, !one.stale]));
    const key = outputs.task === "detect" ? "f1" : "accuracy";
    return h("section", { class: "card" }, h("h2", {}, "Stage by stage"), rows.length ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Stages" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "stage"), h("th", { class: "n" }, key === "f1" ? "F1" : key), h("th", {}, "bytes"))),
      h("tbody", {}, rows.map(([board, stage, figures, fresh]) => h("tr", {}, h("th", {}, stage.replaceAll("_", " "), h("small", {}, ` ${board}${fresh ? "" : ", outdated"}`)), h("td", { class: "n" }, percent(figures[key], 1)), h("td", {}, figures.bit_exact === undefined ? "" : figures.bit_exact ? h("span", { class: "good" }, "equal") : h("span", { class: "bad" }, "differ")))))))
      : h("p", { class: "muted" }, "Export the run for a board, and int8, C and TensorFlow Lite Micro stand here beside the trained network."));
  }

  start().catch(say);
  return { leave() { gone = true; } };
}

function dot({ x, y, right }, paint) {
  const at = { cx: 100 * x, cy: 100 * y };
  return h("g", {}, h("circle", { ...at, r: 4.4, fill: "rgb(0 0 0 / .55)" }), h("circle", { ...at, r: 2.6, style: { fill: paint } }),
    right ? h("circle", { ...at, r: 5.2, fill: "none", style: { stroke: "#fff", strokeWidth: "1.5", vectorEffect: "non-scaling-stroke" } })
      : h("path", { d: `M${at.cx - 5} ${at.cy - 5}l10 10m0 -10l-10 10`, style: { stroke: "#ff4040", strokeWidth: "2.5", vectorEffect: "non-scaling-stroke" } }));
}

/** Return accuracy, each class's figures, and what is said of each picture. */
function judgeClasses({ classes, pictures, probabilities }) {
  const totals = classes.map(() => [0, 0, 0]);
  const said = pictures.map((row, place) => {
    const shares = probabilities[place];
    const best = shares.indexOf(Math.max(...shares));
    const truth = classes.indexOf(row.label);
    if (best === truth) totals[best][0]++; else { totals[best][1]++; totals[truth][2]++; }
    return { label: classes[best], score: shares[best], fault: best === truth ? 0 : 1 + shares[best] - shares[truth] };
  });
  const right = totals.reduce((sum, row) => sum + row[0], 0);
  const per = classes.map((name, place) => { const [r, w, m] = totals[place]; return [name, { precision: r / Math.max(r + w, 1), recall: r / Math.max(r + m, 1), f1: (2 * r) / Math.max(2 * r + w + m, 1) }]; });
  return { right, accuracy: right / Math.max(pictures.length, 1), f1: per.reduce((sum, [, row]) => sum + row.f1, 0) / classes.length, per_class: Object.fromEntries(per), pictures: said };
}
