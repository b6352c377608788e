// Files that are saved and opened: pictures, label maps, drawings to trace or to label.
import * as api from './api.js';
import {cropper, isSquare, middle} from './crop.js';
import {Data} from './data.js';
import {byId, download, make, tell} from './dom.js';
import {SIDE} from './paint.js';
import {asked, attempt, page, view} from './session.js';
import {forgetTraced, keepTraced, keptTraced} from './traced.js';

const TRACED = 1024;  // pixels of the picture below the drawing

export const data = new Data(openDrawing, () => ({generator: page.generator.name, label: api.asLabel(view.drawing.map, view.drawing.size)}), untouched);

function untouched() { return page.draft === view.drawing.edits; }

export async function savePicture() {
  download(await api.picture(asked()), `painted-${page.seed}.png`);
  tell('The picture is saved. Its file says how it was painted.');
}

export async function saveLabel() {
  const {drawing} = view;
  download(await api.label(page.generator.name, api.asLabel(drawing.map, drawing.size)), 'label.png');
}

/** The painted colours as a picture that generate.py takes by --color. */
export async function saveColors() {
  const layer = make('canvas', {width: SIDE, height: SIDE});
  layer.getContext('2d').putImageData(new ImageData(view.drawing.paint.scaledTo(SIDE), SIDE), 0, 0);
  download(await new Promise((done) => { layer.toBlob(done); }), 'colors.png');
}

export async function saveSample() {
  const {drawing} = view;
  data.show(await api.saveSample({...asked(), label: api.asLabel(drawing.map, drawing.size)}));
  tell('The picture and its label are in the data set.');
}

export async function openLabel(file) {
  const {map, notes} = await api.readLabel(page.generator.name, view.drawing.size, file);
  view.drawing.replace(map);
  if (notes.length) tell(notes.join(' '));
}

let openings = 0;

/** Begins to open something; the function says whether another opening has begun since, so that this one comes too late. */
function opens() {
  const mine = ++openings;
  return () => mine !== openings;
}

/** A picture lies below the drawing: a square of it. */
async function openUnderlay(file, square, late = opens()) {
  const bitmap = await createImageBitmap(file), size = [bitmap.width, bitmap.height], {left, top, side} = square || middle(size);
  if (late()) return;
  const below = make('canvas', {width: TRACED, height: TRACED});
  below.getContext('2d').drawImage(bitmap, left, top, side, side, 0, 0, TRACED, TRACED);
  view.underlay = below;
  page.traced = {file, size, square: {left, top, side}};
  byId('below').open = true;
  byId('draft').hidden = !data.state.labeller;
  byId('crop-traced').hidden = byId('untrace').hidden = data.number !== null;
  view.refresh();
}

/** A picture that the user chose lies below, also after a reload. */
export async function trace(file, square) {
  await openUnderlay(file, square);
  keepTraced({file, square: page.traced.square}).catch(() => tell('This browser does not keep the picture: choose it again after a reload.', true));
}

/** The picture that lay below before a reload. */
export async function openTraced() {
  const traced = await keptTraced().catch(() => null);  // a browser that keeps nothing said so when it was chosen
  if (traced) await openUnderlay(traced.file, traced.square);
}

/** No picture lies below any more, nor after a reload. */
export async function closeTraced() {
  view.underlay = page.traced = null;
  for (const id of ['crop-traced', 'draft', 'untrace']) byId(id).hidden = true;
  view.refresh();
  await forgetTraced();
}

/** The labeller draws the label of the picture that lies below. */
export async function draftLabel() {
  const shown = await new Promise((done) => { view.underlay.toBlob(done); });
  const {map, certainty} = await api.labelled(page.generator.name, view.drawing.size, shown);
  view.drawing.replace(map);
  tell(`The labeller is ${Math.round(100 * certainty)} % certain. Correct what is wrong.`);
}

/** A drawing of --data lies below, and its label or a draft of it is drawn. */
async function openDrawing(number) {
  const late = opens();
  await showDrawn(number, late);
  const {map} = await api.draft(page.generator.name, number, view.drawing.size);
  if (late()) return;
  page.drawn = data.name;
  view.drawing.replace(map);
  page.draft = view.drawing.edits;
}

/** A drawing of --data lies below. */
export async function showDrawn(number, late = opens()) {
  const [file, {croppable}] = await Promise.all([api.drawing(number), api.crop(number)]);
  if (late()) return;
  byId('data-crop').hidden = !croppable;
  await openUnderlay(file, null, late);
}

/** Another square of the picture that lies below is chosen, and labelled. */
export async function crop() {
  if (data.number === null) await cropTraced();
  else await cropDrawn(data.number);
}

async function cropTraced() {
  const {file, size, square} = page.traced, chosen = await cropper.choose(file, size, square);
  if (chosen) await trace(file, chosen);
}

async function cropDrawn(number) {
  const {size, square} = await api.crop(number), chosen = await cropper.choose(await api.wholeDrawing(number), size, square);
  if (!chosen) return;
  const button = byId('data-crop');
  button.disabled = true;  // until the server knows the square, it would offer the one before
  try {
    await api.chooseCrop({generator: page.generator.name, number, ...chosen});
  } finally {
    button.disabled = false;
  }
  await data.take(number);
}

/** Pictures that were dropped; of one that is not square, it is asked which part is meant. */
export async function dropped(files) {
  if (data.there) {
    const number = await data.add(files);
    if (number !== null && files.length === 1 && !isSquare((await api.crop(number)).size)) await cropDrawn(number);
  } else if (files.length) {
    await trace(files[0]);
    if (!isSquare(page.traced.size)) await cropTraced();
    if (data.state.labeller) await draftLabel();
  }
}

export function chosenFile(id, open) {
  byId(id).addEventListener('change', ({target}) => {
    const [file] = target.files;
    target.value = '';
    if (file) attempt(() => open(file).catch((error) => { throw new Error(`${file.name}: ${error.message}`); }));
  });
}

/** A pipette in hand, of one of some controls, takes a colour from what is clicked, before a brush paints there. */
export function pipetteOn(canvas, controls) {
  canvas.addEventListener('pointerdown', (event) => {
    const holder = controls.find(({picking}) => picking);
    if (!holder) return;
    const box = canvas.getBoundingClientRect(), source = canvas.id === 'drawing' && view.underlay ? view.underlay : canvas;
    let [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (source === view.underlay) [x, y] = view.toDrawing(event.clientX - box.left, event.clientY - box.top).map((v) => v / view.drawing.size);
    const [r, g, b] = source.getContext('2d').getImageData(Math.floor(x * source.width), Math.floor(y * source.height), 1, 1).data;
    holder.pick('#' + [r, g, b].map((v) => v.toString(16).padStart(2, '0')).join(''));
    event.stopImmediatePropagation();
  }, {capture: true});
}

/** Pictures may be dropped anywhere. */
export function dropZone() {
  const over = (event) => event.dataTransfer.types.includes('Files') && view.drawing;
  for (const name of ['dragenter', 'dragover']) {
    document.addEventListener(name, (event) => { if (over(event)) { event.preventDefault(); document.body.classList.add('dropping'); } });
  }
  document.addEventListener('dragleave', ({relatedTarget}) => { if (!relatedTarget) document.body.classList.remove('dropping'); });
  document.addEventListener('drop', (event) => {
    document.body.classList.remove('dropping');
    if (!over(event)) return;
    event.preventDefault();
    attempt(() => dropped([...event.dataTransfer.files]));
  });
}
