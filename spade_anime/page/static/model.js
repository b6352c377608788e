// The drawing: an index map, one class a pixel, and what can be undone.
import {around, connected, scaled, stroke} from './raster.js';

const STEPS = 50;

export class Drawing extends EventTarget {
  /** size: pixels a side; background: the class of what belongs to no other. */
  constructor(size, background) {
    super();
    this.size = size;
    this.background = background;
    this.map = new Uint8Array(size * size).fill(background);
    this.mirror = false;
    this.only = null;
    this.undone = [];
    this.done = [];
    this.before = null;
  }

  /** What follows until end() is one step. */
  begin() {
    this.end();
    this.before = this.map.slice();
  }

  end() {
    if (this.before && this.before.some((value, index) => value !== this.map[index])) {
      this.done.push(this.before);
      if (this.done.length > STEPS) this.done.shift();
      this.undone = [];
    }
    this.before = null;
    this.changed('end');
  }

  /** Take back what was begun. */
  cancel() {
    if (this.before) this.map.set(this.before);
    this.before = null;
    this.changed('end');
  }

  undo() { this.travel(this.done, this.undone); }

  redo() { this.travel(this.undone, this.done); }

  travel(from, to) {
    this.end();
    if (!from.length) return;
    to.push(this.map.slice());
    this.map.set(from.pop());
    this.changed('end');
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
    this.map.set(this.before);
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
    this.map.set(this.before);
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

  /** Another map in its place, as one step. */
  replace(map) {
    this.begin();
    this.map.set(map);
    this.end();
  }

  clear() { this.replace(new Uint8Array(this.map.length).fill(this.background)); }

  at(x, y) {
    const [column, row] = [x, y].map((v) => Math.min(this.size - 1, Math.max(0, Math.floor(v))));
    return row * this.size + column;
  }

  scaledTo(size) { return scaled(this.map, this.size, size); }

  plotter(value) {
    const {map, only} = this, before = this.before || map.slice();
    return only === null ? (index) => { map[index] = value; } : (index) => { if (before[index] === only) map[index] = value; };
  }

  /** detail: 'stroke' while a step goes on, 'end' when it is done. */
  changed(detail) { this.dispatchEvent(new CustomEvent('change', {detail})); }
}
