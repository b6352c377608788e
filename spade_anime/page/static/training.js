// The training that the page started: how far it is, its newest sheet and its curves.
import * as api from './api.js';
import {byId, make, tell} from './dom.js';

const LOOK = 3000;  // milliseconds between looks

export class Training {
  /** ended(state): it has finished, or was stopped. */
  constructor(ended) {
    Object.assign(this, {ended, timer: 0, state: null});
    for (const what of ['start', 'stop', 'resume']) byId(`train-${what}`).addEventListener('click', () => this.order(what));
  }

  show(state, data) {
    const before = this.state;
    this.state = state;
    byId('training').hidden = !data && !state.iteration;
    if (data) byId('train-about').textContent = `On ${data}; the run is in ${state.directory}.`;
    byId('train-start').hidden = byId('train-length').hidden = state.running;
    byId('train-stop').hidden = !state.running;
    byId('train-resume').hidden = !state.resumable;
    byId('train-bar').hidden = !state.iterations;
    byId('train-bar').max = state.iterations || 1;
    byId('train-bar').value = state.iteration;
    byId('train-state').textContent = state.message || progress(state);
    const pictures = Object.entries(state.pictures).map(([name, changed]) => ({name, source: api.trainingPicture(name, changed)}));
    const shown = [...byId('train-pictures').children].map((image) => image.getAttribute('src'));
    if (shown.join() !== pictures.map(({source}) => source).join()) {
      byId('train-pictures').replaceChildren(...pictures.map(({name, source}) => make('img', {src: source, alt: name === 'samples' ? 'The newest sheet of samples' : `Curves: ${name}`})));
    }
    if (before && before.running && !state.running && !state.message) this.ended(state);
    clearTimeout(this.timer);
    if (state.running) this.timer = setTimeout(() => this.look(), LOOK);
  }

  async look() {
    try {
      this.show(await api.training());
    } catch (error) {
      tell(error.message, true);
    }
  }

  async order(what) {
    const iterations = what === 'start' ? Number(byId('train-length').value) : 0;
    try {
      this.show(await api.order({do: what, iterations}));
      if (what === 'stop') tell('It stops after this step, and can go on later.');
    } catch (error) {
      tell(error.message, true);
    }
  }
}

function progress({running, iteration, iterations, seconds_left: left, finished}) {
  if (!running) return finished ? `Finished after ${iterations} steps.` : iteration ? `Stopped after step ${iteration}.` : '';
  if (!iterations || !iteration) return 'It reads the data ...';
  const minutes = left === null ? 0 : Math.ceil(left / 60);
  return `Step ${iteration} of ${iterations}${left === null ? '' : `, about ${minutes} minute${minutes === 1 ? '' : 's'} left`}`;
}
