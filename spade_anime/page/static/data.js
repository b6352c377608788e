// The drawings of --data: which one is on the table, and how many are labelled.
import * as api from './api.js';
import {byId, tell} from './dom.js';

const LOOK = 2000;  // milliseconds between looks at a labeller that learns

export class Data {
  /**
   * open(number): puts a drawing on the table; label(): what is drawn, as the server takes it; untouched(): whether
   * nobody has changed the draft on the table.
   */
  constructor(open, label, untouched) {
    Object.assign(this, {open, label, untouched, state: {}, number: null, opened: null, timer: 0, busy: false});
    byId('data-previous').addEventListener('click', () => this.go(-1));
    byId('data-skip').addEventListener('click', () => this.go(1));
    byId('data-save').addEventListener('click', () => this.save());
    byId('data-rest').addEventListener('click', () => attempted(async () => this.show(await api.labelRest(this.label().generator))));
  }

  get there() { return this.state.count !== undefined; }

  get name() { return this.there && this.number !== null ? this.state.names[this.number] : ''; }

  show(state) {
    this.state = state;
    byId('data').hidden = !this.there;
    if (!this.there) return;
    const {count, done, learning, labelling, fault} = state, at = this.number, busy = learning !== null || labelling !== null;
    const rested = this.busy && !busy && !fault, labelled = this.labelled;
    Object.assign(this, {busy, labelled: labelling !== null});
    byId('data-where').textContent = !count ? 'No drawings yet: drop some here' : at === null ? `${count} drawings` : `Drawing ${at + 1} of ${count}`;
    byId('data-name').textContent = this.name;
    byId('data-done').max = Math.max(1, count);
    byId('data-done').value = done.length;
    byId('data-count').textContent = `${done.length} labelled`;
    byId('data-learning').textContent = learning !== null ? `The labeller learns: ${Math.round(100 * learning)} %`
      : labelling !== null ? `The labeller labels: ${Math.round(100 * labelling)} %`
      : fault ? `The labeller stopped: ${fault}` : !state.labeller ? 'No labeller here: draw the labels by hand' : '';
    byId('data-save').disabled = at === null;
    byId('data-rest').hidden = !state.labeller || busy || done.length === count;
    byId('data-previous').disabled = byId('data-skip').disabled = count < 2;
    clearTimeout(this.timer);
    if (busy) this.timer = setTimeout(async () => this.show(await api.data()), LOOK);
    if (rested) this.rested(labelled);
  }

  /** The labeller has learnt or labelled: an untouched draft on the table is made anew. */
  rested(labelled) {
    const {done, count} = this.state;
    if (labelled) tell('All drawings have labels now: you can train on them, or go on correcting.');
    else tell(`The labeller has learnt: the other ${count - done.length} drawings have better drafts.`);
    if (this.number !== null && !done.includes(this.number) && this.untouched()) attempted(() => this.take(this.number));
  }

  /** What was dropped or is next is put on the table. */
  async take(number) {
    this.number = number;
    this.show(this.state);
    this.opened = this.open(number);
    await this.opened;
  }

  async go(by) {
    const {count} = this.state;
    await attempted(() => this.take(((this.number ?? -by) + by + count) % count));
  }

  async save() {
    const {number} = this;
    if (number === null) return;
    await attempted(async () => {
      await this.opened;  // what is on the table is the drawing's only then
      if (number !== this.number) throw new Error('Nothing is saved: another drawing was opened before the label of this one had come.');
      const state = await api.saveLabel({...this.label(), number});
      tell(`The label of ${state.names[number]} is saved.`);
      this.show(state);
      if (state.next === null) tell(`All ${state.count} drawings are labelled.`);
      else await this.take(state.next);
    });
  }

  /** Add files to the drawings; the number of the first of them, null where none could be. */
  async add(files) {
    let first = null;
    for (const file of files) {
      await attempted(async () => {
        const {number, ...state} = await api.addDrawing(file);
        first ??= number;
        this.show(state);
      });
    }
    if (first !== null) await attempted(() => this.take(first));
    return first;
  }
}

async function attempted(work) {
  try {
    await work();
  } catch (error) {
    tell(error.message, true);
  }
}
