/**
 * Virtual time: a queue of events, run one at a time in the order of their moments, ties in a drawn
 * order. An event may belong to a process: it dies with it, and waits while it is frozen. After each
 * event all promises settle before the next one runs. Knows nothing of orders.
 */
import { setFlagsFromString } from 'node:v8';
import type { Rng } from '../../../domain/kernel/rng.ts';
import { traceNote } from './trace.ts';

/** A process as time sees it. */
export interface Owner {
  readonly name: string;
  alive: boolean;
  frozenUntilMs: number;
  /** How far its wall clock is ahead of the truth. */
  clockOffsetMs: number;
}

export interface Entry {
  readonly atMs: number;
  readonly tie: number;
  readonly sequence: number;
  /** Undefined once cancelled. */
  run: (() => void) | undefined;
  readonly owner: Owner | undefined;
}

setFlagsFromString('--allow-natives-syntax');
/** Runs everything that promises have ready: what the event loop does between two callbacks. */
const settlePromises = new Function('%PerformMicrotaskCheckpoint()') as () => void;

const isBefore = (a: Entry, b: Entry): boolean =>
  a.atMs - b.atMs < 0 ||
  (a.atMs === b.atMs && (a.tie < b.tie || (a.tie === b.tie && a.sequence < b.sequence)));

export class Scheduler {
  nowMs: number;
  owner: Owner | undefined;
  /** A digest of everything that happened, in its order. */
  hash = 0x811c9dc5;
  events = 0;
  private readonly heap: Entry[] = [];
  private readonly rng: Rng;
  private sequence = 0;

  constructor(startMs: number, rng: Rng) {
    this.nowMs = startMs;
    this.rng = rng;
  }

  /** Settles promises: also inside of an event, where a workflow needs its own to be done. */
  readonly settle = settlePromises;

  note(text: string): void {
    traceNote(text);
    let { hash } = this;
    for (let i = 0; i < text.length; i += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
    this.hash = Math.imul(hash ^ Math.floor(this.nowMs), 0x01000193) >>> 0;
  }

  at(atMs: number, run: () => void, owner: Owner | undefined): Entry {
    this.sequence += 1;
    const tie = this.rng.int(1 << 20);
    const moment = Math.max(atMs, this.nowMs);
    const entry: Entry = { atMs: moment, tie, sequence: this.sequence, run, owner };
    this.push(entry);
    return entry;
  }

  /** By default on behalf of whoever runs now. */
  after(ms: number, run: () => void, owner = this.owner): Entry {
    return this.at(this.nowMs + ms, run, owner);
  }

  /** An event that no process's death or sleep can touch. */
  outside(ms: number, run: () => void): Entry {
    return this.at(this.nowMs + ms, run, undefined);
  }

  /** Runs the next event; false when there is none, or none until the deadline. */
  step(deadlineMs: number): boolean {
    const top = this.heap[0];
    if (top === undefined || top.atMs > deadlineMs) return false;
    const entry = this.pop();
    const { run, owner } = entry;
    if (run === undefined || owner?.alive === false) return true;
    if (owner !== undefined && owner.frozenUntilMs > entry.atMs) {
      this.push({ ...entry, atMs: owner.frozenUntilMs });
      return true;
    }
    this.nowMs = entry.atMs;
    this.owner = owner;
    this.events += 1;
    run();
    settlePromises();
    this.owner = undefined;
    return true;
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  private pop(): Entry {
    const { heap } = this;
    const top = heap[0] as Entry;
    const last = heap.pop() as Entry;
    const { length } = heap;
    if (length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      const right = child + 1;
      if (right < length && isBefore(heap[right] as Entry, heap[child] as Entry)) child = right;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[index] = heap[child] as Entry;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}
