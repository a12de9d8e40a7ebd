// Curves as SVG: a line for each series over the epochs.

import { h } from "./dom.js";

const W = 560;
const H = 220;
const LEFT = 40;
const BOTTOM = 24;

/** `series`: [{name, colour, values: [[x, y]...]}]; `most`: the right end of the x axis. */
export function curves(title, series, { most = 0, top = null } = {}) {
  const all = series.flatMap((one) => one.values.map(([, y]) => y)).filter(Number.isFinite);
  const high = top ?? Math.max(0.001, ...all) * 1.05;
  const right = Math.max(1, most, ...series.flatMap((one) => one.values.map(([x]) => x)));
  const x = (value) => LEFT + ((W - LEFT - 8) * value) / right;
  const y = (value) => 8 + (H - BOTTOM - 8) * (1 - Math.min(value, high) / high);
  const steps = [0, 0.25, 0.5, 0.75, 1];
  const last = series.map((one) => `${one.name} ${one.values.at(-1)?.[1]?.toFixed(3) ?? "none yet"}`).join(", ");
  return h("figure", { style: { margin: "0" } },
    h("svg", { class: "chart", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${title}: ${last}` },
      steps.map((share) => [h("line", { class: "axis", x1: LEFT, x2: W - 8, y1: y(high * share), y2: y(high * share) }), h("text", { x: LEFT - 6, y: y(high * share) + 4, "text-anchor": "end" }, (high * share).toFixed(high < 2 ? 2 : 1))]),
      [0, 0.5, 1].map((share) => h("text", { x: x(right * share), y: H - 4, "text-anchor": share === 1 ? "end" : share ? "middle" : "start" }, Math.round(right * share))),
      series.map((one) => one.values.length > 0 && h("path", { d: one.values.map(([a, b], place) => `${place ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join(""), style: { stroke: one.colour } }))),
    h("figcaption", { class: "legend" }, h("span", {}, h("b", {}, title)), series.map((one) => h("span", {}, h("i", { class: "swatch", style: { color: one.colour } }), one.name, one.values.length > 0 && ` ${one.values.at(-1)[1].toFixed(3)}`))));
}

/** Return the two charts of a training's history: losses, and the score. */
export function trainingCurves(history, total) {
  const of = (key) => history.filter((row) => Number.isFinite(row[key])).map((row) => [row.epoch, row[key]]);
  const score = history.some((row) => "validation_f1" in row) ? ["F1", "validation_f1"] : ["accuracy", "validation_accuracy"];
  return h("div", { class: "cards" },
    curves("Loss", [{ name: "training", colour: "var(--c6)", values: of("train_loss") }, { name: "validation", colour: "var(--c3)", values: of("validation_loss") }], { most: total }),
    curves(`Validation ${score[0]}`, [{ name: score[0], colour: "var(--accent)", values: of(score[1]) }], { most: total, top: 1 }));
}
