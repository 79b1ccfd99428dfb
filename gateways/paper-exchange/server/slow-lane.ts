/**
 * Who waits for whom. A connection that sends what can be read is answered at once. One that goes on
 * sending what cannot be read, or is refused for its form, is served in the slow lane until it has
 * been quiet: its requests wait for their turn, one of each such connection after the other, one
 * between two looks at all other sockets, and the lane rests longer than it works. So hostile
 * requests cost the others little time, however many connections send them, and all are answered.
 * It knows no requests: it says when to go on.
 */

/** The lane works for so long before it rests. */
const WORK_MS = 1;
/** Times as long as it worked: three quarters of the time are for everybody else. */
const REST_FACTOR = 3;
const LEAST_REST_MS = 1;
/** So many faults at once are forgiven, as when a bot is being written, */
const TOLERATED_FAULTS = 5;
/** and so many a second. */
const FORGIVEN_PER_SECOND = 4;
/** Beyond this, what was done is forgotten: a connection is never slow for longer than some seconds. */
const MOST_FAULTS = 20;
/** More than a client may subscribe to; one that has sent this much and reads no answer is hostile. */
const MOST_WAITING = 1000;

/** The time, and the two ways to go on later; as node has them, or as a test does. */
export interface Clockwork {
  nowMs(): number;
  /** After all sockets have been looked at once. */
  soon(then: () => void): void;
  later(ms: number, then: () => void): void;
}

const REAL: Clockwork = {
  nowMs: () => performance.now(),
  soon: (then) => {
    setImmediate(then);
  },
  later: (ms, then) => {
    setTimeout(then, ms);
  },
};

/** How one connection behaves, and what of it waits. */
export class Conduct {
  readonly #lane: SlowLane;
  readonly #clock: Clockwork;
  readonly #turns: (() => void)[] = [];
  #faults = 0;
  #atMs = 0;

  constructor(lane: SlowLane, clock: Clockwork) {
    this.#lane = lane;
    this.#clock = clock;
  }

  /** Notes that it sent what could not be read. */
  fault(): void {
    this.#forgive();
    this.#faults = Math.min(MOST_FAULTS, this.#faults + 1);
  }

  /** Whether it is answered at once. */
  get isGood(): boolean {
    this.#forgive();
    return this.#faults <= TOLERATED_FAULTS;
  }

  /** Requests that wait for their turn. */
  get waiting(): number {
    return this.#turns.length;
  }

  /** Whether it has sent so much without waiting for an answer that it should be cut off. */
  get isFlood(): boolean {
    return this.#turns.length >= MOST_WAITING;
  }

  /** Resolves when its next request may be answered, in the order of the calls; undefined: at once. */
  turn(): Promise<void> | undefined {
    if (this.#turns.length === 0 && this.isGood) return undefined;
    return new Promise((resolve) => {
      this.#turns.push(resolve);
      if (this.#turns.length === 1) this.#lane.join(this);
    });
  }

  /** Lets the request go that has waited longest; false when it was the last. */
  serve(): boolean {
    this.#turns.shift()?.();
    return this.#turns.length > 0;
  }

  #forgive(): void {
    const nowMs = this.#clock.nowMs();
    const forgiven = ((nowMs - this.#atMs) / 1000) * FORGIVEN_PER_SECOND;
    this.#faults = Math.max(0, this.#faults - forgiven);
    this.#atMs = nowMs;
  }
}

/** The slow lane of one server. */
export class SlowLane {
  readonly #clock: Clockwork;
  /** In the order in which they are served; each has something that waits. */
  readonly #queue: Conduct[] = [];
  #isBusy = false;
  #beganMs = 0;

  constructor(clock: Clockwork = REAL) {
    this.#clock = clock;
  }

  /** Watches a new connection. */
  watch(): Conduct {
    return new Conduct(this, this.#clock);
  }

  join(conduct: Conduct): void {
    this.#queue.push(conduct);
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#clock.soon(() => this.#begin());
  }

  #begin(): void {
    this.#beganMs = this.#clock.nowMs();
    this.#step();
  }

  /** Serves one request. What it takes is seen at the next step, so there is one even after the last. */
  #step(): void {
    const workedMs = this.#clock.nowMs() - this.#beganMs;
    if (workedMs >= WORK_MS) {
      this.#clock.later(Math.max(LEAST_REST_MS, workedMs * REST_FACTOR), () => this.#begin());
      return;
    }
    const next = this.#queue.shift();
    if (next === undefined) {
      this.#isBusy = false;
      return;
    }
    if (next.serve()) this.#queue.push(next);
    this.#clock.soon(() => this.#step());
  }
}
