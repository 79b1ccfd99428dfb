/**
 * Puts the process on virtual time: clocks, timers and Math.random of all code that runs in the
 * simulation come from the scheduler of the current seed. The real ones stay with `REAL`.
 */
import type { Rng } from '../../../domain/kernel/rng.ts';
import type { Entry, Scheduler } from './scheduler.ts';

export const REAL = {
  nowMs: performance.now.bind(performance),
};

interface Present {
  scheduler: Scheduler;
  rng: Rng;
  /** The clock of the workflow whose code runs now. */
  workflowMs: number | undefined;
}

let present: Present | undefined;

const now = (): Present => {
  if (present === undefined) throw new Error('virtual time has not begun');
  return present;
};

export function beginTime(scheduler: Scheduler, rng: Rng): void {
  present = { scheduler, rng, workflowMs: undefined };
}

export function setWorkflowClock(ms: number | undefined): void {
  now().workflowMs = ms;
}

interface Interval {
  entry: Entry;
}

function startInterval(run: () => void, ms: number): Interval {
  const { scheduler } = now();
  const interval: Interval = { entry: scheduler.after(ms, () => tick()) };
  const tick = (): void => {
    interval.entry = scheduler.after(ms, () => tick());
    run();
  };
  return interval;
}

/** Once, before any of the simulated code is imported. */
export function installVirtualGlobals(): void {
  Date.now = () => {
    const { workflowMs, scheduler } = now();
    return workflowMs ?? Math.floor(scheduler.nowMs + (scheduler.owner?.clockOffsetMs ?? 0));
  };
  Math.random = () => now().rng.next();
  Object.defineProperty(performance, 'now', { value: () => now().scheduler.nowMs });
  const clear = (handle: Entry | Interval | undefined): void => {
    const entry = handle && 'entry' in handle ? handle.entry : handle;
    if (entry !== undefined) entry.run = undefined;
  };
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms = 0) => now().scheduler.after(ms, run),
    clearTimeout: clear,
    setInterval: startInterval,
    clearInterval: clear,
  });
}
