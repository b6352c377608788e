// The painted picture, and eight variations of it: the next seeds.
import {choose, make, tell} from './dom.js';

const VARIATIONS = 8;

export class Picture {
  /** chosen(seed): a variation was clicked. */
  constructor(canvas, strip, chosen) {
    this.canvas = canvas;
    this.buttons = Array.from({length: VARIATIONS}, () => {
      const button = make('button', {type: 'button'}, make('canvas', {width: 1, height: 1}));
      button.addEventListener('click', () => chosen(Number(button.dataset.seed)));
      return button;
    });
    strip.replaceChildren(...this.buttons);
    this.toldEnlarged = false;
  }

  async show({blob, enlarged}) {
    await draw(this.canvas, blob);
    if (enlarged && !this.toldEnlarged) tell('This generator paints one size: larger pictures are enlarged.');
    this.toldEnlarged = enlarged;
  }

  /** What is still to be painted: of each variation its seed, and what shows it. */
  variations(seed) {
    const first = Math.floor(seed / VARIATIONS) * VARIATIONS;
    choose(this.buttons, this.buttons[seed - first]);
    return this.buttons.map((button, number) => {
      button.dataset.seed = first + number;
      button.setAttribute('aria-label', `Seed ${first + number}`);
      button.title = `Seed ${first + number}`;
      return {seed: first + number, show: ({blob}) => draw(button.firstChild, blob)};
    });
  }
}

async function draw(canvas, blob) {
  const bitmap = await createImageBitmap(blob);
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
}
