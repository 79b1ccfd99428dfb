/**
 * Decides when a request may be sent, so that the venue never has a reason to refuse it for its
 * rate: cancels and reductions first, then protective stops, entries, reads. What finds no room in
 * time is turned away unsent, by name. It sends nothing and repeats nothing.
 */
import { RateLimited } from '../../../activities/ports/errors.ts';
import type { Priority } from '../../../domain/execution/priority.ts';
import { PRIORITIES } from '../../../domain/execution/priority.ts';
import { hasRoom } from './shares.ts';
import type { SpendStore } from './spend-store.ts';

/** A request that wants to be sent. */
export interface Wanted {
  readonly priority: Priority;
  readonly weight: number;
  /** How long it may wait for room. */
  readonly withinMs: number;
}

export interface Governor {
  /** Resolves when the request may be sent, now. @throws RateLimited when there is no room in time */
  admit(wanted: Wanted): Promise<void>;
  /** Counts what the length of an answer added. */
  owe(priority: Priority, weight: number): void;
  /** The venue refused for the rate (429): nobody sends for this long. */
  bar(forMs: number): void;
}

/** The clock and the timer, so that tests can hold them. */
export interface Ticking {
  nowMs(): number;
  after(ms: number, work: () => void): void;
}

const REAL_TIME: Ticking = {
  nowMs: () => performance.now(),
  after: (ms, work) => void setTimeout(work, ms),
};

/** How often those who wait are looked at: room comes back as the minute moves on. */
const LOOK_EVERY_MS = 50;
/** The venue never bars for longer, and a header that says so is not believed. */
const LONGEST_BAR_MS = 60_000;

interface Waiting extends Wanted {
  readonly untilMs: number;
  readonly go: () => void;
  readonly turnAway: (why: RateLimited) => void;
}

/** @param budget weight per minute, see `shares.ts` for who gets what of it */
export function createGovernor(
  store: SpendStore,
  budget: number,
  ticking: Ticking = REAL_TIME,
): Governor {
  const queues: Record<Priority, Waiting[]> = { reduce: [], protect: [], enter: [], read: [] };
  let isTicking = false;

  /**
   * Sends the first of each kind for as long as there is room. Nobody overtakes his own kind, and no
   * other order a cancel or reduction, however little it weighs; reads have a share of their own.
   */
  const serve = (): void => {
    if (store.barredMs() > 0) return;
    for (const kind of PRIORITIES) {
      const queue = queues[kind];
      const isOvertaking = (kind === 'enter' || kind === 'protect') && queues.reduce.length > 0;
      if (isOvertaking) continue;
      for (let first = queue[0]; first !== undefined; first = queue[0]) {
        const { weight } = first;
        if (!store.take(kind, weight, (spent) => hasRoom(spent, kind, weight, budget))) break;
        queue.shift();
        first.go();
      }
    }
  };
  const turnAwayLate = (): void => {
    const nowMs = ticking.nowMs();
    for (const kind of PRIORITIES) {
      const late = queues[kind].filter((one) => one.untilMs <= nowMs);
      if (late.length === 0) continue;
      queues[kind] = queues[kind].filter((one) => one.untilMs > nowMs);
      for (const { turnAway, withinMs, weight } of late) {
        const bar = store.barredMs() > 0 ? ', the venue asked for a pause' : '';
        const room = `no room for weight ${weight} of ${budget} a minute`;
        turnAway(new RateLimited(`${room} within ${Math.round(withinMs)} ms${bar}`));
      }
    }
  };
  const tick = (): void => {
    isTicking = false;
    serve();
    turnAwayLate();
    keepTicking();
  };
  const keepTicking = (): void => {
    if (isTicking || PRIORITIES.every((kind) => queues[kind].length === 0)) return;
    isTicking = true;
    ticking.after(LOOK_EVERY_MS, tick);
  };
  return {
    admit: (wanted) =>
      new Promise((go, turnAway) => {
        const untilMs = ticking.nowMs() + wanted.withinMs;
        queues[wanted.priority].push({ ...wanted, untilMs, go, turnAway });
        serve();
        keepTicking();
      }),
    owe: (priority, weight) => {
      if (weight > 0) store.owe(priority, weight);
    },
    bar: (forMs) => store.bar(Math.min(LONGEST_BAR_MS, Math.max(0, forMs))),
  };
}
