// The picture beside the drawing: one request at a time, for what is there when it is sent.

const QUIET = 100, LONGEST = 200;  // milliseconds after the last point of a stroke, and after the first that is not shown
const REST = 300;  // milliseconds without a change, after which there is time for what can wait

export class Live {
  /** ask(): a promise of an answer; show(answer), fail(error). */
  constructor(ask, show, fail) {
    Object.assign(this, {ask, show, fail, timer: 0, resting: 0, running: false, due: false, changes: 0, finished: 0, painted: 0, since: 0, last: 0, later: []});
  }

  /** Something changed, and may go on changing. */
  soon() {
    this.change();
    this.since ||= this.last;
    this.timer = setTimeout(() => this.go(), Math.max(0, Math.min(QUIET, this.since + LONGEST - this.last)));
  }

  /** Something changed, and that was all: an answer to what was before is dropped. */
  now() {
    this.change();
    this.finished = this.changes;
    this.go();
  }

  change() {
    this.changes++;
    this.last = performance.now();
    clearTimeout(this.timer);
    clearTimeout(this.resting);
  }

  /** Work for when nothing has changed for a while, in place of what was put off before. */
  whenIdle(works) {
    this.later = works;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), REST);
  }

  /** Whether the picture of the last change is still to come. */
  get busy() { return this.changes !== this.painted; }

  async rest() {
    const {changes} = this;
    while (this.later.length && changes === this.changes) await this.run(this.later.shift(), () => {});
  }

  async go() {
    this.due = this.running;
    if (this.running) return;
    this.since = 0;
    const {changes, last} = this;
    await this.run(this.ask, async (answer) => {
      await this.show(answer);
      // Seen by the browser's developer tools, and by the tests: from a change to the frame that shows its picture.
      if (changes === this.changes) requestAnimationFrame(() => performance.measure('repaint', {start: last}));
    });
    this.painted = changes;
  }

  async run(ask, show) {
    const {changes} = this;
    this.running = true;
    try {
      const answer = await ask();
      if (changes >= this.finished) await show(answer);
    } catch (error) {
      if (changes >= this.finished) this.fail(error);
    }
    this.running = false;
    if (this.due) this.go();
  }
}
