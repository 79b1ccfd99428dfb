/**
 * The tape's motion, for an operator and for a freeze: pause, go on, single steps, ahead to a time.
 * Whatever is skipped over is traded through step by step; it never goes back.
 */
import type { PaperExchange } from '../exchange.ts';

/** The most that moving ahead may keep requests waiting in one go, ms. */
const MAX_RUN_MS = 30;

/** Who keeps the tape from running by itself. */
export type Holder = 'operator' | 'freeze';

export class TapeControl {
  readonly #exchange: PaperExchange;
  /** Makes the tape run by itself; returns how to stop it. */
  readonly #run: () => () => void;
  readonly #holders = new Set<Holder>();
  #stop: (() => void) | undefined;
  #isStarted = false;
  #isClosed = false;

  constructor(exchange: PaperExchange, run: () => () => void) {
    this.#exchange = exchange;
    this.#run = run;
  }

  /** Lets the tape run by itself from here on. */
  start(): void {
    this.#isStarted = true;
    this.#runIfFree();
  }

  isHeldBy(holder: Holder): boolean {
    return this.#holders.has(holder);
  }

  hold(holder: Holder): void {
    this.#holders.add(holder);
    this.#stop?.();
    this.#stop = undefined;
  }

  release(holder: Holder): void {
    this.#holders.delete(holder);
    this.#runIfFree();
  }

  /** Makes up to so many steps; returns how many the tape had. */
  step(steps: number): Promise<number> {
    let left = steps;
    return this.#advanceWhile(() => {
      left -= 1;
      return left >= 0;
    });
  }

  /** Moves ahead until the tape's clock is at least at a time; returns the steps made. */
  seek(toMs: number): Promise<number> {
    const { feed } = this.#exchange;
    return this.#advanceWhile(() => feed.timeMs(this.#exchange.step) < toMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#stop?.();
    this.#stop = undefined;
  }

  #runIfFree(): void {
    const isFree = this.#isStarted && !this.#isClosed && this.#holders.size === 0;
    if (isFree) this.#stop ??= this.#run();
  }

  /** Lets requests in between, so that going far ahead starves nobody. */
  async #advanceWhile(isWanted: () => boolean): Promise<number> {
    let made = 0;
    let startMs = performance.now();
    while (!this.#isClosed && isWanted() && this.#exchange.advance()) {
      made += 1;
      if (performance.now() - startMs < MAX_RUN_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      startMs = performance.now();
    }
    return made;
  }
}
