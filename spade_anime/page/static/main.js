// The page: what is on it, joined together.
import * as api from './api.js';
import {chooseClass, chooseTool, setSize, showClasses, showExamples, showInks, toggleMirror, tools} from './board.js';
import {byId, choose, make, tell} from './dom.js';
import * as files from './files.js';
import {listen} from './keys.js';
import {Drawing} from './model.js';
import {attempt, changed, controls, inks, page, setFactor, setSeed, view} from './session.js';
import {kept} from './store.js';
import {Training} from './training.js';

const FIRST_INKS = {first: '#f5c26b', last: '#c2407f'};
const SIDE = 512;  // pixels of the drawing, unless the generator paints larger ones

const {data} = files, training = new Training(trained);

async function useGenerator(name, work) {
  const generator = await api.generator(name), before = page.generator, old = view.drawing;
  page.generator = generator;
  const takesMap = generator.controls.some((control) => control.kind === 'map');
  for (const id of ['tools', 'board', 'begin', 'below', 'save-label', 'undo', 'redo']) byId(id).hidden = !takesMap;
  byId('studio').classList.toggle('no-map', !takesMap);
  controls.show(generator.controls, generator.swatches, work ? work.values : before ? controls.values() : firstColor(generator));
  if (takesMap) {
    const size = Math.max(SIDE, generator.size), drawing = new Drawing(size, generator.background);
    if (work && sameClasses(work.classes, generator) && work.size === size) drawing.set({map: work.map, ...work.paint});
    else if (old && before && sameClasses(before.classes.map((one) => one.name), generator)) drawing.set({map: old.scaledTo(size), rgba: old.paint.rgba, owner: old.paint.owner});
    else if (generator.examples) drawing.map.set(await api.example(name, 0, size));
    showInks(generator, work?.inks || (inks.all.length ? inks.values() : FIRST_INKS));
    showDrawing(drawing, generator);
  } else {
    view.drawing = null;
  }
  changed(false);
}

/** The hair of a first picture is not left to chance. */
function firstColor({controls: offered, swatches, hair}) {
  const first = offered.find(({kind, title}) => kind === 'color' && title === hair);
  return first ? {[first.key]: swatches.find(({name}) => name === 'pink').color} : {};
}

const sameClasses = (names, generator) => names.join('\n') === generator.classes.map((one) => one.name).join('\n');

function showDrawing(drawing, generator) {
  drawing.mirror = byId('mirror').getAttribute('aria-pressed') === 'true';
  drawing.addEventListener('change', ({detail}) => {
    view.changed();
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

function wire() {
  for (const button of byId('tools').querySelectorAll('[data-tool]')) button.addEventListener('click', () => chooseTool(button.dataset.tool));
  for (const button of byId('factors').children) button.addEventListener('click', () => setFactor(Number(button.dataset.factor)));
  const clicks = {undo: () => view.drawing.undo(), redo: () => view.drawing.redo(), mirror: toggleMirror, fit: () => view.fit(), clear: () => view.drawing.clear(),
    dice: () => setSeed(Math.floor(Math.random() * 100)), 'save-picture': () => attempt(files.savePicture), 'save-label': () => attempt(files.saveLabel), 'save-colors': () => attempt(files.saveColors), 'save-sample': () => attempt(files.saveSample), 'no-colors': () => view.drawing.plain(), draft: () => attempt(files.draftLabel), 'data-crop': () => attempt(files.crop), 'crop-traced': () => attempt(files.crop), untrace: () => attempt(files.closeTraced),
    'help-open': () => byId('help').showModal()};
  for (const [id, click] of Object.entries(clicks)) byId(id).addEventListener('click', click);
  byId('size').addEventListener('input', ({target}) => setSize(Number(target.value)));
  byId('seed').addEventListener('input', ({target}) => setSeed(Number(target.value)));
  byId('opacity').addEventListener('input', ({target}) => { view.opacity = target.value / 100; view.refresh(); });
  byId('only').addEventListener('change', ({target}) => { view.drawing.only = target.value === '' ? null : Number(target.value); });
  byId('patterns').addEventListener('change', ({target}) => { view.patterns = target.checked; showClasses(page.generator); view.changed(); });
  byId('generator').addEventListener('change', ({target}) => attempt(() => useGenerator(target.value, null)));
  files.chosenFile('open-label', files.openLabel);
  files.chosenFile('open-underlay', files.trace);
  byId('data-add').addEventListener('change', ({target}) => { const added = [...target.files]; target.value = ''; attempt(() => files.dropped(added)); });
  files.dropZone();
  [byId('picture'), byId('drawing')].forEach((canvas) => files.pipetteOn(canvas, [inks, controls]));
  listen({tool: chooseTool, value: chooseClass, size: (factor) => setSize(tools.size * factor + Math.sign(factor - 1)), undo: clicks.undo, redo: clicks.redo,
    mirror: toggleMirror, fit: clicks.fit, clear: clicks.clear, dice: clicks.dice, save: clicks['save-picture'], help: clicks['help-open'],
    next: () => data.save(), leaf: (by) => data.there && data.go(by), zoom: (factor) => view.zoomAt(view.side() / 2, view.side() / 2, factor), pan: (on) => { tools.panning = on; }, takesMap: () => Boolean(view.drawing)});
}

/** A training is over, or was stopped: its generator is chosen, if it has one already. */
async function trained({directory, finished}) {
  const {generators} = await api.state(), there = generators.includes(directory);
  listGenerators(generators, there ? directory : page.generator.name);
  if (there) await attempt(() => useGenerator(directory, null));
  tell(finished ? 'The training is finished: this is what it paints.'
    : there ? 'The training has stopped: this is what it paints so far. Go on continues it.' : 'The training has stopped before it learnt anything.');
}

function listGenerators(names, chosen) {
  byId('generator').replaceChildren(...names.map((name) => make('option', {value: name, textContent: name})));
  byId('generator').value = chosen;
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
    page.drawn = data.name;
    data.show(state);
    await files.showDrawn(before);
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
  if (data.number === null) await files.openTraced();
}

attempt(begin);
