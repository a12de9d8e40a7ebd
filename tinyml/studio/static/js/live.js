// What a camera sees and what the model says of it, as it happens: counts, a line and a region to count in, frames to keep.

import { get, post, say, send, store } from "./api.js";
import { undo } from "./app.js";
import { still, webcam } from "./capture.js";
import { button, colour, fill, h, icon, number, toast } from "./dom.js";
import { loadRuns } from "./jobs.js";
import { finished, noRuns } from "./results.js";
import { Tracker } from "./tracker.js";

const SOURCES = { webcam: "This computer's webcam", host: "Host board, its camera shows the folder" };
const POLL_MS = 60;
let source = "webcam";

export function show(view, wanted) {
  let gone = false;
  let running = false;
  let stream = null;
  let video = null;
  let facts = null;
  let last = null;
  let tool = "";
  let line = null; // {from: [x, y], to: [x, y]} as fractions
  let region = null; // {left, top, right, bottom}
  let drag = null;
  let recording = null;
  let watching = null; // the loop that looks
  let ending = null; // the request that ends a session; the next one waits for it
  const tracker = new Tracker();
  const canvas = h("canvas", { width: 640, height: 480, "aria-label": "What the camera sees, with what was found", role: "img" });
  const screen = h("div", { class: "screen" }, canvas);
  const said = h("div", { class: "stack" });
  const bar = h("div", { class: "row", style: { marginTop: "12px" } });
  const head = h("div", { class: "head" });
  const runs = h("select", { "aria-label": "Run" });

  async function start() {
    if (!store.runs) await loadRuns();
    if (gone) return;
    const ready = finished();
    if (!ready.length) { noRuns(view, "Live"); return; }
    fill(head, h("div", { class: "title" }, h("h1", {}, "Live"), h("p", {}, "What the model sees, as it happens.")));
    fill(view, head);
    facts = await get("boards");
    if (gone) return;
    const sources = h("select", { "aria-label": "Source", onchange: (event) => { source = event.target.value; } },
      Object.entries(SOURCES).map(([name, words]) => h("option", { value: name, selected: name === source }, words)),
      facts.boards.filter((row) => row.emulated && row.name !== "host").map((row) => h("option", { value: `emulated:${row.name}`, selected: source === `emulated:${row.name}` }, `${row.title || row.name}, on pictures of the folder`)),
      facts.ports.flatMap((row) => [h("option", { value: `frames:${row.port}` }, `Board at ${row.port}: frames and answers, slowly`), h("option", { value: `answers:${row.port}` }, `Board at ${row.port}: answers alone, at full speed`)]));
    fill(runs, ready.map((run) => h("option", { value: run.name, selected: run.name === wanted }, run.name)));
    fill(head, h("div", { class: "title" }, h("h1", {}, "Live"), h("p", {}, "What the model sees, as it happens.")), sources, runs);
    fill(view, head, h("div", { class: "columns" }, h("div", {}, screen, bar), h("aside", { class: "stack", "aria-label": "What is seen" }, said)));
    draw();
    drawBar();
    drawSaid();
  }

  // --- the session ---------------------------------------------------------------------------------------------

  async function begin() {
    const [kind, place] = source.split(":");
    const run = runs.value;
    try {
      await ending;
      if (kind === "webcam") {
        [stream, video] = await webcam();
        await post("live/begin", { source: "webcam", run });
      } else if (kind === "host" || kind === "emulated") await post("live/begin", { source: "emulated", run, board: place ?? "host" });
      else await post("live/begin", { source: "board", run, port: place, frames: kind === "frames" });
      running = true;
      tracker.reset();
      drawBar();
      watching = kind === "webcam" ? webcamLoop() : boardLoop();
      watching.catch((error) => { if (running) fail(error); });
    } catch (error) { fail(error); }
  }

  function fail(error) {
    say(error);
    end();
  }

  function end() {
    running = false;
    stream?.getTracks().forEach((track) => track.stop());
    stream = video = null;
    drawBar();
    return (ending = endSession());
  }

  /** End the session once its last frame has been looked at: after it no frame is taken any more. */
  async function endSession() {
    await watching?.catch(() => null); // fail has said it
    try { await post("live/end"); } catch (error) { say(error); }
  }

  async function webcamLoop() {
    while (running && !gone) {
      const blob = await still(video, 0.85);
      const look = await send("live/look", null, blob);
      if (running) take(look, await createImageBitmap(blob));
    }
  }

  async function boardLoop() {
    let shown = last?.number ?? 0;
    while (running && !gone) {
      const state = await get("live");
      if (!state.running && state.error) { toast(`${state.error}. ${state.cure}`, { wrong: true }); running = false; drawBar(); return; }
      if (state.look && state.look.number !== shown) {
        shown = state.look.number;
        let image = null;
        if (state.look.frame) {
          const answer = await fetch(`/api/live/frame?number=${shown}`);
          if (answer.status !== 200) continue; // newer ones have taken its place
          image = await createImageBitmap(await answer.blob());
        }
        take(state.look, image);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  function take(look, image) {
    const first = !last?.frame;
    last = { ...look, image: image ?? last?.image };
    if (first) drawBar();
    if (Array.isArray(look.seen)) tracker.see(look.seen, line, region);
    if (recording) recording.push({ time: new Date().toISOString(), number: look.number, latency_us: look.latency_us, seen: look.seen });
    draw();
    drawSaid();
  }

  // --- the picture ---------------------------------------------------------------------------------------------

  function draw() {
    const image = last?.image;
    const grow = image ? Math.max(1, 960 / Math.max(image.width, image.height)) : 1; // words stay sharp on small frames
    canvas.width = (image?.width ?? 640) * grow;
    canvas.height = (image?.height ?? 480) * grow;
    const pen = canvas.getContext("2d");
    const scale = Math.max(canvas.width / (canvas.clientWidth || 640), canvas.height / (canvas.clientHeight || 480)); // of the picture's pixels in one of the screen
    const paint = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--m${(Math.max(0, store.place(name)) % 9) + 1}`);
    if (image) pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    else {
      pen.fillStyle = "#9fb0a8";
      pen.font = "20px system-ui";
      pen.textAlign = "center";
      pen.fillText(running ? "Waiting for the first frame…" : "Choose a source and start", canvas.width / 2, canvas.height / 2);
      pen.textAlign = "left";
    }
    pen.lineWidth = 3 * scale;
    if (region) { pen.strokeStyle = "#fff"; pen.setLineDash([8 * scale, 6 * scale]); pen.strokeRect(region.left * canvas.width, region.top * canvas.height, (region.right - region.left) * canvas.width, (region.bottom - region.top) * canvas.height); pen.setLineDash([]); }
    if (line) { pen.strokeStyle = "#fff"; pen.beginPath(); pen.moveTo(line.from[0] * canvas.width, line.from[1] * canvas.height); pen.lineTo(line.to[0] * canvas.width, line.to[1] * canvas.height); pen.stroke(); }
    if (!image) return;
    pen.font = `600 ${15 * scale}px system-ui`;
    const words = (text, x, y, name) => { pen.lineWidth = 4 * scale; pen.strokeStyle = "rgb(0 0 0 / .75)"; pen.strokeText(text, x, y); pen.fillStyle = paint(name); pen.fillText(text, x, y); };
    if (Array.isArray(last.seen)) {
      for (const { label, x, y, score } of last.seen) {
        const [across, down] = [x * canvas.width, y * canvas.height];
        for (const [radius, style] of [[11, "rgb(0 0 0 / .55)"], [7, paint(label)]]) { pen.fillStyle = style; pen.beginPath(); pen.arc(across, down, radius * scale, 0, 7); pen.fill(); }
        words(`${label} ${Math.round(100 * score)} %`, across + 13 * scale, down + 5 * scale, label);
      }
    } else if (last.seen) words(`${last.seen.label} ${Math.round(100 * last.seen.score)} %`, 12 * scale, 26 * scale, last.seen.label);
  }

  const at = (event) => {
    const area = canvas.getBoundingClientRect();
    const scale = Math.min(area.width / canvas.width, area.height / canvas.height);
    const [left, top] = [(area.width - canvas.width * scale) / 2, (area.height - canvas.height * scale) / 2];
    const inside = (value) => Math.min(1, Math.max(0, value));
    return [inside((event.clientX - area.left - left) / (canvas.width * scale)), inside((event.clientY - area.top - top) / (canvas.height * scale))];
  };
  canvas.addEventListener("pointerdown", (event) => { if (tool) { drag = at(event); canvas.setPointerCapture(event.pointerId); event.preventDefault(); } });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const to = at(event);
    if (tool === "line") line = { from: drag, to };
    else region = { left: Math.min(drag[0], to[0]), right: Math.max(drag[0], to[0]), top: Math.min(drag[1], to[1]), bottom: Math.max(drag[1], to[1]) };
    draw();
  });
  canvas.addEventListener("pointerup", () => { if (drag) { drag = null; tool = ""; tracker.reset(); drawBar(); drawSaid(); } });

  // --- around it -----------------------------------------------------------------------------------------------

  function drawBar() {
    const choose = (name, clear, middle) => { if (tool === name) { tool = ""; clear(); } else { tool = name; middle(); } tracker.reset(); draw(); drawBar(); drawSaid(); };
    canvas.style.cursor = tool ? "crosshair" : "";
    fill(bar, running ? button("Stop", { onclick: end }, "stop") : button("Start", { class: "primary", onclick: begin }, "play"),
      button("Keep this frame", { disabled: !last?.frame, onclick: keep }, "keep"),
      button("Line", { "aria-pressed": String(tool === "line" || !!line), title: "Count what crosses a line: drag it on the picture", onclick: () => choose("line", () => { line = null; }, () => { line ??= { from: [0.5, 0.05], to: [0.5, 0.95] }; }) }),
      button("Region", { "aria-pressed": String(tool === "region" || !!region), title: "Count what is inside: drag it on the picture", onclick: () => choose("region", () => { region = null; }, () => { region ??= { left: 0.25, right: 0.75, top: 0.25, bottom: 0.75 }; }) }),
      recording ? [button(`Stop recording`, { class: "danger", onclick: save }, "stop")] : button("Record", { disabled: !running, onclick: () => { recording = []; drawBar(); } }, "live"));
  }

  async function keep() {
    if (!last) return;
    try {
      const found = store.undoing(await post("live/keep", { number: last.number }));
      toast(`Kept as ${found.name}.`, { action: ["Undo", undo] });
      store.refresh().catch(say);
    } catch (error) { say(error); }
  }

  /** Offer what was recorded as a CSV table and as JSON lines. */
  function save() {
    const rows = recording ?? [];
    recording = null;
    drawBar();
    const quote = (value) => /[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value;
    const table = ["time,frame,latency_us,class,score,x,y", ...rows.flatMap(({ time, number: frame, latency_us: took, seen }) => {
      const all = Array.isArray(seen) ? seen : [seen];
      return (all.length ? all : [{}]).map((one) => [time, frame, took ?? "", quote(one.label ?? ""), one.score ?? "", one.x ?? "", one.y ?? ""].join(","));
    })].join("\n");
    const offer = (name, text, type) => { const link = h("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name }); link.click(); setTimeout(() => URL.revokeObjectURL(link.href), 10_000); };
    offer("detections.csv", `${table}\n`, "text/csv");
    offer("detections.jsonl", rows.map((row) => `${JSON.stringify(row)}\n`).join(""), "application/json");
    toast(`${number(rows.length)} frames recorded: detections.csv and detections.jsonl.`);
  }

  function drawSaid() {
    const list = Array.isArray(last?.seen);
    const counts = new Map(store.classes.map((name) => [name, 0]));
    if (list) for (const one of last.seen) counts.set(one.label, (counts.get(one.label) ?? 0) + 1);
    const rows = (all) => [...all].map(([name, count]) => h("div", {}, h("i", { class: "swatch", style: { color: colour(store.place(name)) } }), name, h("b", {}, count)));
    const took = last?.latency_us;
    fill(said,
      h("dl", { class: "tiles" }, h("div", {}, h("dt", {}, "latency"), h("dd", {}, took == null ? "–" : took < 1000 ? `${took.toFixed(0)} µs` : `${(took / 1000).toFixed(1)} ms`)), h("div", {}, h("dt", {}, "frames/s"), h("dd", {}, last?.fps ? last.fps.toFixed(1) : "–"))),
      h("section", { class: "card" }, h("h2", {}, "In the picture"), list || !last ? h("div", { class: "counts", "aria-live": "off", id: "counts" }, rows(counts)) : h("p", { id: "counts" }, `${last.seen.label}, ${Math.round(100 * last.seen.score)} %`)),
      line && h("section", { class: "card" }, h("h2", {}, "Crossed the line"), h("div", { class: "counts" }, rows(tracker.crossed), !tracker.crossed.size && h("span", { class: "muted" }, "nothing yet"))),
      region && h("section", { class: "card" }, h("h2", {}, "In the region"), h("div", { class: "counts" }, rows(tracker.within), !tracker.within.size && h("span", { class: "muted" }, "nothing now"))),
      last && h("small", {}, source === "webcam" ? "The int8 C on this computer." : "The board's own answer to the frame that is shown."));
  }

  start().catch(say);
  return { leave() { gone = true; if (running) end(); } };
}
