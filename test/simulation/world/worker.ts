/** A worker process as faults see it: it can be killed and frozen; what it holds in memory goes with it. */
import type { Owner, Scheduler } from '../time/scheduler.ts';

export type Activity = (request: never) => Promise<unknown>;

export interface Process extends Owner {
  readonly activities: Readonly<Record<string, Activity>>;
}

/** The processes of the seed, each slot with its present incarnation. */
/** A killed process is replaced within seconds. */
const LOOK_AGAIN_MS = 1_000;

export class Processes {
  readonly slots: Process[] = [];
  private readonly scheduler: Scheduler;
  private readonly start: (name: string) => Process;
  private readonly restartMs: () => number;
  private incarnations = 0;

  constructor(scheduler: Scheduler, start: (name: string) => Process, restartMs: () => number) {
    this.scheduler = scheduler;
    this.start = start;
    this.restartMs = restartMs;
  }

  open(slots: number): void {
    for (let slot = 0; slot < slots; slot += 1) this.renew(slot);
  }

  private renew(slot: number): void {
    this.incarnations += 1;
    this.slots[slot] = this.start(`w${slot}.${this.incarnations}`);
  }

  kill(owner: Owner | undefined): void {
    if (owner === undefined || !owner.alive) return;
    owner.alive = false;
    const slot = this.slots.indexOf(owner as Process);
    this.scheduler.note(`kill ${owner.name}`);
    if (slot >= 0) this.scheduler.outside(this.restartMs(), () => this.renew(slot));
  }

  freeze(owner: Owner | undefined, ms: number): void {
    if (owner === undefined) return;
    this.scheduler.note(`freeze ${owner.name}`);
    owner.frozenUntilMs = Math.max(owner.frozenUntilMs, this.scheduler.nowMs + ms);
  }

  isAwake(owner: Owner): boolean {
    return owner.alive && owner.frozenUntilMs <= this.scheduler.nowMs;
  }

  /** When it is worth looking again whether somebody is awake: at the next waking, or soon. */
  msUntilAwake(): number {
    const { nowMs } = this.scheduler;
    const wakings = this.slots
      .filter(({ alive }) => alive)
      .map((each) => each.frozenUntilMs - nowMs);
    return Math.max(1, Math.min(LOOK_AGAIN_MS, ...wakings));
  }

  awake(): readonly Process[] {
    return this.slots.filter((each) => this.isAwake(each));
  }
}
