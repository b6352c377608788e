// What the server is asked. A refusal becomes an Error whose message is the server's.

async function answered(request) {
  let response;
  try {
    response = await request;
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The server does not answer: is paint.py still running?');
  }
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error || `The server answers ${response.status}.`);
  return response;
}

const get = (name, query = {}) => answered(fetch(`/api/${name}?${new URLSearchParams(query)}`));
const post = (name, body) => answered(fetch(`/api/${name}`, {
  method: 'POST', body: JSON.stringify(body), headers: {'content-type': 'application/json'}}));

export const state = async () => (await get('state')).json();
export const generator = async (name) => (await get('generator', {name})).json();
export const example = async (name, number, size) => new Uint8Array(await (await get('example', {name, number, size})).arrayBuffer());

/** The pictures that were painted, as ImageData; of each what it was painted from; whether they were enlarged. */
export async function paint(asked) {
  const response = await post('paint', asked), {names, size, enlarged} = JSON.parse(response.headers.get('x-painted'));
  const pixels = new Uint8ClampedArray(await response.arrayBuffer()), length = size * size * 4;
  return {names, enlarged, images: names.map((_, k) => new ImageData(pixels.subarray(k * length, (k + 1) * length), size))};
}

export const picture = async (asked) => (await post('picture', asked)).blob();
export const label = async (generatorName, map) => (await post('label', {generator: generatorName, label: map})).blob();

const sent = (name, query, file) => answered(fetch(`/api/${name}?${new URLSearchParams(query)}`, {method: 'POST', body: file}));

export const data = async () => (await get('data')).json();
export const drawing = async (number) => (await get('drawing', {number})).blob();
export const wholeDrawing = async (number) => (await get('drawing', {number, whole: 1})).blob();
export const crop = async (number) => (await get('crop', {number})).json();
export const chooseCrop = async (asked) => (await post('crop', asked)).json();
export const saveLabel = async (asked) => (await post('data', asked)).json();
export const labelRest = async (generatorName) => (await post('label_rest', {generator: generatorName})).json();
export const saveSample = async (asked) => (await post('sample', asked)).json();
export const addDrawing = async (file) => (await sent('drawing', {file: file.name}, file)).json();

export const training = async () => (await get('training')).json();
export const order = async (asked) => (await post('training', asked)).json();
export const trainingPicture = (name, changed) => `/api/training_picture?${new URLSearchParams({name, changed})}`;

async function drafted(response) {
  const {classes, ...others} = await (await response).json();
  return {...others, map: bytes(classes)};
}

export const draft = (name, number, size) => drafted(get('draft', {name, number, size}));
export const readLabel = (name, size, file) => drafted(sent('read_label', {name, size}, file));
export const labelled = (name, size, file) => drafted(sent('labelled', {name, size}, file));

/** A label map as the server takes it. */
export const asLabel = (map, size) => ({size, classes: text(map)});

/** Painted colours as the server takes them. */
export const asLayer = (rgba, size) => ({size, pixels: text(rgba)});

export function text(map) {
  let letters = '';
  for (let start = 0; start < map.length; start += 8192) letters += String.fromCharCode(...map.subarray(start, start + 8192));
  return btoa(letters);
}

export const bytes = (encoded) => Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
