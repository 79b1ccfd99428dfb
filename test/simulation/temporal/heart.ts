/**
 * Activities that have to show that they live: what they are given to do it with, and what notices
 * when they do not. A worker that is dead or asleep does not beat.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Entry, Scheduler } from '../time/scheduler.ts';

export interface ActivityContext {
  readonly abort: AbortController;
  readonly beat: () => void;
}

/** The activity on whose behalf code runs. */
export const ACTIVITY = new AsyncLocalStorage<ActivityContext>();

export class Heart {
  private readonly scheduler: Scheduler;
  private readonly withinMs: number | undefined;
  private readonly onLapse: () => void;
  private due: Entry | undefined;

  /** @param withinMs undefined for an activity that need not beat */
  constructor(scheduler: Scheduler, withinMs: number | undefined, onLapse: () => void) {
    this.scheduler = scheduler;
    this.withinMs = withinMs;
    this.onLapse = onLapse;
    this.beat();
  }

  beat(): void {
    this.stop();
    if (this.withinMs === undefined) return;
    this.due = this.scheduler.at(
      this.scheduler.nowMs + this.withinMs,
      () => this.onLapse(),
      undefined,
    );
  }

  stop(): void {
    if (this.due !== undefined) this.due.run = undefined;
  }
}
