// The painted picture; beside it those on the way to a second one, where several are asked for; and eight other seeds.
import {choose, make, tell} from './dom.js';

const VARIATIONS = 8;

export class Picture {
  /** place: elements by name. chosen(seed): a variation was clicked. */
  constructor({canvas, steps, strip}, chosen) {
    Object.assign(this, {canvas, steps, images: [], step: 0, toldEnlarged: false});
    this.buttons = Array.from({length: VARIATIONS}, () => thumbnail((button) => chosen(Number(button.dataset.seed))));
    strip.replaceChildren(...this.buttons);
  }

  show({names, images, enlarged}) {
    this.images = images;
    this.steps.hidden = images.length < 2;
    if (this.steps.children.length !== images.length) {
      this.steps.replaceChildren(...images.map((_, step) => thumbnail(() => this.choose(step))));
      this.step = images.length - 1;
    }
    for (const [step, button] of [...this.steps.children].entries()) {
      name(button, names[step]);
      draw(button.firstChild, images[step]);
    }
    this.choose(this.step);
    if (enlarged && !this.toldEnlarged) tell('This generator paints one size: larger pictures are enlarged.');
    this.toldEnlarged = enlarged;
  }

  /** Show one of the pictures on the way. */
  choose(step) {
    this.step = step;
    draw(this.canvas, this.images[step]);
    choose([...this.steps.children], this.steps.children[step]);
  }

  /** What is still to be painted: of each variation its seed, and what shows it. */
  variations(seed) {
    const first = Math.floor(seed / VARIATIONS) * VARIATIONS;
    choose(this.buttons, this.buttons[seed - first]);
    return this.buttons.map((button, number) => {
      button.dataset.seed = first + number;
      name(button, `Seed ${first + number}`);
      return {seed: first + number, show: ({images}) => draw(button.firstChild, images[Math.min(this.step, images.length - 1)])};
    });
  }
}

function thumbnail(clicked) {
  const button = make('button', {type: 'button'}, make('canvas', {width: 1, height: 1}));
  button.addEventListener('click', () => clicked(button));
  return button;
}

function name(button, title) {
  button.title = title;
  button.setAttribute('aria-label', title);
}

function draw(canvas, image) {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext('2d').putImageData(image, 0, 0);
}
