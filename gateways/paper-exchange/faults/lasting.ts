/**
 * The faults that are on as long as their window is open: maintenance, a freeze, a wrong clock, a
 * market that moves or gives less, sockets cut. It looks at the plan often and turns them on and
 * off; what goes into the venue goes through the exchange's journal.
 */
import type { Log } from '../log.ts';
import type { Distortion } from './distortion.ts';
import type { Fault } from './fault.ts';
import type { FaultPlan, Instant, Lasting } from './plan.ts';

/** How finely windows open and close, ms. */
const LOOK_EVERY_MS = 10;

export interface LastingParts {
  readonly plan: FaultPlan;
  readonly now: () => Instant;
  /** Cuts every socket. */
  readonly disconnect: () => void;
  /** Stops the tape, or lets it go on. */
  readonly holdTape: (isHeld: boolean) => void;
  /** What the market is changed by from the next step on. */
  readonly distort: (distortions: readonly Distortion[]) => void;
  readonly log: Log;
}

function distortionOf(fault: Fault): Distortion[] {
  const { coin } = fault.match;
  const coins = coin === undefined ? {} : { coins: typeof coin === 'string' ? [coin] : coin };
  if (fault.kind === 'priceSpike') return [{ ...coins, moveFraction: fault.fraction }];
  if (fault.kind === 'partialFills') return [{ ...coins, capBase: fault.capBase }];
  return [];
}

const keyOf = ({ id, opening }: Lasting): string => `${id} ${opening}`;

export class LastingFaults {
  readonly #parts: LastingParts;
  readonly #timer: NodeJS.Timeout;
  #on: readonly Lasting[] = [];
  #distortions = '[]';
  #thaw: { readonly done: Promise<void>; readonly end: () => void } | undefined;

  constructor(parts: LastingParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Whether everything is refused. */
  get isClosed(): boolean {
    return this.#on.some(({ fault }) => fault.kind === 'maintenance');
  }

  /** What is added to the venue's clock, ms. */
  get skewMs(): number {
    return this.#on.reduce(
      (sum, { fault }) => sum + (fault.kind === 'clockSkew' ? fault.ms : 0),
      0,
    );
  }

  /** Resolves when matching goes on; undefined when it is not frozen. */
  thawed(): Promise<void> | undefined {
    return this.#thaw?.done;
  }

  /** Turns on what has opened and off what has closed. */
  look(): void {
    const { plan, now, log } = this.#parts;
    if (plan.isEmpty && this.#on.length === 0) return;
    const on = plan.lasting(now());
    const before = new Set(this.#on.map(keyOf));
    const after = new Set(on.map(keyOf));
    const opened = on.filter((lasting) => !before.has(keyOf(lasting)));
    for (const { id, fault } of opened) log.info({ fault: id, kind: fault.kind }, 'fault begins');
    for (const lasting of this.#on) {
      if (after.has(keyOf(lasting))) continue;
      log.info({ fault: lasting.id, kind: lasting.fault.kind }, 'fault ends');
    }
    this.#on = on;
    if (opened.some(({ fault }) => fault.kind === 'disconnect' || fault.kind === 'maintenance')) {
      this.#parts.disconnect();
    }
    this.#freeze(on.some(({ fault }) => fault.kind === 'freeze'));
    this.#distort(on.flatMap(({ fault }) => distortionOf(fault)));
  }

  /** Lets go of what waits. */
  close(): void {
    clearInterval(this.#timer);
    this.#thaw?.end();
  }

  #freeze(isFrozen: boolean): void {
    if (isFrozen === (this.#thaw !== undefined)) return;
    this.#parts.holdTape(isFrozen);
    if (isFrozen) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#thaw = { done: promise, end: resolve };
      return;
    }
    this.#thaw?.end();
    this.#thaw = undefined;
  }

  #distort(distortions: readonly Distortion[]): void {
    const text = JSON.stringify(distortions);
    if (text === this.#distortions) return;
    try {
      this.#parts.distort(distortions);
      this.#distortions = text;
    } catch (error) {
      this.#parts.log.error({ err: error }, 'the market could not be distorted');
    }
  }
}
