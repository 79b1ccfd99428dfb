/**
 * Decides which faults happen. Deterministic: the same faults, seed and sequence of events give the
 * same decisions. It reads no clock and does nothing to anybody; who asks carries the decisions out.
 */
import { createRng, type Rng, seedOf } from '../../../domain/kernel/rng.ts';
import { type Fault, type FaultMatch, type Stage, stagesOf } from './fault.ts';

/** Both clocks, in ms. */
export interface Instant {
  readonly wallMs: number;
  readonly tapeMs: number;
}

/** What an event is about, for faults to match. */
export interface Facts {
  readonly transport?: 'http' | 'websocket';
  readonly path?: '/info' | '/exchange';
  readonly type?: string;
  readonly coins?: readonly string[];
  readonly channel?: string;
  /** Whether it brings market data. */
  readonly isOfFeed?: boolean;
  readonly mayTakeLiquidity?: () => boolean;
  /** Asked for only by a fault that names an account: it may have to be recovered. */
  readonly account?: () => string | undefined;
}

/** One fault that happens now. */
export interface Decision {
  readonly id: string;
  readonly fault: Fault;
  /** A random number in [0, 1) for what the fault leaves open. */
  readonly draw: number;
}

/** A fault that is on as long as its window is open. */
export interface Lasting {
  readonly id: string;
  readonly fault: Fault;
  /** How often the window had opened before. */
  readonly opening: number;
}

/** A fault and how it has fared. */
export interface FaultStatus {
  readonly id: string;
  readonly fault: Fault;
  readonly isOpen: boolean;
  /** Events that matched while its window was open. */
  readonly seen: number;
  readonly injected: number;
}

interface Planned {
  readonly id: string;
  readonly fault: Fault;
  readonly since: Instant;
  readonly rng: Rng;
  seen: number;
  injected: number;
  /** The opening that was looked at last, and whether it was hit: for faults that last. */
  opening: number | undefined;
  isHit: boolean;
}

const isOneOf = (allowed: string | readonly string[], value: string | undefined): boolean =>
  value !== undefined &&
  (typeof allowed === 'string' ? allowed === value : allowed.includes(value));

function matches(match: FaultMatch, facts: Facts): boolean {
  const { transport, path, type, coin, channel, account } = match;
  return (
    (transport === undefined || transport === facts.transport) &&
    (path === undefined || path === facts.path) &&
    (type === undefined || isOneOf(type, facts.type)) &&
    (channel === undefined || isOneOf(channel, facts.channel)) &&
    (coin === undefined || (facts.coins ?? []).some((given) => isOneOf(coin, given))) &&
    (account === undefined || account === facts.account?.())
  );
}

/** Whether a fault has anything to do with an event, whatever it is set to match. */
function concerns(fault: Fault, facts: Facts): boolean {
  if (fault.kind === 'staleFeed') return facts.isOfFeed === true;
  if (fault.kind === 'postOnly') return facts.mayTakeLiquidity?.() === true;
  return true;
}

/** Which opening of a fault's window the moment lies in, from 0; undefined when it is closed. */
function openingOf({ fault, since }: Planned, now: Instant): number | undefined {
  const elapsedMs =
    (fault.clock === 'wall' ? now.wallMs - since.wallMs : now.tapeMs - since.tapeMs) - fault.atMs;
  if (elapsedMs < 0) return undefined;
  const opening = fault.everyMs === undefined ? 0 : Math.floor(elapsedMs / fault.everyMs);
  const intoMs = elapsedMs - opening * (fault.everyMs ?? 0);
  return intoMs < (fault.forMs ?? Number.POSITIVE_INFINITY) ? opening : undefined;
}

const UNUSED = { seen: 0, injected: 0, opening: undefined, isHit: false };

const isSpent = ({ fault, injected }: Planned): boolean =>
  fault.count !== undefined && injected >= fault.count;

export class FaultPlan {
  readonly #seed: number;
  #planned: Planned[] = [];
  #added = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Adds a fault, in place of the one with the same id. @returns its id */
  add(fault: Fault, now: Instant): string {
    this.#added += 1;
    const id = fault.id ?? `${fault.kind}-${this.#added}`;
    this.remove(id);
    const rng = createRng(seedOf(this.#seed, id));
    this.#planned.push({ id, fault, since: now, rng, ...UNUSED });
    return id;
  }

  /** False when there is no such fault. */
  remove(id: string): boolean {
    const before = this.#planned.length;
    this.#planned = this.#planned.filter((planned) => planned.id !== id);
    return this.#planned.length < before;
  }

  clear(): void {
    this.#planned = [];
  }

  get isEmpty(): boolean {
    return this.#planned.length === 0;
  }

  list(now: Instant): FaultStatus[] {
    return this.#planned.map((planned) => ({
      id: planned.id,
      fault: planned.fault,
      isOpen: (planned.isHit || !isSpent(planned)) && openingOf(planned, now) !== undefined,
      seen: planned.seen,
      injected: planned.injected,
    }));
  }

  /** The faults that hit an event at a stage of its way, in the order in which they were added. */
  decide(stage: Stage, facts: Facts, now: Instant): Decision[] {
    return this.#planned.flatMap((planned) => {
      const { id, fault, rng } = planned;
      if (!stagesOf(fault).includes(stage) || isSpent(planned)) return [];
      if (openingOf(planned, now) === undefined) return [];
      if (!concerns(fault, facts) || !matches(fault.match, facts)) return [];
      planned.seen += 1;
      if (planned.seen <= fault.skip) return [];
      // Both numbers are always drawn, so that one event's luck does not shift the next one's.
      const [luck, draw] = [rng.next(), rng.next()];
      if (luck >= fault.probability) return [];
      planned.injected += 1;
      return [{ id, fault, draw }];
    });
  }

  /**
   * The lasting faults that are on. Each opening of a window counts as one event: `skip`, `count`
   * and `probability` are about openings.
   */
  lasting(now: Instant): Lasting[] {
    return this.#planned.flatMap((planned) => {
      const { id, fault } = planned;
      if (!stagesOf(fault).includes('lasting')) return [];
      const opening = openingOf(planned, now);
      if (opening === undefined || !this.#isHit(planned, opening)) return [];
      return [{ id, fault, opening }];
    });
  }

  /** Whether an opening is hit: decided when it is first seen, and kept while it lasts. */
  #isHit(planned: Planned, opening: number): boolean {
    if (planned.opening === opening) return planned.isHit;
    const { id, fault } = planned;
    const luck = createRng(seedOf(this.#seed, id, opening)).next();
    planned.isHit = opening >= fault.skip && !isSpent(planned) && luck < fault.probability;
    planned.opening = opening;
    planned.seen += 1;
    if (planned.isHit) planned.injected += 1;
    return planned.isHit;
  }
}
