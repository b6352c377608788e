// The page: what is on it, joined together.
import * as api from './api.js';
import {Controls} from './controls.js';
import {Data} from './data.js';
import {byId, choose, download, make, tell} from './dom.js';
import {listen} from './keys.js';
import {Live} from './live.js';
import {Drawing} from './model.js';
import {Picture} from './picture.js';
import {keep, kept} from './store.js';
import {SIZES, Tools} from './tools.js';
import {Training} from './training.js';
import {colored, View} from './view.js';

const SIDE = 512;  // pixels of the drawing, unless the generator paints larger ones
const THUMBNAIL = 64;

const page = {generator: null, factor: 1, seed: 0};
const view = new View(byId('drawing')), picture = new Picture(byId('picture'), byId('variations'), setSeed);
const tools = new Tools(view, (text) => { byId('spoken').textContent = text; }, chooseClass);
const controls = new Controls(byId('controls'), () => changed(false));
const live = new Live(ask, shown, (error) => { byId('busy').classList.remove('on'); tell(error.message, true); });
const data = new Data(openDrawing, () => ({generator: page.generator.name, label: api.asLabel(view.drawing.map, view.drawing.size)}));
const training = new Training(trained);
let saved = 0;

function asked(seed = page.seed, factor = page.factor) {
  const {generator} = page, map = generator.controls.find((control) => control.kind === 'map'), values = controls.values();
  if (map) values[map.key] = api.asLabel(view.drawing.scaledTo(generator.size * factor), generator.size * factor);
  return {generator: generator.name, seed, factor, samples: 1, values};
}

function ask() {
  byId('busy').classList.add('on');
  return api.paint(asked());
}

async function shown(answer) {
  byId('busy').classList.remove('on');
  await picture.show(answer);
  live.whenIdle(picture.variations(page.seed).map(({seed, show}) => async () => show(await api.paint(asked(seed, 1)))));
}

/** Something that the picture follows is another; going: and may change again at once. */
function changed(going) {
  if (going) live.soon();
  else live.now();
  clearTimeout(saved);
  saved = setTimeout(save, 400);
}

function save() {
  const {drawing} = view, {generator, factor, seed} = page;
  const work = {generator: generator.name, classes: generator.classes.map((one) => one.name), factor, seed, values: controls.values(),
    drawn: data.name, map: drawing ? drawing.map : new Uint8Array(0), size: drawing ? drawing.size : 0};
  if (!keep(work)) tell('This browser keeps nothing: save your label map before you close the page.', true);
}

async function useGenerator(name, work) {
  const generator = await api.generator(name), before = page.generator, old = view.drawing;
  page.generator = generator;
  const takesMap = generator.controls.some((control) => control.kind === 'map');
  for (const id of ['tools', 'board', 'begin', 'below', 'save-label', 'undo', 'redo']) byId(id).hidden = !takesMap;
  byId('studio').classList.toggle('no-map', !takesMap);
  controls.show(generator.controls, generator.swatches, work ? work.values : before ? controls.values() : firstColor(generator));
  if (takesMap) {
    const size = Math.max(SIDE, generator.size), drawing = new Drawing(size, generator.background);
    if (work && sameClasses(work.classes, generator) && work.size === size) drawing.map.set(work.map);
    else if (old && before && sameClasses(before.classes.map((one) => one.name), generator)) drawing.map.set(old.scaledTo(size));
    else if (generator.examples) drawing.map.set(await api.example(name, 0, size));
    showDrawing(drawing, generator);
  } else {
    view.drawing = null;
  }
  changed(false);
}

/** A first picture is not left to chance: its first colour is given. */
function firstColor({controls: offered, swatches}) {
  const first = offered.find(({kind}) => kind === 'color');
  return first ? {[first.key]: swatches.find(({name}) => name === 'pink').color} : {};
}

const sameClasses = (names, generator) => names.join('\n') === generator.classes.map((one) => one.name).join('\n');

function showDrawing(drawing, generator) {
  drawing.mirror = byId('mirror').getAttribute('aria-pressed') === 'true';
  drawing.addEventListener('change', ({detail}) => {
    view.refresh();
    byId('undo').disabled = !drawing.done.length;
    byId('redo').disabled = !drawing.undone.length;
    changed(detail === 'stroke');
  });
  view.show(drawing, generator.classes);
  byId('undo').disabled = byId('redo').disabled = true;
  byId('only').replaceChildren(make('option', {value: '', textContent: 'everything'}),
    ...generator.classes.map(({name}, value) => make('option', {value, textContent: name})));
  showClasses(generator);
  showExamples(generator);
}

