/**
 * What accounts were worth over time, for `portfolio`. Samples are taken as inputs are applied, at
 * most one a minute, and thinned out as they age, so an account takes bounded room. It is part of
 * the exchange's state: the same inputs give the same history, also over a restart.
 */
import { decimal, plain } from '../../../domain/kernel/decimal.ts';
import type { VenueEvent } from '../../../domain/matching/contract/venue-events.ts';
import type { Venue } from '../../../domain/matching/contract/venue-interface.ts';
import type { LedgerDelta } from '../../../domain/matching/state/ledger-records.ts';
import { wireDecimal } from '../../hyperliquid/wire/scalars.ts';
import { paidInBy } from './money-flow.ts';

const SAMPLE_MS = 60_000;
/** When an account has this many samples, every other one of the older half is dropped. */
const MAX_SAMPLES = 256;

/** One look at an account. Money in USD, as wire text. */
export interface EquitySample {
  readonly atMs: number;
  readonly value: string;
  /** Value less what was paid in. */
  readonly pnl: string;
  /** Traded so far. */
  readonly volume: string;
}

interface Course {
  paidIn: string;
  samples: EquitySample[];
}

/** Plain JSON. */
export interface SavedEquity {
  readonly sampledMs: number;
  readonly courses: Readonly<Record<string, Course>>;
}

type Accounts = Pick<Venue, 'accountSummary' | 'cumulativeVolume' | 'knownAccounts'>;

const isSameSample = (a: EquitySample | undefined, b: EquitySample): boolean =>
  a?.value === b.value && a.pnl === b.pnl && a.volume === b.volume;

function thinOut(samples: readonly EquitySample[]): EquitySample[] {
  const half = Math.floor(samples.length / 2);
  return samples.filter((_sample, index) => index >= half || index % 2 === 0);
}

export class EquityHistory {
  readonly #venue: Accounts;
  readonly #courses: Map<string, Course>;
  #sampledMs: number;

  constructor(venue: Accounts, saved?: SavedEquity) {
    this.#venue = venue;
    this.#sampledMs = saved?.sampledMs ?? 0;
    this.#courses = new Map(Object.entries(saved?.courses ?? {}));
  }

  /** Takes note of an input that was applied. */
  note(atMs: number, events: readonly VenueEvent[]): void {
    for (const event of events) {
      if (event.kind === 'ledger') this.#payIn(event.account, event.update.delta, atMs);
    }
    if (atMs - this.#sampledMs < SAMPLE_MS) return;
    this.#sampledMs = atMs;
    for (const account of this.#courses.keys()) this.#sample(account, atMs);
  }

  /** Oldest first; the last is taken now. Empty for an account that never had money. */
  samples(account: string, nowMs: number): readonly EquitySample[] {
    const course = this.#courses.get(account);
    return course ? [...course.samples, this.#look(account, course, nowMs)] : [];
  }

  /** What was paid in and not paid out. */
  paidIn(account: string): string {
    return this.#courses.get(account)?.paidIn ?? '0.0';
  }

  snapshot(): SavedEquity {
    const courses = [...this.#courses].map(([account, { paidIn, samples }]) => [
      account,
      { paidIn, samples: [...samples] },
    ]);
    return { sampledMs: this.#sampledMs, courses: Object.fromEntries(courses) };
  }

  #payIn(account: string, delta: LedgerDelta, atMs: number): void {
    const course = this.#courses.get(account) ?? { paidIn: '0.0', samples: [] };
    this.#courses.set(account, course);
    const paidIn = decimal(course.paidIn).plus(paidInBy(delta, account));
    course.paidIn = wireDecimal(plain(paidIn));
    this.#sample(account, atMs);
  }

  #look(account: string, course: Course, atMs: number): EquitySample {
    const value = this.#venue.accountSummary(account).marginSummary.accountValue;
    const pnl = wireDecimal(plain(decimal(value).minus(course.paidIn)));
    return { atMs, value, pnl, volume: this.#venue.cumulativeVolume(account) };
  }

  /** Of a value that stands still, only the first and the last sample are kept. */
  #sample(account: string, atMs: number): void {
    const course = this.#courses.get(account);
    if (!course) return;
    const sample = this.#look(account, course, atMs);
    const stands = [-1, -2].every((index) => isSameSample(course.samples.at(index), sample));
    if (stands) course.samples.pop();
    course.samples.push(sample);
    if (course.samples.length > MAX_SAMPLES) course.samples = thinOut(course.samples);
  }
}
