// The page's frame: which step is shown, what was done last, light or dark, what happens elsewhere.

import { get, post, say, store } from "./api.js";
import { button, fill, h, icon, toast } from "./dom.js";
import { loadRuns, watchJobs } from "./jobs.js";
import * as data from "./data.js";
import * as label from "./label.js";
import * as train from "./train.js";
import * as results from "./results.js";
import * as deploy from "./deploy.js";
import * as live from "./live.js";

const VIEWS = { data: ["Data", data], label: ["Label", label], train: ["Train", train], results: ["Results", results], deploy: ["Deploy", deploy], live: ["Live", live] };
let current = null;

function route() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  return [VIEWS[name] ? name : "data", rest.map(decodeURIComponent)];
}

function show() {
  if (!store.state) return; // it is shown once the folder is known
  const [name, rest] = route();
  const view = document.getElementById("view");
  current?.leave?.();
  fill(view);
  for (const link of document.querySelectorAll("#nav a")) {
    link.toggleAttribute("aria-current", false);
    if (link.dataset.name === name) link.setAttribute("aria-current", "page");
  }
  document.title = `${VIEWS[name][0]} · tinyml studio`;
  current = VIEWS[name][1].show(view, ...rest) ?? null;
  if (store.stale && name !== "label") store.refresh().catch(say); // counts and balance
}

function navigation() {
  fill(document.getElementById("nav"), Object.entries(VIEWS).map(([name, [words]]) =>
    h("a", { href: `#/${name}`, dataset: { name } }, icon(name), h("span", {}, words))));
}

async function step(which) {
  try {
    const found = await post(which);
    if (!found.words) return toast(which === "undo" ? "Nothing to undo." : "Nothing to redo.");
    store.undoing(found);
    await store.refresh();
    store.dispatchEvent(new CustomEvent("undone", { detail: found }));
    toast(`${which === "undo" ? "Undone" : "Done again"}: ${found.words}.`);
  } catch (error) { say(error); }
}
export const undo = () => step("undo");

function theme(next) {
  const chosen = next ?? localStorage.getItem("theme") ?? "auto";
  localStorage.setItem("theme", chosen);
  const dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

function footer() {
  const words = store.state ?? {};
  fill(document.getElementById("side-foot"),
    button("", { class: "quiet round", "aria-label": words.undo ? `Undo: ${words.undo}` : "Undo", title: words.undo ? `Undo: ${words.undo}` : "Nothing to undo", disabled: !words.undo, onclick: () => step("undo") }, "undo"),
    button("", { class: "quiet round", "aria-label": words.redo ? `Redo: ${words.redo}` : "Redo", title: words.redo ? `Redo: ${words.redo}` : "Nothing to redo", disabled: !words.redo, onclick: () => step("redo") }, "redo"),
    button("", { class: "quiet round", "aria-label": "Light or dark", title: "Light or dark", onclick: () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark") }, "sun"));
  document.getElementById("folder").textContent = words.name ?? "";
  document.getElementById("folder").title = words.folder ?? "";
}

addEventListener("keydown", (event) => {
  if (event.target.matches("input[type=text], input[type=number], input[type=search], textarea") || document.querySelector("dialog[open]")) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    event.preventDefault();
    step(event.shiftKey ? "redo" : "undo");
  }
});
/** Mark the steps in which something runs. */
function busy() {
  const where = { train: "train", suggest: "label", check: "label", export: "deploy", build: "deploy", flash: "deploy", library: "deploy", thresholds: "results", outputs: "results" };
  const now = new Set(store.jobs.filter((job) => job.state === "running").map((job) => where[job.kind]));
  for (const link of document.querySelectorAll("#nav a")) {
    const dot = link.querySelector(".dot");
    if (now.has(link.dataset.name) && !dot) link.append(h("i", { class: "dot", title: "running" }));
    else if (!now.has(link.dataset.name)) dot?.remove();
  }
}

addEventListener("hashchange", show);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme());
store.addEventListener("change", footer);
theme();
navigation();
watchJobs();
loadRuns();
store.addEventListener("change", (event) => { if (event.detail === "jobs") busy(); });
store.refresh().then(show, (error) => { say(error); fill(document.getElementById("view"), h("p", { class: "error" }, error.message)); });
