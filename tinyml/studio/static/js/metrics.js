// Detections and figures from raw probabilities: the rule of tinyml/inference/centroids.py and metrics.py, number for number.

const PROMINENCE = 16;

/** Round half to even, as Python's round does: a threshold of 0..1 in 1/256. */
export function thresholdStep(threshold) {
  const value = threshold * 256;
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 ? low + 1 : low;
}

/** Return the objects in one map: `cells` uint8 [rows * columns * (1 + classes)], thresholds 0..256 for each class. */
export function findCentroids(cells, rows, columns, classes, thresholds) {
  const depth = classes + 1;
  const labels = new Uint8Array(rows * columns);
  const best = new Uint8Array(rows * columns);
  const active = [];
  for (let cell = 0; cell < rows * columns; cell++) {
    let label = 0;
    for (let k = 1; k < classes; k++) if (cells[cell * depth + 1 + k] > cells[cell * depth + 1 + label]) label = k;
    labels[cell] = label;
    best[cell] = cells[cell * depth + 1 + label];
    if (best[cell] >= thresholds[label]) active.push(cell);
  }
  const parents = new Map();
  const before = (one, other) => best[other] - best[one] || one - other; // highest first, earlier ones first
  const peakOf = (cell) => { while (parents.get(cell) !== cell) cell = parents.get(cell); return cell; };
  for (const cell of [...active].sort(before)) {
    const row = Math.floor(cell / columns);
    const column = cell % columns;
    const placed = [];
    for (let y = Math.max(row - 1, 0); y < Math.min(row + 2, rows); y++) {
      for (let x = Math.max(column - 1, 0); x < Math.min(column + 2, columns); x++) {
        const near = y * columns + x;
        if (parents.has(near) && labels[near] === labels[cell]) placed.push(near);
      }
    }
    let peak = placed.length ? peakOf(placed.reduce((one, other) => (before(one, other) <= 0 ? one : other))) : cell;
    parents.set(cell, peak);
    for (const neighbour of placed) {
      const other = peakOf(neighbour);
      const [higher, lower] = before(peak, other) <= 0 ? [peak, other] : [other, peak];
      if (higher !== lower && best[lower] - best[cell] < PROMINENCE) { parents.set(lower, higher); peak = higher; }
    }
  }
  const groups = new Map();
  for (const cell of active) {
    const peak = peakOf(cell);
    if (!groups.has(peak)) groups.set(peak, []);
    groups.get(peak).push(cell);
  }
  return [...groups.values()].map((group) => {
    let total = 0;
    let sumX = 0;
    let sumY = 0;
    let score = 0;
    for (const cell of group) {
      const weight = Math.max(best[cell], 1);
      total += weight;
      sumX += weight * (256 * (cell % columns) + 128);
      sumY += weight * (256 * Math.floor(cell / columns) + 128);
      score = Math.max(score, best[cell]);
    }
    return { label: labels[group[0]], x: Math.floor((sumX + Math.floor(total / 2)) / total) / 256 / columns, y: Math.floor((sumY + Math.floor(total / 2)) / total) / 256 / rows, score, cells: group.length };
  });
}

const inside = (object, box) => box.left <= object.x && object.x <= box.right && box.top <= object.y && object.y <= box.bottom;

/** Return each object's box (null: wrong), and the boxes that were not found; the best score chooses first. */
export function match(objects, boxes) {
  const free = boxes.map((box, place) => [box, place]).sort(([a, i], [b, j]) => (a.right - a.left) * (a.bottom - a.top) - (b.right - b.left) * (b.bottom - b.top) || i - j).map(([box]) => box);
  const matches = objects.map(() => null);
  const order = objects.map((_, place) => place).sort((a, b) => objects[b].score - objects[a].score || a - b);
  for (const place of order) {
    const found = free.findIndex((box) => box.label === objects[place].label && inside(objects[place], box));
    if (found >= 0) [matches[place]] = free.splice(found, 1);
  }
  return [matches, free];
}

export function scores(right, wrong, missed) {
  return { precision: right / Math.max(right + wrong, 1), recall: right / Math.max(right + missed, 1), f1: (2 * right) / Math.max(2 * right + wrong + missed, 1), right, wrong, missed };
}

/** Return the figures of all pictures at these thresholds (0..1 for each class), and what is found in each. */
export function judge(outputs, thresholds) {
  const { shape: [count, rows, columns, depth], classes, truth, cells } = outputs;
  const steps = thresholds.map(thresholdStep);
  const totals = classes.map(() => [0, 0, 0]);
  const size = rows * columns * depth;
  let off = 0;
  const pictures = [];
  for (let picture = 0; picture < count; picture++) {
    const objects = findCentroids(cells.subarray(picture * size, (picture + 1) * size), rows, columns, classes.length, steps);
    const [matches, free] = match(objects, truth[picture]);
    objects.forEach((object, place) => { object.right = matches[place] !== null; totals[object.label][object.right ? 0 : 1]++; });
    for (const box of free) totals[box.label][2]++;
    off += Math.abs(objects.length - truth[picture].length);
    const wrong = matches.filter((one) => one === null).length;
    pictures.push({ objects, missed: free, wrong, fault: wrong + free.length });
  }
  const sum = [0, 1, 2].map((which) => totals.reduce((all, row) => all + row[which], 0));
  return { ...scores(...sum), count_error: off / Math.max(count, 1), per_class: Object.fromEntries(classes.map((name, place) => [name, scores(...totals[place])])), pictures };
}

/** Return what the server sent with its bytes as numbers and its boxes' classes as places. */
export function unpack(found) {
  const text = atob(found.cells ?? "");
  const cells = Uint8Array.from(text, (one) => one.charCodeAt(0));
  const truth = found.pictures.map((row) => row.boxes.map((box) => ({ ...box, label: found.classes.indexOf(box.label) })));
  return { ...found, cells, truth };
}
