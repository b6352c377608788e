// The tools beside the drawing, its classes, and the examples to begin from.
import * as api from './api.js';
import {byId, choose, make} from './dom.js';
import {attempt, view} from './session.js';
import {SIZES, Tools} from './tools.js';
import {colored} from './view.js';

const THUMBNAIL = 64;

export const tools = new Tools(view, (text) => { byId('spoken').textContent = text; }, chooseClass);

export function showClasses({classes}) {
  byId('classes').replaceChildren(...classes.map(({name}, value) => {
    const swatch = make('canvas', {width: 32, height: 32});
    swatch.getContext('2d').putImageData(colored(new Uint8Array(32 * 32).fill(value), 32, view.inks, view.patterns), 0, 0);
    const button = make('button', {type: 'button'}, swatch, name, ...(value < 9 ? [make('kbd', {textContent: value + 1})] : []));
    button.addEventListener('click', () => chooseClass(value));
    return button;
  }));
  chooseClass(Math.min(tools.value, classes.length - 1));
}

export function chooseClass(value) {
  const buttons = [...byId('classes').children];
  if (value >= buttons.length) return;
  tools.value = value;
  choose(buttons, buttons[value]);
  if (['erase', 'pick', 'move'].includes(tools.tool)) chooseTool('brush');
}

export function chooseTool(name) {
  tools.tool = name;
  const buttons = [...byId('tools').querySelectorAll('[data-tool]')];
  choose(buttons, buttons.find((button) => button.dataset.tool === name));
  byId('drawing').classList.toggle('hidden-cursor', ['brush', 'erase', 'line'].includes(name));
}

export async function showExamples(generator) {
  const buttons = Array.from({length: generator.examples}, (_, number) => {
    const button = make('button', {type: 'button', with: {'aria-label': `Example ${number + 1}`}});
    button.addEventListener('click', () => attempt(async () => view.drawing.replace(await api.example(generator.name, number, view.drawing.size))));
    return button;
  });
  byId('examples').replaceChildren(...buttons);
  for (const [number, button] of buttons.entries()) {
    const map = await api.example(generator.name, number, THUMBNAIL), thumbnail = make('canvas', {width: THUMBNAIL, height: THUMBNAIL});
    thumbnail.getContext('2d').putImageData(colored(map, THUMBNAIL, view.inks, false), 0, 0);
    button.append(thumbnail);
  }
}

export function setSize(size) {
  tools.size = Math.round(Math.min(SIZES.most, Math.max(SIZES.least, size)));
  byId('size').value = byId('size-shown').value = tools.size;
  if (view.cursor) view.cursor.radius = tools.shownRadius();
  view.refresh();
}

export function toggleMirror() {
  view.drawing.mirror = !view.drawing.mirror;
  byId('mirror').setAttribute('aria-pressed', String(view.drawing.mirror));
  view.refresh();
}