function showClasses({classes}) {
  byId('classes').replaceChildren(...classes.map(({name}, value) => {
    const swatch = make('canvas', {width: 32, height: 32});
    swatch.getContext('2d').putImageData(colored(new Uint8Array(32 * 32).fill(value), 32, view.inks, view.patterns), 0, 0);
    const button = make('button', {type: 'button'}, swatch, name, ...(value < 9 ? [make('kbd', {textContent: value + 1})] : []));
    button.addEventListener('click', () => chooseClass(value));
    return button;
  }));
  chooseClass(Math.min(tools.value, classes.length - 1));
}

function chooseClass(value) {
  const buttons = [...byId('classes').children];
  if (value >= buttons.length) return;
  tools.value = value;
  choose(buttons, buttons[value]);
  if (['erase', 'pick', 'move'].includes(tools.tool)) chooseTool('brush');
}

function chooseTool(name) {
  tools.tool = name;
  const buttons = [...byId('tools').querySelectorAll('[data-tool]')];
  choose(buttons, buttons.find((button) => button.dataset.tool === name));
  byId('drawing').classList.toggle('hidden-cursor', ['brush', 'erase', 'line'].includes(name));
}

async function showExamples(generator) {
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

function setSize(size) {
  tools.size = Math.round(Math.min(SIZES.most, Math.max(SIZES.least, size)));
  byId('size').value = byId('size-shown').value = tools.size;
  if (view.cursor) view.cursor.radius = tools.shownRadius();
  view.refresh();
}

function setSeed(seed) {
  page.seed = seed;
  byId('seed').value = byId('seed-shown').value = seed;
  changed(false);
}

function setFactor(factor) {
  page.factor = factor;
  const buttons = [...byId('factors').children];
  choose(buttons, buttons.find((button) => Number(button.dataset.factor) === factor));
  changed(false);
}

function toggleMirror() {
  view.drawing.mirror = !view.drawing.mirror;
  byId('mirror').setAttribute('aria-pressed', String(view.drawing.mirror));
  view.refresh();
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    tell(error.message, true);
    return null;
  }
}

async function savePicture() {
  const {blob} = await api.paint(asked());
  download(blob, `painted-${page.seed}.png`);
  tell('The picture is saved. Its file says how it was painted.');
}

async function saveLabel() {
  const {drawing} = view;
  download(await api.label(page.generator.name, api.asLabel(drawing.map, drawing.size)), 'label.png');
}

async function openLabel(file) {
  const {map, notes} = await api.readLabel(page.generator.name, view.drawing.size, file);
  view.drawing.replace(map);
  if (notes.length) tell(notes.join(' '));
}

async function openUnderlay(file) {
  const bitmap = await createImageBitmap(file), side = Math.min(bitmap.width, bitmap.height), square = make('canvas', {width: 1024, height: 1024});
  square.getContext('2d').drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, 1024, 1024);
  view.underlay = square;
  page.traced = file;
  byId('below').open = true;
  byId('draft').hidden = !data.state.labeller;
  view.refresh();
}

/** The labeller draws the label of the picture that lies below. */
async function draftLabel() {
  const {map, certainty} = await api.labelled(page.generator.name, view.drawing.size, page.traced);
  view.drawing.replace(map);
  tell(`The labeller is ${Math.round(100 * certainty)} % certain. Correct what is wrong.`);
}

/** A drawing of --data lies below, and its label or a draft of it is drawn. */
async function openDrawing(number) {
  await openUnderlay(await api.drawing(number));
  const {map} = await api.draft(page.generator.name, number, view.drawing.size);
  view.drawing.begin();
  view.drawing.map.set(map);
  view.drawing.end();
}

async function saveSample() {
  const {drawing} = view;
  data.show(await api.saveSample({...asked(), label: api.asLabel(drawing.map, drawing.size)}));
  tell('The picture and its label are in the data set.');
}

async function dropped(files) {
  if (data.there) await data.add(files);
  else if (files.length) {
    await openUnderlay(files[0]);
    if (data.state.labeller) await draftLabel();
  }
}

function chosenFile(id, open) {
  byId(id).addEventListener('change', ({target}) => {
    const [file] = target.files;
    target.value = '';
    if (file) attempt(() => open(file).catch((error) => { throw new Error(`${file.name}: ${error.message}`); }));
  });
}

