// What is being painted: the generator, the drawing, the values; and the picture that follows them.
import * as api from './api.js';
import {Controls} from './controls.js';
import {byId, choose, tell} from './dom.js';
import {Live} from './live.js';
import {Picture} from './picture.js';
import {keep} from './store.js';
import {View} from './view.js';

const SAVED = 400;  // milliseconds after a change until it is kept

export const page = {generator: null, factor: 1, seed: 0, drawn: ''};
export const view = new View(byId('drawing'));
export const controls = new Controls(byId('controls'), () => changed(false));
/** The colours of the colour tools. */
export const inks = new Controls(byId('ink-colors'), keepSoon);
const picture = new Picture({canvas: byId('picture'), steps: byId('steps'), strip: byId('variations')}, setSeed);
export const live = new Live(ask, shown, (error) => { byId('busy').classList.remove('on'); tell(error.message, true); });
let saved = 0;

export function asked(seed = page.seed, factor = page.factor) {
  const {generator} = page, size = generator.size * factor, values = controls.values();
  for (const {kind, key} of generator.controls) {
    if (kind === 'map') values[key] = api.asLabel(view.drawing.scaledTo(size), size);
    if (kind === 'layer' && !view.drawing.paint.empty) values[key] = api.asLayer(view.drawing.paint.scaledTo(size), size);
  }
  return {generator: generator.name, seed, factor, samples: 1, values};
}

function ask() {
  byId('busy').classList.add('on');
  return api.paint(asked());
}

function shown(answer) {
  byId('busy').classList.remove('on');
  picture.show(answer);
  live.whenIdle(picture.variations(page.seed).map(({seed, show}) => async () => show(await api.paint(asked(seed, 1)))));
}

/** Something that the picture follows is another; going: and may change again at once. */
export function changed(going) {
  if (going) live.soon();
  else live.now();
  keepSoon();
}

function keepSoon() {
  clearTimeout(saved);
  saved = setTimeout(save, SAVED);
}

function save() {
  const {drawing} = view, {generator, factor, seed} = page;
  const work = {generator: generator.name, classes: generator.classes.map((one) => one.name), factor, seed, values: controls.values(), inks: inks.values(),
    drawn: page.drawn, map: drawing ? drawing.map : new Uint8Array(0), size: drawing ? drawing.size : 0, paint: drawing && !drawing.paint.empty ? drawing.paint : null};
  if (!keep(work)) tell('This browser keeps nothing: save your label map before you close the page.', true);
}

export function setSeed(seed) {
  page.seed = seed;
  byId('seed').value = byId('seed-shown').value = seed;
  changed(false);
}

export function setFactor(factor) {
  page.factor = factor;
  const buttons = [...byId('factors').children];
  choose(buttons, buttons.find((button) => Number(button.dataset.factor) === factor));
  changed(false);
}

export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    tell(error.message, true);
    return null;
  }
}
