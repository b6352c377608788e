// The drawing on the screen: softened colours, patterns, painted colours, zoom, and the brush.
import {SIDE} from './paint.js';

const PATTERN = 16;
const FAINT = 0.3;  // of painted colours while classes are drawn
/** Marks that tell classes apart without their colours: (x, y) of a tile of 16 x 16 pixels. */
const MARKS = [
  (x, y) => (x + y) % 8 < 2, (x, y) => (x % 8 - 4) ** 2 + (y % 8 - 4) ** 2 < 5, (x, y) => y % 8 < 2,
  (x, y) => (x - y + 16) % 8 < 2, () => false, (x) => x % 8 < 2, (x, y) => x % 8 < 2 || y % 8 < 2,
  (x, y) => (x % 16 < 8) !== (y % 16 < 8)];

/** A class's colour as the page shows it: of its hue, so that it is recognised, without its glare. */
export function softened(color, background) {
  const [lightness, a, b] = oklab(rgb(color)), chroma = Math.hypot(a, b);
  const light = background ? 0.93 : 0.5 + 0.32 * lightness, strength = Math.min(chroma, background ? 0.035 : 0.12);
  const pen = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  pen.fillStyle = `oklch(${light} ${strength} ${Math.atan2(b, a)}rad)`;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

/** Ottosson's OKLab of sRGB 0..255: lightness 0..1, and two axes whose angle is the hue. */
function oklab(color) {
  const [r, g, b] = color.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
}

export const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** What `colored` looks up: of each class its colour, the same darker for its marks, and its tile of marks. */
export function inks(classes, background) {
  return classes.map(({color}, k) => {
    const soft = softened(color, k === background);
    const tile = Uint8Array.from({length: PATTERN * PATTERN}, (_, i) => MARKS[k % MARKS.length](i % PATTERN, Math.floor(i / PATTERN)));
    return {plain: packed(soft), marked: packed(soft.map((v) => Math.round(v * 0.74))), tile};
  });
}

/** A picture of an index map, in the softened colours. */
export function colored(map, size, classInks, patterns) {
  const image = new ImageData(size, size), pixels = new Uint32Array(image.data.buffer);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i++) {
      const ink = classInks[map[i]];
      pixels[i] = patterns && ink.tile[(y % PATTERN) * PATTERN + x % PATTERN] ? ink.marked : ink.plain;
    }
  }
  return image;
}

const packed = ([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0;

export class View {
  constructor(canvas) {
    Object.assign(this, {canvas, context: canvas.getContext('2d'), drawing: null, classes: [], inks: [], patterns: false, zoom: 1, x: 0, y: 0,
      underlay: null, opacity: 0.5, cursor: null, waiting: false, inked: false, sheet: document.createElement('canvas'), layer: Object.assign(document.createElement('canvas'), {width: SIDE, height: SIDE}), layerOpacity: FAINT});
    new ResizeObserver(() => this.resized()).observe(canvas);
  }

  show(drawing, classes) {
    Object.assign(this, {drawing, classes, inks: inks(classes, drawing.background)});
    this.sheet.width = this.sheet.height = drawing.size;
    this.inked = false;
    this.fit();
  }

  fit() {
    Object.assign(this, {zoom: 1, x: 0, y: 0});
    this.refresh();
  }

  resized() {
    const ratio = window.devicePixelRatio || 1, {width, height} = this.canvas.getBoundingClientRect();
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.draw();
  }

  /** Zoom so that the place under (px, py), in CSS pixels of the canvas, stays there. */
  zoomAt(px, py, factor) {
    const zoom = Math.min(16, Math.max(1, this.zoom * factor)), side = this.side();
    const ratio = zoom / this.zoom;
    this.x = px - (px - this.x) * ratio;
    this.y = py - (py - this.y) * ratio;
    this.zoom = zoom;
    this.pan(0, 0, side);
  }

  pan(dx, dy, side = this.side()) {
    const least = side * (1 - this.zoom);
    this.x = Math.min(0, Math.max(least, this.x + dx));
    this.y = Math.min(0, Math.max(least, this.y + dy));
    this.refresh();
  }

  side() { return this.canvas.getBoundingClientRect().width; }

  /** A place on the canvas, in CSS pixels, as one of the drawing. */
  toDrawing(px, py) {
    const scale = this.drawing.size / (this.side() * this.zoom);
    return [(px - this.x) * scale, (py - this.y) * scale];
  }

  /** The drawing, or how its classes are shown, is another: its sheet is inked again. */
  changed() {
    this.inked = false;
    this.refresh();
  }

  /** Painted colours are shown as they are, or so that the classes below are seen. */
  showColors(full) {
    this.layerOpacity = full ? 1 : FAINT;
    this.refresh();
  }

  refresh() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  draw() {
    const {context, canvas, drawing} = this;
    if (!drawing) return;
    const ratio = canvas.width / this.side(), side = canvas.width * this.zoom, [x, y] = [this.x * ratio, this.y * ratio];
    if (!this.inked) this.ink();
    context.imageSmoothingQuality = 'high';
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.sheet, x, y, side, side);
    for (const [picture, opacity] of [[this.layer, this.layerOpacity], [this.underlay, this.opacity]]) {
      context.globalAlpha = opacity;
      if (picture) context.drawImage(picture, x, y, side, side);
    }
    context.globalAlpha = 1;
    if (drawing.mirror) this.rule(x + side / 2);
    if (this.cursor) this.ring(x, y, side / drawing.size);
  }

  ink() {
    const {drawing, sheet, layer} = this;
    sheet.getContext('2d').putImageData(colored(drawing.map, drawing.size, this.inks, this.patterns), 0, 0);
    layer.getContext('2d').putImageData(new ImageData(drawing.paint.empty ? new Uint8ClampedArray(4 * SIDE * SIDE) : drawing.paint.scaledTo(SIDE), SIDE), 0, 0);
    this.inked = true;
  }

  rule(x) {
    const {context, canvas} = this;
    context.setLineDash([6, 6]);
    context.strokeStyle = 'rgba(20, 20, 30, 0.5)';
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, canvas.height);
    context.stroke();
    context.setLineDash([]);
  }

  ring(x, y, scale) {
    const {context, cursor} = this;
    for (const [width, color] of [[3, 'rgba(255, 255, 255, 0.9)'], [1.5, 'rgba(20, 20, 30, 0.95)']]) {
      context.lineWidth = width;
      context.strokeStyle = color;
      context.beginPath();
      context.arc(x + cursor.x * scale, y + cursor.y * scale, Math.max(2, cursor.radius * scale), 0, 2 * Math.PI);
      context.stroke();
    }
  }
}
