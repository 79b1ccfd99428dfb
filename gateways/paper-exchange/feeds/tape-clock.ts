/**
 * Moves a tape with the wall clock and tells the time in between. When the machine is too slow the
 * tape falls behind instead of starving requests: it never runs for long in one go, and it never
 * skips a step.
 */
import type { PaperExchange } from '../exchange.ts';
import type { Log } from '../log.ts';
import type { Feed } from './feed.ts';

/** Tape seconds per second of the wall clock, as fast as possible, or by hand. */
export type Speed = number | 'max' | 'manual';

/** Timers finer than this only cost. */
const MIN_TICK_MS = 5;
const MAX_TICK_MS = 100;
/** The most that one go may keep requests waiting. */
const MAX_RUN_MS = 30;

export class TapeClock {
  readonly #feed: Feed;
  readonly #speed: Speed;
  /** A moment of the wall clock and the tape's time then, ms; undefined while the tape stands. */
  #anchor: { readonly wallMs: number; readonly tapeMs: number } | undefined;
  /** The time at which the tape was stopped, ms. */
  #heldMs = 0;
  #exchange: PaperExchange | undefined;

  constructor(feed: Feed, speed: Speed) {
    this.#feed = feed;
    this.#speed = speed;
  }

  /** The tape's time, ms: it passes between the steps too, and never goes past the next one. */
  nowMs(): number {
    const step = this.#step;
    const madeMs = Math.max(this.#heldMs, this.#feed.timeMs(step));
    if (step >= this.#feed.lastStep) return madeMs;
    return Math.max(madeMs, Math.min(Math.floor(this.#dueMs()), this.#feed.timeMs(step + 1)));
  }

  /** Moves the tape until it is stopped or at its end. Returns how to stop it. */
  run(exchange: PaperExchange, log: Log): () => void {
    this.#exchange = exchange;
    if (this.#speed === 'manual') return () => undefined;
    this.#anchor = { wallMs: performance.now(), tapeMs: this.nowMs() };
    let next: NodeJS.Timeout | NodeJS.Immediate | undefined;
    let isStopped = false;
    const go = (): void => {
      if (isStopped || !this.#catchUp(exchange, log)) return;
      // Between two goes every request that has come in meanwhile gets its turn.
      next = this.#speed === 'max' ? setImmediate(go) : setTimeout(go, this.#restMs());
    };
    go();
    return () => {
      isStopped = true;
      this.#heldMs = this.nowMs();
      this.#anchor = undefined;
      if (next === undefined) return;
      if (this.#speed === 'max') clearImmediate(next as NodeJS.Immediate);
      else clearTimeout(next as NodeJS.Timeout);
    };
  }

  /** Makes the steps that are due, for as long as one go may take. Returns false at the end. */
  #catchUp(exchange: PaperExchange, log: Log): boolean {
    const startMs = performance.now();
    try {
      while (this.#isDue() && performance.now() - startMs < MAX_RUN_MS) {
        if (!exchange.advance()) return false;
      }
    } catch (error) {
      log.error({ err: error }, 'the tape could not move');
    }
    // A backlog is dropped: the tape is late by it, and no later rush makes up for it.
    if (this.#isDue()) {
      this.#anchor = { wallMs: performance.now(), tapeMs: this.#feed.timeMs(this.#step) };
    }
    return this.#step < this.#feed.lastStep;
  }

  get #step(): number {
    return this.#exchange?.step ?? 0;
  }

  #isDue(): boolean {
    return this.#speed === 'max' || this.#feed.timeMs(this.#step + 1) <= this.#dueMs();
  }

  /** The tape's time by the wall clock, whether or not the steps until then have been made. */
  #dueMs(): number {
    if (!this.#anchor || typeof this.#speed !== 'number') return this.#feed.timeMs(this.#step);
    const { wallMs, tapeMs } = this.#anchor;
    return tapeMs + (performance.now() - wallMs) * this.#speed;
  }

  #restMs(): number {
    if (typeof this.#speed !== 'number') return MAX_TICK_MS;
    const leftMs = (this.#feed.timeMs(this.#step + 1) - this.#dueMs()) / this.#speed;
    return Math.max(MIN_TICK_MS, Math.min(leftMs, MAX_TICK_MS));
  }
}
