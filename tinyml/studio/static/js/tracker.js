// Which object is which from frame to frame, so that each is counted once when it crosses a line.

const FAR = 0.2; // of the picture's side: an object does not go further from one frame to the next
const PATIENCE = 5; // frames for which one may be lost

export class Tracker {
  constructor() { this.reset(); }

  reset() {
    this.known = [];
    this.crossed = new Map();
    this.within = new Map();
  }

  /** Note the objects of one frame: [{label, x, y}]; `line`: {from, to}, `region`: {left, top, right, bottom} or null. */
  see(objects, line, region) {
    const pairs = objects.flatMap((object, place) => this.known.filter((one) => one.label === object.label).map((one) => [Math.hypot(one.x - object.x, one.y - object.y), place, one]));
    const taken = new Set();
    const followed = new Set();
    for (const [apart, place, one] of pairs.sort(([a], [b]) => a - b)) {
      if (apart > FAR || taken.has(place) || followed.has(one)) continue;
      taken.add(place);
      followed.add(one);
      const object = objects[place];
      if (line && crosses(one, object, line)) this.crossed.set(one.label, (this.crossed.get(one.label) ?? 0) + 1);
      Object.assign(one, { x: object.x, y: object.y, lost: 0 });
    }
    for (const one of this.known) if (!followed.has(one)) one.lost++;
    this.known = this.known.filter((one) => one.lost < PATIENCE);
    objects.forEach((object, place) => { if (!taken.has(place)) this.known.push({ label: object.label, x: object.x, y: object.y, lost: 0 }); });
    this.within = new Map();
    if (region) for (const { label, x, y } of objects) if (region.left <= x && x <= region.right && region.top <= y && y <= region.bottom) this.within.set(label, (this.within.get(label) ?? 0) + 1);
  }
}

/** Tell whether the way from one point to another crosses a line's segment. */
function crosses(from, to, line) {
  const side = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  const [a, b] = [[from.x, from.y], [to.x, to.y]];
  return side(line.from, line.to, a) * side(line.from, line.to, b) < 0 && side(a, b, line.from) * side(a, b, line.to) <= 0;
}
