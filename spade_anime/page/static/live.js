// The picture beside the drawing: one request at a time, and an answer to what has changed since is dropped.

const QUIET = 100, LONGEST = 300;  // milliseconds after the last change, and after the first

export class Live {
  /** ask(signal): a promise of an answer; show(answer), fail(error). */
  constructor(ask, show, fail) {
    Object.assign(this, {ask, show, fail, timer: 0, running: false, wanted: 0, since: 0, idle: []});
  }

  /** Something changed, and may go on changing. */
  soon() {
    this.wanted++;
    clearTimeout(this.timer);
    this.since ||= performance.now();
    const left = this.since + LONGEST - performance.now();
    this.timer = setTimeout(() => this.go(), Math.max(0, Math.min(QUIET, left)));
  }

  /** Something changed, and that was all. */
  now() {
    this.wanted++;
    clearTimeout(this.timer);
    this.go();
  }

  /** Work for when there is nothing left to paint, in place of what was put off before. */
  whenIdle(works) {
    this.idle = works;
    if (!this.running) this.go(true);
  }

  async go(onlyIdle = false) {
    if (this.running) return;
    this.running = true;
    this.since = 0;
    const number = this.wanted;
    if (!onlyIdle) await this.attempt(() => this.ask(), (answer) => this.show(answer), number);
    while (this.idle.length && number === this.wanted) {
      const work = this.idle.shift();
      await this.attempt(work, () => {}, number);
    }
    this.running = false;
    if (number !== this.wanted) this.go();
  }

  async attempt(work, show, number) {
    try {
      const answer = await work();
      if (number === this.wanted) show(answer);
    } catch (error) {
      if (number === this.wanted) this.fail(error);
    }
  }
}
