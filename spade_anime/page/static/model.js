// The drawing: an index map, one class a pixel; the colours painted over it; and what can be undone.
import {Paint} from './paint.js';
import {around, connected, scaled, stroke} from './raster.js';

const STEPS = 50;

export class Drawing extends EventTarget {
  /** size: pixels a side; background: the class of what belongs to no other. */
  constructor(size, background) {
    super();
    this.size = size;
    this.background = background;
    this.map = new Uint8Array(size * size).fill(background);
    this.paint = new Paint(this);
    this.parts = {map: this.map, rgba: this.paint.rgba, owner: this.paint.owner};
    this.mirror = false;
    this.only = null;
    this.undone = [];
    this.done = [];
    this.edits = 0;
    this.before = null;
  }

  /** What follows until end() is one step. */
  begin() {
    this.end();
    this.before = copied(this.parts);
  }

  end() {
    const {before, parts} = this;
    this.before = null;
    const changed = Object.keys(parts).filter((name) => before && differ(before[name], parts[name]));
    if (changed.length) {
      this.done.push(copied(before, changed));
      if (this.done.length > STEPS) this.done.shift();
      this.undone = [];
    }
    this.changed('end');
  }

  /** Take back what was begun. */
  cancel() {
    if (this.before) this.set(this.before);
    this.before = null;
    this.changed('end');
  }

  undo() { this.travel(this.done, this.undone); }

  redo() { this.travel(this.undone, this.done); }

  travel(from, to) {
    this.end();
    if (!from.length) return;
    const step = from.pop();
    to.push(copied(this.parts, Object.keys(step)));
    this.set(step);
    this.changed('end');
  }

  set(step) {
    for (const [name, values] of Object.entries(step)) this.parts[name].set(values);
  }

  /** A hard stroke of a class; with the mirror, on both sides. */
  stroke(x0, y0, x1, y1, radius, value) {
    const plot = this.plotter(value);
    stroke(this.size, x0, y0, x1, y1, radius, plot);
    if (this.mirror) stroke(this.size, this.size - x0, y0, this.size - x1, y1, radius, plot);
    this.changed('stroke');
  }

  /** A straight stroke in place of all since begin(). */
  line(x0, y0, x1, y1, radius, value) {
    this.map.set(this.before.map);
    this.stroke(x0, y0, x1, y1, radius, value);
  }

  fill(x, y, value) {
    const base = this.map.slice(), plot = this.plotter(value);
    connected(base, this.size, this.at(x, y), plot);
    if (this.mirror) connected(base, this.size, this.at(this.size - 0.001 - x, y), plot);
    this.changed('stroke');
  }

  /** The connected part at a place, to be moved: its pixels, its centre, and what it leaves behind. */
  part(x, y) {
    const pixels = [];
    connected(this.map, this.size, this.at(x, y), (index) => pixels.push(index));
    const sums = pixels.reduce((sum, index) => [sum[0] + index % this.size, sum[1] + Math.floor(index / this.size)], [0, 0]);
    return {pixels, value: this.map[pixels[0]], center: sums.map((sum) => sum / pixels.length + 0.5), left: around(this.map, this.size, pixels)};
  }

  /** The part moved by (dx, dy) and scaled about its centre, in place of all since begin(). */
  place(part, dx, dy, scale) {
    const {size} = this, inside = new Uint8Array(size * size), [cx, cy] = part.center;
    this.map.set(this.before.map);
    for (const index of part.pixels) {
      inside[index] = 1;
      this.map[index] = part.left;
    }
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const from = [(x + 0.5 - cx - dx) / scale + cx, (y + 0.5 - cy - dy) / scale + cy].map(Math.floor);
        if (from.every((v) => v >= 0 && v < size) && inside[from[1] * size + from[0]]) this.map[y * size + x] = part.value;
      }
    }
    this.changed('stroke');
  }

  /** The parts at a place whose colours are to be painted; with the mirror, that on the other side too. */
  areas(x, y) {
    const same = {...this.paint.area(x, y), place: (at) => at}, {size} = this;
    return this.mirror ? [same, {...this.paint.area(size - 0.001 - x, y), place: ([u, v]) => [size - u, v]}] : [same];
  }

  /** A soft stroke of a colour within areas; null takes colours away. */
  color(areas, from, to, radius, color, soft) {
    for (const area of areas) this.paint.stroke(area, this.before, area.place(from), area.place(to), radius, color, soft);
    this.changed('stroke');
  }

  /** Areas in colours from one place to another, in place of all since begin(). */
  gradient(areas, from, to, colors) {
    this.set(this.before);
    for (const area of areas) this.paint.gradient(area, this.before, area.place(from), area.place(to), colors);
    this.changed('stroke');
  }

  /** Another map in its place, without colours, as one step. */
  replace(map) {
    this.begin();
    this.set({map, rgba: new Uint8ClampedArray(this.paint.rgba.length)});
    this.end();
  }

  /** No colours any more but those of whole regions, as one step. */
  plain() { this.replace(this.map.slice()); }

  clear() { this.replace(new Uint8Array(this.map.length).fill(this.background)); }

  at(x, y) {
    const [column, row] = [x, y].map((v) => Math.min(this.size - 1, Math.max(0, Math.floor(v))));
    return row * this.size + column;
  }

  scaledTo(size) { return scaled(this.map, this.size, size); }

  plotter(value) {
    const {map, only} = this, before = this.before ? this.before.map : map.slice();
    return only === null ? (index) => { map[index] = value; } : (index) => { if (before[index] === only) map[index] = value; };
  }

  /** detail: 'stroke' while a step goes on, 'end' when it is done. */
  changed(detail) {
    this.edits++;
    this.dispatchEvent(new CustomEvent('change', {detail}));
  }
}

const copied = (parts, names = Object.keys(parts)) => Object.fromEntries(names.map((name) => [name, parts[name].slice()]));

function differ(one, other) {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return true;
  return false;
}
