// Pointer and keyboard on the drawing: brush, eraser, line, fill, move, pick, zoom and pan.

const MOVES = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
export const SIZES = {least: 1, most: 160};

export class Tools {
  /**
   * say(text): tells what the keyboard did to those who do not see it; picked(class): the pipette's find.
   * inks(): of the colour tools the colours, {first, last}, each [r, g, b] or null, and how soft their edge is, 0 to 1.
   */
  constructor(view, say, picked, inks) {
    Object.assign(this, {view, say, picked, inks, tool: 'brush', value: 0, size: 24, panning: false, pointers: new Map(), stroke: null, keys: null});
    const {canvas} = view;
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.moved(event));
    for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, (event) => this.up(event));
    canvas.addEventListener('pointerleave', () => this.hover(null));
    canvas.addEventListener('blur', () => this.leave());
    canvas.addEventListener('wheel', (event) => this.wheel(event), {passive: false});
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  get drawing() { return this.view.drawing; }

  place(event) {
    const box = this.view.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  radius(event) {
    const pressed = event && event.pointerType === 'pen' ? 0.15 + 0.85 * event.pressure : 1;
    return this.size / 2 * pressed;
  }

  /** Whether a tool is in hand that paints colours, not classes. */
  get colors() { return ['color', 'gradient'].includes(this.tool); }

  paints() { return this.tool === 'erase' ? this.drawing.background : this.value; }

  down(event) {
    this.view.canvas.focus({preventScroll: true});
    this.view.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    if (this.pointers.size > 1) {
      this.abandon();
      return;
    }
    if (event.button === 1 || this.panning) this.stroke = {pan: this.place(event)};
    else if (event.button === 0) this.start(this.view.toDrawing(...this.place(event)), event);
  }

  start([x, y], event) {
    const {drawing} = this;
    if (this.tool === 'pick') {
      this.picked(drawing.map[drawing.at(x, y)]);
      return;
    }
    drawing.begin();
    this.stroke = {from: [x, y], last: [x, y], part: this.tool === 'move' ? drawing.part(x, y) : null, areas: this.colors ? drawing.areas(x, y) : null};
    if (this.colors) {
      this.to([x, y], event || {});
    } else if (this.tool === 'fill') {
      drawing.fill(x, y, this.value);
      this.finish();
    } else if (this.tool !== 'move') {
      drawing.stroke(x, y, x, y, this.radius(event), this.paints());
    }
  }

  moved(event) {
    const now = this.place(event);
    if (this.pointers.size > 1 && this.pointers.has(event.pointerId)) {
      this.pinch(event.pointerId, now);
      return;
    }
    if (event.pointerType !== 'touch') this.hover(this.view.toDrawing(...now), event);
    if (!this.stroke) return;
    if (this.stroke.pan) {
      this.view.pan(now[0] - this.stroke.pan[0], now[1] - this.stroke.pan[1]);
      this.stroke.pan = now;
      return;
    }
    const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const one of events.length ? events : [event]) this.to(this.view.toDrawing(...this.place(one)), one);
  }

  to([x, y], event) {
    const {from, last, part, areas} = this.stroke, {first, last: second, soft} = this.inks();
    if (this.tool === 'color') {
      this.drawing.color(areas, last, [x, y], this.radius(event), first, soft);
    } else if (this.tool === 'gradient') {
      this.drawing.gradient(areas, from, [x, y], [first, second]);
    } else if (part) {
      const scale = event.shiftKey ? Math.min(4, Math.max(0.25, 2 ** ((from[1] - y) / (this.drawing.size / 4)))) : 1;
      this.drawing.place(part, event.shiftKey ? 0 : x - from[0], event.shiftKey ? 0 : y - from[1], scale);
    } else if (this.tool === 'line') {
      this.drawing.line(...from, ...straight(from, [x, y], event.shiftKey), this.radius(event), this.value);
    } else {
      this.drawing.stroke(...last, x, y, this.radius(event), this.paints());
    }
    this.stroke.last = [x, y];
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (!this.stroke) return;
    if (event.type === 'pointercancel') this.abandon();
    else this.finish();
  }

  finish() {
    const drew = this.stroke && !this.stroke.pan;
    this.stroke = null;
    if (drew) this.drawing.end();
  }

  /** A second finger came down: what the first one drew was no stroke. */
  abandon() {
    if (this.stroke && !this.stroke.pan) this.drawing.cancel();
    this.stroke = null;
  }

  pinch(id, now) {
    const before = [...this.pointers.values()].slice(0, 2);
    this.pointers.set(id, now);
    const after = [...this.pointers.values()].slice(0, 2);
    const [from, to] = [before, after].map(([a, b]) => ({
      x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, apart: Math.hypot(a[0] - b[0], a[1] - b[1]) || 1}));
    this.view.zoomAt(to.x, to.y, to.apart / from.apart);
    this.view.pan(to.x - from.x, to.y - from.y);
  }

  wheel(event) {
    event.preventDefault();
    this.view.zoomAt(...this.place(event), 2 ** (-event.deltaY / 400));
  }

  hover(place, event) {
    if (this.keys) return;
    this.view.cursor = place && {x: place[0], y: place[1], radius: this.shownRadius(event)};
    this.view.refresh();
  }

  shownRadius(event) {
    return ['fill', 'pick', 'move', 'gradient'].includes(this.tool) ? 1 : this.radius(event && event.pressure ? event : null);
  }

  /** Arrows move a cursor, Enter or Space puts the tool down there and takes it up again; Escape takes back. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const {size} = this.drawing, move = MOVES[event.key];
    if (!move && !['Enter', ' ', 'Escape'].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    this.keys ||= {x: size / 2, y: size / 2};
    if (move) this.step(move, event);
    else if (event.key === 'Escape') this.abandon();
    else if (!event.repeat) this.press(event);
    this.view.cursor = {...this.keys, radius: Math.max(2, this.shownRadius())};
    this.view.refresh();
    const {drawing} = this, under = this.view.classes[drawing.map[drawing.at(this.keys.x, this.keys.y)]];
    this.say(`${this.stroke ? 'drawing, ' : ''}${Math.round(100 * this.keys.x / size)} % across, ${Math.round(100 * this.keys.y / size)} % down, ${under ? under.name : ''}`);
  }

  step([dx, dy], event) {
    const {size} = this.drawing, by = size / (event.shiftKey ? 8 : 64);
    this.keys = {x: Math.min(size - 1, Math.max(0, this.keys.x + dx * by)), y: Math.min(size - 1, Math.max(0, this.keys.y + dy * by))};
    if (this.stroke) this.to([this.keys.x, this.keys.y], {});
  }

  press() {
    if (this.stroke) this.finish();
    else this.start([this.keys.x, this.keys.y], null);
  }

  leave() {
    if (!this.keys) return;
    if (this.stroke) this.finish();
    this.keys = null;
    this.hover(null);
  }
}

/** The end of a line; with Shift at a multiple of 15 degrees. */
function straight([x0, y0], [x, y], held) {
  if (!held) return [x, y];
  const step = Math.PI / 12, angle = Math.round(Math.atan2(y - y0, x - x0) / step) * step, length = Math.hypot(x - x0, y - y0);
  return [x0 + length * Math.cos(angle), y0 + length * Math.sin(angle)];
}
