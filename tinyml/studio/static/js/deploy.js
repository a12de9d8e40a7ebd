// From a run to a board: does it fit, build it, flash it, take the files elsewhere.

import { get, say, store } from "./api.js";
import { button, bytes, fill, h, icon, number, percent, width } from "./dom.js";
import { jobCard, loadRuns, startJob } from "./jobs.js";
import { finished, noRuns, runPicker } from "./results.js";
import { flashInBrowser, serialIsThere } from "./webserial.js";

const WORK = ["export", "build", "flash", "library"];
const LIBRARIES = { c: "Plain C", arduino: "Arduino library", "esp-idf": "ESP-IDF component" };
let board = "esp32cam";

export function show(view, wanted) {
  let gone = false;
  let facts = null;
  let run = null;
  let name = "";
  let drawn = "";
  const head = h("div", { class: "head" });
  const main = h("div", { class: "stack" });

  async function load() {
    if (!store.runs) await loadRuns();
    const runs = finished();
    if (gone) return;
    if (!runs.length) { noRuns(view, "Deploy"); return; }
    name = runs.some((one) => one.name === wanted) ? wanted : [...runs].sort((a, b) => b.date.localeCompare(a.date))[0].name;
    fill(head, h("div", { class: "title" }, h("h1", {}, "Deploy"), h("p", {}, "Plain C for the board, within its memory.")));
    fill(view, head, main);
    [facts, run] = await Promise.all([get("boards"), get("run", { name })]);
    if (!gone) draw();
  }

  function draw() {
    const one = facts.boards.find((row) => row.name === board) ?? facts.boards[0];
    const made = run.exports[board];
    fill(head, h("div", { class: "title" }, h("h1", {}, "Deploy"), h("p", {}, "Plain C for the board, within its memory.")), runPicker(name, "deploy"),
      h("select", { "aria-label": "Board", onchange: (event) => { board = event.target.value; draw(); } }, ["real", "emulated"].map((kind) => h("optgroup", { label: kind === "real" ? "Boards" : "On this computer" }, facts.boards.filter((row) => row.emulated === (kind === "emulated")).map((row) => h("option", { value: row.name, selected: row.name === board }, row.title || row.name))))));
    const running = store.jobs.filter((job) => WORK.includes(job.kind) && job.run === name);
    const latest = running.find((job) => job.state === "running") ?? running[0];
    const busy = latest?.state === "running";
    const go = (kind, more = {}) => startJob(kind, { run: name, board, ...more });
    const port = h("select", { "aria-label": "Port" }, facts.ports.map((row) => h("option", { value: row.port }, `${row.port} ${row.words}`)));
    fill(main,
      latest && (busy || latest.state === "failed" || Date.now() / 1000 - latest.ended < 600) ? jobCard(latest) : null,
      h("div", { class: "columns" },
        h("div", { class: "stack" },
          h("section", { class: "card" }, h("h2", {}, `Memory of ${one.title || one.name}`), made?.budget ? budgetBars(made) : h("p", { class: "muted" }, "Export the run for this board to see what it takes of each memory region, before anything is built."),
            h("div", { class: "row", style: { marginTop: "16px" } }, button(made ? "Export again" : "Export", { class: made ? "" : "primary", disabled: busy, onclick: () => go("export") }), button("Build the firmware", { class: made ? "primary" : "", disabled: busy, onclick: () => go("build") }))),
          made?.stale ? h("p", { class: "notice" }, `${name} ${made.stale}.`) : null,
          !one.emulated && h("section", { class: "card" }, h("h2", {}, "Flash"), facts.ports.length ? h("div", { class: "row" }, port, button("Flash and self test", { class: "primary", disabled: busy, onclick: () => go("flash", { port: port.value }) })) : h("div", { class: "row" }, h("span", { class: "muted" }, "No board is plugged into this computer."), button("Look again", { onclick: () => get("boards").then((found) => { facts = found; draw(); }, say) })),
            serialIsThere() ? h("div", { class: "row", style: { marginTop: "12px" } }, button("Flash from the browser", { onclick: () => flashInBrowser(name, board) }), h("small", {}, "A board at this browser's own USB port, through Web Serial.")) : null),
          alternatives()),
        h("div", { class: "stack" },
          made?.predicted && h("section", { class: "card" }, h("h2", {}, "Speed"), h("dl", { class: "tiles" }, made.predicted.cores.map((row) => h("div", {}, h("dt", {}, row.cores === 1 ? "one core" : "two cores"), h("dd", {}, `${(row.latency_us / 1000).toFixed(0)} ms`), h("small", {}, `${(row.low_us / 1000).toFixed(0)} to ${(row.high_us / 1000).toFixed(0)} ms`)))), h("small", {}, made.predicted.remark)),
          made?.benchmark?.latency_us && h("section", { class: "card" }, h("h2", {}, "Measured on the board"), h("p", {}, `${(made.benchmark.latency_us.median / 1000).toFixed(1)} ms, the median`)),
          libraries(busy),
          h("section", { class: "card" }, h("h2", {}, "Files"), made?.files.length ? h("ul", { class: "plain" }, made.files.map((file) => h("li", {}, h("a", { href: `/api/download?${new URLSearchParams({ run: name, board, file: file.name })}`, download: file.name }, file.name), h("small", {}, ` ${bytes(file.bytes)}`), h("br", {}), h("small", {}, file.words))))
            : h("p", { class: "muted" }, "They are there once the run is exported.")))));
  }

  function budgetBars(made) {
    return h("div", { class: "stack", style: { gap: "12px" } }, made.budget.regions.map((row) => h("div", {}, h("div", { class: "row spread" }, h("b", { style: { fontWeight: "550" } }, row.region), h("span", { class: row.ok ? "muted n" : "bad n" }, `${number(row.used_bytes)} of ${number(row.limit_bytes)} B`)),
      h("div", { class: row.ok ? "bar" : "bar over", role: "img", "aria-label": `${row.region}: ${percent(row.used_bytes / Math.max(1, row.limit_bytes))} used` }, h("i", { style: { width: width(row.used_bytes / Math.max(1, row.limit_bytes)) } })))),
    h("small", {}, made.budget.source === "elf" ? "of the linked firmware" : "planned; a build says it to the byte"));
  }

  /** The model for firmware of one's own. */
  function libraries(busy) {
    return h("section", { class: "card" }, h("h2", {}, "For firmware of your own"), h("p", { class: "muted" }, "The compiled model, its kernels and a self test, with its own prefix before every name."),
      h("ul", { class: "plain" }, run.libraries.map((one) => h("li", { class: "row spread" }, h("span", {}, LIBRARIES[one.kind]),
        one.made ? h("a", { class: "button", href: `/api/library?${new URLSearchParams({ run: name, kind: one.kind })}`, download: "", "aria-label": `Download ${one.words}` }, icon("download"), ".zip")
          : button("Make", { disabled: busy, "aria-label": `Make ${one.words}`, onclick: () => startJob("library", { run: name, library: one.kind }) })))));
  }

  /** What a smaller width or size would give. */
  function alternatives() {
    const { width: wide, size } = run.config;
    const rows = facts.networks;
    return h("section", { class: "card" }, h("h2", {}, "What another width or size would take"), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Other widths and sizes" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "width"), h("th", {}, "pixels"), ["RAM", "flash", "predicted"].map((words) => h("th", { class: "n" }, words)), h("th", {}, "fits"))),
      h("tbody", {}, rows.map((row) => h("tr", {}, h("th", {}, row.width.toFixed(2), row.width === wide && row.size === size ? h("small", {}, " this run's") : ""), h("td", {}, row.size), h("td", { class: "n" }, bytes(row.ram_bytes)), h("td", { class: "n" }, bytes(row.weights_bytes)), h("td", { class: "n" }, row.boards[board]?.latency_us ? `${Math.round(row.boards[board].latency_us / 1000)} ms` : ""), h("td", {}, row.boards[board] ? (row.boards[board].ok ? h("span", { class: "good" }, "yes") : h("span", { class: "bad" }, "no")) : "")))))), h("small", {}, facts.remark, "."));
  }

  const changed = async (event) => {
    if (event.detail !== "jobs" || !facts || gone) return;
    const jobs = store.jobs.filter((job) => job.run === name && WORK.includes(job.kind));
    const now = JSON.stringify(jobs.slice(0, 2).map((job) => [job.id, job.state, job.log.length]));
    if (now === drawn) return;
    const before = drawn;
    drawn = now;
    if (before && jobs.length && jobs.every((job) => job.state !== "running")) { try { run = await get("run", { name }); } catch (error) { say(error); } }
    if (!gone) draw();
  };
  store.addEventListener("change", changed);
  load().catch(say);
  return { leave() { gone = true; store.removeEventListener("change", changed); } };
}
