/**
 * Looks at the ledger while somebody watches, works out what changed since the last look, and
 * remembers recent changes so that a browser that reconnects gets what it missed and no more.
 */
import { canonicalJson } from '../../domain/kernel/ids.ts';
import type { EquityCurve, EquityPoint } from './equity-curve.ts';
import { continuationOf, curveOf, thinned } from './equity-curve.ts';
import type { Identity, LedgerFacts, Sections } from './state.ts';
import { sectionsOf } from './state.ts';

/** Reads the ledger; samples of equity newer than `afterMs` only. */
export type LedgerLook = (afterMs: number | undefined) => Promise<LedgerFacts>;

export interface Health {
  readonly ledger: 'reachable' | 'unreachable';
  /** What the last look failed with. */
  readonly problem: string | null;
  /** When something in the ledger last changed, on our clock. */
  readonly changedMs: number;
}

export interface DashboardState extends Sections {
  readonly equity: EquityCurve;
  readonly health: Health;
}

/** What one event carries: the sections that changed, and new points of the curve. */
export type Change = Partial<Sections> & {
  readonly health?: Health;
  readonly newEquity?: EquityCurve;
};

export interface FeedEvent {
  /** `<start of this process>-<count>`: an id of an earlier process is never mistaken for ours. */
  readonly id: string;
  readonly change: Change;
}

type Listener = (event: FeedEvent) => void;

const CURVE_POINTS_MAX = 1200;
const REMEMBERED_EVENTS = 256;
/** Samples held in memory; past it, old ones are thinned, so that a month's run stays small. */
const REMEMBERED_POINTS = 20_000;
const PROBLEM_LENGTH_MAX = 200;

export class Feed {
  readonly #identity: Identity;
  readonly #look: LedgerLook;
  readonly #nowMs: () => number;
  readonly #bootId: string;
  readonly #listeners = new Set<Listener>();
  #events: FeedEvent[] = [];
  #count = 0;
  #points: EquityPoint[] = [];
  #sections: Sections | undefined;
  #health: Health;
  #running: Promise<void> | undefined;

  constructor(identity: Identity, look: LedgerLook, nowMs: () => number) {
    this.#identity = identity;
    this.#look = look;
    this.#nowMs = nowMs;
    this.#bootId = nowMs().toString(36);
    this.#health = { ledger: 'reachable', problem: null, changedMs: nowMs() };
  }

  get watchers(): number {
    return this.#listeners.size;
  }

  /** Looks once and tells the listeners what changed; a look that runs already is shared. */
  refresh(): Promise<void> {
    this.#running ??= this.#refreshOnce().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The whole state and the id of the last change in it; undefined before the first good look. */
  snapshot(): { readonly id: string; readonly state: DashboardState } | undefined {
    if (this.#sections === undefined) return undefined;
    const equity = curveOf(this.#points, CURVE_POINTS_MAX);
    return { id: this.#lastId(), state: { ...this.#sections, equity, health: this.#health } };
  }

  get health(): Health {
    return this.#health;
  }

  /** The changes after the id, or undefined when they are no longer known: send a snapshot then. */
  since(id: string): readonly FeedEvent[] | undefined {
    if (id === this.#lastId()) return [];
    const index = this.#events.findIndex((event) => event.id === id);
    return index < 0 ? undefined : this.#events.slice(index + 1);
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #lastId(): string {
    return `${this.#bootId}-${this.#count}`;
  }

  async #refreshOnce(): Promise<void> {
    try {
      const facts = await this.#look(this.#points.at(-1)?.atMs);
      const newEquity = continuationOf(this.#points, facts.equity);
      this.#points = remembered([...this.#points, ...facts.equity]);
      const sections = sectionsOf(this.#identity, facts, this.#points.at(-1));
      const changed = changedSections(this.#sections, sections);
      this.#sections = sections;
      const curve = newEquity.timesMs.length > 0 ? { newEquity } : {};
      this.#publish({ ...changed, ...curve }, { ledger: 'reachable', problem: null });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const problem = text.slice(0, PROBLEM_LENGTH_MAX);
      this.#publish({}, { ledger: 'unreachable', problem });
    }
  }

  #publish(change: Change, health: Omit<Health, 'changedMs'>): void {
    const hasChanged = Object.keys(change).length > 0;
    const healthChanged =
      health.ledger !== this.#health.ledger || health.problem !== this.#health.problem;
    if (!hasChanged && !healthChanged) return;
    const changedMs = hasChanged ? this.#nowMs() : this.#health.changedMs;
    this.#health = { ...health, changedMs };
    this.#count += 1;
    const event = { id: this.#lastId(), change: { ...change, health: this.#health } };
    this.#events = [...this.#events, event].slice(-REMEMBERED_EVENTS);
    for (const listener of this.#listeners) listener(event);
  }
}

function changedSections(before: Sections | undefined, after: Sections): Partial<Sections> {
  const names = Object.keys(after) as (keyof Sections)[];
  return Object.fromEntries(
    names
      .filter((name) => canonicalJson(before?.[name] ?? null) !== canonicalJson(after[name]))
      .map((name) => [name, after[name]]),
  );
}

const remembered = (points: EquityPoint[]): EquityPoint[] =>
  points.length <= REMEMBERED_POINTS ? points : [...thinned(points, REMEMBERED_POINTS / 2)];
