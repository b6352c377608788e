// Colours painted over the drawing: soft, unlike its classes. Each pixel belongs to the class that it was painted on.
import {connected} from './raster.js';

export const SIDE = 256;  // pixels of the layer

export class Paint {
  /** drawing: what is below; of it the map and its size are read. */
  constructor(drawing) {
    this.drawing = drawing;
    this.rgba = new Uint8ClampedArray(4 * SIDE * SIDE);
    this.owner = new Uint8Array(SIDE * SIDE);
  }

  get empty() {
    for (let i = 3; i < this.rgba.length; i += 4) if (this.rgba[i]) return false;
    return true;
  }

  /** The connected part of the drawing at a place: its pixels in the layer, and how far a stroke covers each so far. */
  area(x, y) {
    const {drawing} = this, part = new Uint8Array(drawing.map.length), inside = [], at = drawing.at(x, y), step = drawing.size / SIDE;
    connected(drawing.map, drawing.size, at, (index) => { part[index] = 1; });
    for (let index = 0; index < SIDE * SIDE; index++) {
      if (part[drawing.at((index % SIDE + 0.5) * step, (Math.floor(index / SIDE) + 0.5) * step)]) inside.push(index);
    }
    return {inside, value: drawing.map[at], cover: new Float32Array(SIDE * SIDE)};
  }

  /** A stroke with a soft edge, in pixels of the drawing. color: [r, g, b], or null to take colours away; soft: 0 to 1. */
  stroke(area, before, [x0, y0], [x1, y1], radius, color, soft) {
    const scale = SIDE / this.drawing.size, reach = Math.max(radius * scale, 0.7), [ax, ay, bx, by] = [x0, y0, x1, y1].map((v) => v * scale);
    const dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy, left = Math.min(ax, bx) - reach, right = Math.max(ax, bx) + reach;
    const top = Math.min(ay, by) - reach, bottom = Math.max(ay, by) + reach;
    for (const index of area.inside) {
      const x = index % SIDE + 0.5, y = Math.floor(index / SIDE) + 0.5;
      if (x < left || x > right || y < top || y > bottom) continue;
      const along = length ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
      const away = Math.hypot(x - ax - along * dx, y - ay - along * dy) / reach;
      const cover = eased((1 - away) / Math.max(soft, 0.02));
      if (cover <= area.cover[index]) continue;
      area.cover[index] = cover;
      this.put(index, area.value, before, color || [0, 0, 0], color ? cover : 0, 1 - cover);
    }
  }

  /** The part in colours from one place to another; either may be null: what is below. */
  gradient(area, before, [x0, y0], [x1, y1], [first, last]) {
    const step = this.drawing.size / SIDE, dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
    for (const index of area.inside) {
      const x = (index % SIDE + 0.5) * step, y = (Math.floor(index / SIDE) + 0.5) * step;
      const along = length ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length)) : 0;
      const [a, b] = [first ? 1 - along : 0, last ? along : 0], cover = a + b;
      const mixed = [0, 1, 2].map((k) => (cover ? ((first ? first[k] * a : 0) + (last ? last[k] * b : 0)) / cover : 0));
      this.put(index, area.value, before, mixed, cover, 0);
    }
  }

  /** A pixel: `added` of a colour over `left` of what was there before. */
  put(index, value, {rgba, owner}, color, added, left) {
    const i = 4 * index, kept = owner[index] === value ? rgba[i + 3] / 255 * left : 0, cover = added + kept;
    for (let k = 0; k < 3; k++) this.rgba[i + k] = cover ? (color[k] * added + rgba[i + k] * kept) / cover : 0;
    this.rgba[i + 3] = 255 * cover;
    this.owner[index] = value;
  }

  /** The layer at another size, RGBA: colours count where the drawing still has the class that they were painted on. */
  scaledTo(size) {
    const map = this.drawing.scaledTo(size), result = new Uint8ClampedArray(4 * size * size), step = SIDE / size;
    for (let index = 0; index < size * size; index++) {
      const left = Math.floor(index % size * step), top = Math.floor(Math.floor(index / size) * step), wide = Math.max(1, Math.round(step));
      // Along a border none of the pixels below may be of the class: then those around them are asked.
      if (!this.gather(result, 4 * index, map[index], left, top, wide)) this.gather(result, 4 * index, map[index], left - 1, top - 1, wide + 2);
    }
    return result;
  }

  /** The mean of the square's pixels that a class owns; false: it owns none. */
  gather(result, at, value, left, top, wide) {
    let count = 0, r = 0, g = 0, b = 0, cover = 0;
    for (let y = Math.max(0, top); y < Math.min(SIDE, top + wide); y++) {
      for (let x = Math.max(0, left); x < Math.min(SIDE, left + wide); x++) {
        const index = y * SIDE + x, i = 4 * index, alpha = this.rgba[i + 3];
        if (this.owner[index] !== value) continue;
        count++;
        r += this.rgba[i] * alpha;
        g += this.rgba[i + 1] * alpha;
        b += this.rgba[i + 2] * alpha;
        cover += alpha;
      }
    }
    if (cover) result.set([r / cover, g / cover, b / cover, cover / count], at);
    return count > 0;
  }
}

/** From 0 to 1 without a corner. */
function eased(share) {
  const t = Math.min(1, Math.max(0, share));
  return t * t * (3 - 2 * t);
}
