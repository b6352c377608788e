// Which square of a drawing is labelled: moved and resized by pointer and keyboard.
import {byId} from './dom.js';

const LEAST = 16;  // pixels of a side
const MOVES = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
const SIZES = {'+': 1, '=': 1, '-': -1};

export const middle = ([width, height]) => {
  const side = Math.min(width, height);
  return {left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), side};
};

/** Whether a picture is square, or as good as. */
export const isSquare = ([width, height]) => Math.abs(width - height) <= 0.02 * Math.max(width, height);

class Cropper {
  constructor() {
    Object.assign(this, {dialog: byId('crop'), frame: byId('crop-frame'), picture: byId('crop-picture'), drag: null});
    this.frame.addEventListener('pointerdown', (event) => this.down(event));
    this.frame.addEventListener('pointermove', (event) => this.moved(event));
    for (const name of ['pointerup', 'pointercancel']) this.frame.addEventListener(name, () => { this.drag = null; });
    this.frame.addEventListener('keydown', (event) => this.key(event));
    byId('crop-middle').addEventListener('click', () => this.set(middle(this.size)));
  }

  /** A promise of the square that is chosen, {left, top, side} in pixels of the whole picture; null: none is. */
  async choose(blob, size, square) {
    this.size = size;
    const address = URL.createObjectURL(blob);
    this.picture.src = address;
    this.picture.parentElement.style.width = `min(100%, ${58 * size[0] / size[1]}dvh)`;
    this.set(square);
    this.dialog.returnValue = '';
    this.dialog.showModal();
    this.frame.focus();
    await new Promise((closed) => { this.dialog.addEventListener('close', closed, {once: true}); });
    URL.revokeObjectURL(address);
    return this.dialog.returnValue === 'use' ? this.square : null;
  }

  /** The nearest square that the picture has. */
  set({left, top, side}) {
    const [width, height] = this.size, most = Math.min(width, height);
    side = Math.round(Math.min(most, Math.max(Math.min(LEAST, most), side)));
    left = Math.round(Math.min(width - side, Math.max(0, left)));
    top = Math.round(Math.min(height - side, Math.max(0, top)));
    this.square = {left, top, side};
    const share = (value, of) => `${100 * value / of}%`;
    Object.assign(this.frame.style, {left: share(left, width), top: share(top, height), width: share(side, width), height: share(side, height)});
    byId('crop-told').textContent = `${Math.round(100 * left / width)} % from the left, ${Math.round(100 * top / height)} % from the top, ${side} pixels wide`;
  }

  down(event) {
    this.frame.setPointerCapture(event.pointerId);
    this.drag = {from: [event.clientX, event.clientY], square: this.square, resizes: event.target.id === 'crop-corner'};
    event.preventDefault();
    this.frame.focus();
  }

  moved(event) {
    if (!this.drag) return;
    const {from, square, resizes} = this.drag, scale = this.size[0] / this.picture.getBoundingClientRect().width;
    const [dx, dy] = [(event.clientX - from[0]) * scale, (event.clientY - from[1]) * scale], {left, top, side} = square;
    // The corner stays within the picture, and the other three where they are.
    if (resizes) this.set({left, top, side: Math.min(side + Math.max(dx, dy), this.size[0] - left, this.size[1] - top)});
    else this.set({left: left + dx, top: top + dy, side});
  }

  key(event) {
    const move = MOVES[event.key], grow = SIZES[event.key], by = Math.max(1, Math.round(Math.max(...this.size) / (event.shiftKey && move ? 12 : 60)));
    const {left, top, side} = this.square;
    if (move) this.set({left: left + move[0] * by, top: top + move[1] * by, side});
    else if (grow) this.set({left: left - grow * by, top: top - grow * by, side: side + 2 * grow * by});
    else if (event.key === 'Enter') this.dialog.close('use');
    else return;
    event.preventDefault();
  }
}

export const cropper = new Cropper();