/** A pipette in hand takes a colour from what is clicked, before a brush paints there. */
function pipetteOn(canvas) {
  canvas.addEventListener('pointerdown', (event) => {
    if (!controls.picking) return;
    const box = canvas.getBoundingClientRect(), source = canvas.id === 'drawing' && view.underlay ? view.underlay : canvas;
    let [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (source === view.underlay) [x, y] = view.toDrawing(event.clientX - box.left, event.clientY - box.top).map((v) => v / view.drawing.size);
    const [r, g, b] = source.getContext('2d').getImageData(Math.floor(x * source.width), Math.floor(y * source.height), 1, 1).data;
    controls.pick('#' + [r, g, b].map((v) => v.toString(16).padStart(2, '0')).join(''));
    event.stopImmediatePropagation();
  }, {capture: true});
}

function wire() {
  for (const button of byId('tools').querySelectorAll('[data-tool]')) button.addEventListener('click', () => chooseTool(button.dataset.tool));
  for (const button of byId('factors').children) button.addEventListener('click', () => setFactor(Number(button.dataset.factor)));
  const clicks = {undo: () => view.drawing.undo(), redo: () => view.drawing.redo(), mirror: toggleMirror, fit: () => view.fit(), clear: () => view.drawing.clear(),
    dice: () => setSeed(Math.floor(Math.random() * 100)), 'save-picture': () => attempt(savePicture), 'save-label': () => attempt(saveLabel), 'save-sample': () => attempt(saveSample), draft: () => attempt(draftLabel),
    'help-open': () => byId('help').showModal()};
  for (const [id, click] of Object.entries(clicks)) byId(id).addEventListener('click', click);
  byId('size').addEventListener('input', ({target}) => setSize(Number(target.value)));
  byId('seed').addEventListener('input', ({target}) => setSeed(Number(target.value)));
  byId('opacity').addEventListener('input', ({target}) => { view.opacity = target.value / 100; view.refresh(); });
  byId('only').addEventListener('change', ({target}) => { view.drawing.only = target.value === '' ? null : Number(target.value); });
  byId('patterns').addEventListener('change', ({target}) => { view.patterns = target.checked; showClasses(page.generator); view.refresh(); });
  byId('generator').addEventListener('change', ({target}) => attempt(() => useGenerator(target.value, null)));
  chosenFile('open-label', openLabel);
  chosenFile('open-underlay', openUnderlay);
  byId('data-add').addEventListener('change', ({target}) => { data.add([...target.files]); target.value = ''; });
  dropZone();
  [byId('picture'), byId('drawing')].forEach(pipetteOn);
  listen({tool: chooseTool, value: chooseClass, size: (factor) => setSize(tools.size * factor + Math.sign(factor - 1)), undo: clicks.undo, redo: clicks.redo,
    mirror: toggleMirror, fit: clicks.fit, clear: clicks.clear, dice: clicks.dice, save: clicks['save-picture'], help: clicks['help-open'],
    next: () => data.save(), leaf: (by) => data.there && data.go(by), zoom: (factor) => view.zoomAt(view.side() / 2, view.side() / 2, factor), pan: (on) => { tools.panning = on; }, takesMap: () => Boolean(view.drawing)});
}

/** A training is over: its generator is chosen. */
async function trained({directory}) {
  const {generators} = await api.state();
  listGenerators(generators, directory);
  await attempt(() => useGenerator(directory, null));
  tell('The training is finished: this is what it paints.');
}

function listGenerators(names, chosen) {
  byId('generator').replaceChildren(...names.map((name) => make('option', {value: name, textContent: name})));
  byId('generator').value = chosen;
}

/** Pictures may be dropped anywhere. */
function dropZone() {
  const over = (event) => event.dataTransfer.types.includes('Files') && view.drawing;
  document.addEventListener('dragover', (event) => { if (over(event)) { event.preventDefault(); document.body.classList.add('dropping'); } });
  document.addEventListener('dragleave', ({relatedTarget}) => { if (!relatedTarget) document.body.classList.remove('dropping'); });
  document.addEventListener('drop', (event) => {
    document.body.classList.remove('dropping');
    if (!over(event)) return;
    event.preventDefault();
    attempt(() => dropped([...event.dataTransfer.files]));
  });
}

/** The drawing that was on the table, as it was left; else the next one. */
async function beginData(state, work) {
  data.show(state);
  byId('save-sample').hidden = !data.there || !view.drawing;
  if (!data.there || !state.count || !view.drawing) return;
  const before = work ? state.names.indexOf(work.drawn) : -1;
  if (before < 0) await data.take(state.next ?? 0);
  else {
    data.number = before;
    data.show(state);
    await openUnderlay(await api.drawing(before));
  }
}

async function begin() {
  wire();
  chooseTool('brush');
  const {generators, data: drawings, training: run} = await api.state(), work = kept(), known = work && generators.includes(work.generator);
  listGenerators(generators, known ? work.generator : generators[0]);
  if (known) {
    page.seed = work.seed;
    byId('seed').value = byId('seed-shown').value = work.seed;
    page.factor = work.factor;
    choose([...byId('factors').children], [...byId('factors').children].find((button) => Number(button.dataset.factor) === work.factor));
  }
  await useGenerator(byId('generator').value, known ? work : null);
  training.show(run, drawings.dataset);
  await beginData(drawings, known ? work : null);
}

attempt(begin);
