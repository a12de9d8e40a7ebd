// Jobs of the server: what runs, how far it is, what became of it.

import { get, post, say, store } from "./api.js";
import { button, duration, h, toast, width } from "./dom.js";

/** Listen to the server; the page keeps asking where the line breaks. */
export function watchJobs() {
  const events = new EventSource("/api/events");
  events.addEventListener("jobs", (event) => take(JSON.parse(event.data)));
}

function take(jobs) {
  const before = new Map(store.jobs.map((job) => [job.id, job]));
  store.jobs = jobs;
  for (const job of jobs) {
    const old = before.get(job.id);
    if (old?.state === "running" && job.state !== "running") ended(job);
  }
  store.changed("jobs");
}

async function ended(job) {
  if (job.state === "failed") toast(`${job.title}: ${job.error || "it failed; its log says more"}. ${job.cure}`, { wrong: true });
  else if (job.state === "done") toast(`${job.title}: done.`);
  if (job.kind === "suggest") store.changed("suggestions");
  if (job.kind === "check" && job.state === "done") (await import("./data.js")).loadSuspects().catch(say);
  await loadRuns();
}

export async function loadRuns() {
  try {
    const found = await get("runs");
    store.runs = found.runs;
    store.missing = found.missing;
    store.changed("runs");
  } catch (error) { say(error); }
}

export async function startJob(kind, fields) {
  try { take((await post("jobs", { kind, ...fields })).jobs); return true; } catch (error) { say(error); return false; }
}

export async function stopJob(job) {
  try { take((await post("jobs/stop", { name: job.id })).jobs); } catch (error) { say(error); }
}

const STATES = { running: "", done: "done", failed: "failed", stopped: "stopped", lost: "interrupted" };

/** A card for a job: its title, a bar, what it says last. */
export function jobCard(job, ...more) {
  const { progress } = job;
  const share = progress?.total ? progress.done / progress.total : null;
  const last = job.log.trim().split("\n").at(-1);
  return h("section", { class: "card", "aria-label": job.title }, h("div", { class: "row spread" }, h("h2", { style: { margin: "0" } }, job.title), h("small", { class: job.state === "failed" ? "bad" : "" }, STATES[job.state] || (progress?.seconds_left ? `about ${duration(progress.seconds_left)} left` : "running"))),
    job.state === "running" && h("div", { class: "bar", role: "progressbar", "aria-label": job.title, "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": Math.round(100 * (share ?? 0)), style: { margin: "12px 0 8px" } }, h("i", { style: { width: width(share ?? 0.03) } })),
    job.error ? h("p", { class: "error" }, job.error, job.cure && `. ${job.cure}`) : job.state === "running" && h("p", { class: "muted", style: { margin: "0" } }, progress?.words ? `${progress.words} ${progress.total > 1 ? `${progress.done} of ${progress.total}` : ""}` : last),
    more,
    h("div", { class: "row", style: { marginTop: "10px" } }, job.state === "running" && button("Stop", { onclick: () => stopJob(job) }, "stop"),
      job.log.trim() && h("details", {}, h("summary", { class: "muted" }, "Log"), h("pre", { class: "log" }, job.log))));
}
