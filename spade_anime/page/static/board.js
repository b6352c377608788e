// The tools beside the drawing, its classes, and the examples to begin from.
import * as api from './api.js';
import {byId, choose, make} from './dom.js';
import {attempt, inks, view} from './session.js';
import {SIZES, Tools} from './tools.js';
import {colored, rgb} from './view.js';

const THUMBNAIL = 64;

export const tools = new Tools(view, (text) => { byId('spoken').textContent = text; }, chooseClass, inksInHand);

function inksInHand() {
  const {first, last} = inks.values();
  return {first: first ? rgb(first) : null, last: last ? rgb(last) : null, soft: byId('soft').value / 100};
}

/** The colour tools, where the generator takes their colours. */
export function showInks({controls, swatches}, values) {
  const there = controls.some(({kind}) => kind === 'layer');
  for (const button of byId('tools').querySelectorAll('[data-paints=colors]')) button.hidden = !there;
  const titles = {first: 'colour', last: 'changes to'}, open = {open: 'none', openTitle: 'takes painted colours away: the colour of the region shows'};
  inks.show(Object.entries(titles).map(([key, title]) => ({key, title, kind: 'color', ...open})), swatches, values);
  if (!there && tools.colors) chooseTool('brush');
}

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
  if (tools.colors || ['erase', 'pick', 'move'].includes(tools.tool)) chooseTool('brush');
}

export function chooseTool(name) {
  tools.tool = name;
  const buttons = [...byId('tools').querySelectorAll('[data-tool]')];
  choose(buttons, buttons.find((button) => button.dataset.tool === name));
  byId('drawing').classList.toggle('hidden-cursor', ['brush', 'erase', 'line', 'color'].includes(name));
  byId('classes').hidden = byId('classes-more').hidden = tools.colors;
  byId('inks').hidden = !tools.colors;
  inks.all.forEach(({control, element}) => { element.hidden = control.key === 'last' && name !== 'gradient'; });
  byId('soft-edge').hidden = name !== 'color';
  byId('brush-size').hidden = ['gradient', 'fill', 'move', 'pick'].includes(name);
  view.showColors(tools.colors);
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
