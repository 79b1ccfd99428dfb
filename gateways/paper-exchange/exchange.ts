/**
 * The paper exchange without its sockets: one venue, one tape, one journal.
 *
 * Two clocks. The wall clock stamps nonces, expiries, orders, fills, funding payments and
 * `exchangeStatus`; the tape's clock stamps candles, books, public trades and funding hours.
 * Every input is journalled before it is applied, so the state is a function of the journal. It has
 * no physics of its own and judges no signature.
 */
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import { createVenue, restoreVenue } from '../../domain/matching/venue.ts';
import type {
  ExchangeResponse,
  Venue,
  VenueConfig,
  VenueEvent,
  VenueInput,
  VenueOutput,
  VenueSnapshot,
} from '../../domain/matching/venue-types.ts';
import type { MarketFeed } from './feeds/market-feed.ts';
import type { Log } from './log.ts';
import type { Recovered } from './state/journal.ts';

type Tick = { readonly kind: 'tick'; readonly atMs: number; readonly step: number };
type Request = Extract<VenueInput, { kind: 'action' | 'deposit' }>;
/** A line of the journal. Market updates are not written: they follow from the step. */
export type JournalEntry = Tick | Request;

/** What an action needs to be judged by the venue, once its signer is known. */
export type ActionRequest = Omit<Extract<VenueInput, { kind: 'action' }>, 'kind' | 'atMs'>;

/** What one input did; `isStep` tells a move of the tape from a request. */
export interface Change {
  readonly isStep: boolean;
  readonly events: readonly VenueEvent[];
}

interface Snapshot {
  readonly venue: VenueSnapshot;
  readonly step: number;
  readonly atMs: number;
  readonly requests: Readonly<Record<string, number>>;
}

/** A snapshot bounds the work of a restart: replaying this many inputs takes about a second. */
const ENTRIES_PER_SNAPSHOT = 1000;

export interface PaperExchangeParts {
  readonly config: VenueConfig;
  readonly feed: MarketFeed;
  readonly recovered: Recovered<JournalEntry>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: Log;
}

export class PaperExchange {
  readonly feed: MarketFeed;
  readonly #venue: Venue;
  readonly #parts: PaperExchangeParts;
  readonly #known = new Set<string>();
  readonly #requests = new Map<string, number>();
  readonly #listeners = new Set<(change: Change) => void>();
  #step = 0;
  #atMs = 0;
  #entriesSinceSnapshot = 0;

  constructor(parts: PaperExchangeParts) {
    const { config, recovered } = parts;
    this.#parts = parts;
    this.feed = parts.feed;
    const snapshot = recovered.snapshot as Snapshot | undefined;
    this.#venue = snapshot ? restoreVenue(config, snapshot.venue) : createVenue(config);
    if (snapshot) {
      this.#step = snapshot.step;
      this.#atMs = snapshot.atMs;
      for (const [account, count] of Object.entries(snapshot.requests)) {
        this.#requests.set(account, count);
      }
      for (const account of this.#venue.knownAccounts()) this.#known.add(account);
    }
    for (const entry of recovered.entries) this.#replay(entry);
    this.#entriesSinceSnapshot = recovered.entries.length;
    if (this.#step === 0) this.advance();
  }

  /** The venue, to be read only: every input goes through the journal. */
  get venue(): Omit<Venue, 'apply' | 'snapshot'> {
    return this.#venue;
  }

  /** Steps that the tape has made since its start. */
  get step(): number {
    return this.#step;
  }

  /** Whether the tape is at its end: the market stands still and orders are refused. */
  get isHalted(): boolean {
    return this.#step >= this.feed.lastStep;
  }

  /** The wall clock, which never goes back, not even over a restart. */
  nowMs(): number {
    return Math.max(this.#atMs, this.#parts.clock());
  }

  isKnown(account: string): boolean {
    return this.#known.has(account);
  }

  /** How many requests the account has sent: each order and cancel of a batch counts. */
  requestsOf(account: string): number {
    return this.#requests.get(account) ?? 0;
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Judges an action of a known signer.
   * @throws JournalError when it could not be made durable; then nothing has happened.
   */
  submit(request: ActionRequest): ExchangeResponse {
    const { response } = this.#record({ kind: 'action', atMs: this.nowMs(), ...request });
    if (response === undefined) throw new Error('the venue gave an action no answer');
    return response;
  }

  /** Pays into an account that has never been paid into; otherwise changes nothing. */
  fundOnce(account: AccountAddress, usd: string): boolean {
    if (this.isKnown(account)) return false;
    this.#record({ kind: 'deposit', atMs: this.nowMs(), account, usd });
    return true;
  }

  /** Moves the tape one step. Returns false at its end. */
  advance(): boolean {
    if (this.isHalted) return false;
    this.#record({ kind: 'tick', atMs: this.nowMs(), step: this.#step + 1 });
    if (this.isHalted) {
      this.#parts.log.warn(
        { step: this.#step, marketTimeMs: this.feed.timeMs(this.#step) },
        'the tape has ended: trading is halted',
      );
    }
    return true;
  }

  saveSnapshot(): void {
    const snapshot: Snapshot = {
      venue: this.#venue.snapshot(),
      step: this.#step,
      atMs: this.#atMs,
      requests: Object.fromEntries(this.#requests),
    };
    this.#parts.recovered.journal.saveSnapshot(snapshot);
    this.#entriesSinceSnapshot = 0;
  }

  close(): void {
    this.saveSnapshot();
    this.#parts.recovered.journal.close();
  }

  #record(entry: JournalEntry): VenueOutput {
    this.#parts.recovered.journal.append(entry);
    this.#entriesSinceSnapshot += 1;
    const output = this.#apply(entry);
    this.#announce({ isStep: entry.kind === 'tick', events: output.events });
    return output;
  }

  /** The input stands, whatever fails from here on: it is on disk and applied. */
  #announce(change: Change): void {
    try {
      for (const listener of this.#listeners) listener(change);
      if (this.#entriesSinceSnapshot >= ENTRIES_PER_SNAPSHOT) this.saveSnapshot();
    } catch (error) {
      this.#parts.log.error({ err: error }, 'telling of a change or saving a snapshot failed');
    }
  }

  /** What failed when it was new fails again in the same way, and was answered as a failure. */
  #replay(entry: JournalEntry): void {
    try {
      this.#apply(entry);
    } catch (error) {
      this.#parts.log.error({ err: error, kind: entry.kind }, 'a journalled input failed again');
    }
  }

  #apply(entry: JournalEntry): VenueOutput {
    this.#atMs = entry.atMs;
    switch (entry.kind) {
      case 'tick':
        return this.#move(entry);
      case 'deposit':
        this.#known.add(entry.account);
        return this.#venue.apply(entry);
      case 'action':
        this.#count(entry);
        return this.#venue.apply(entry);
    }
  }

  #move({ step, atMs }: Tick): VenueOutput {
    this.#step = step;
    const marketTimeMs = this.feed.timeMs(step);
    const updates = this.feed.updates(step);
    const market = this.#venue.apply({ kind: 'market', atMs, marketTimeMs, updates });
    if (!this.feed.endsHour(step)) return market;
    const rates = this.feed.fundingRates(updates);
    const funding = this.#venue.apply({ kind: 'funding', atMs, rates });
    return { events: [...market.events, ...funding.events] };
  }

  #count({ account, action }: Extract<VenueInput, { kind: 'action' }>): void {
    const size =
      action.type === 'order'
        ? action.orders.length
        : 'cancels' in action
          ? action.cancels.length
          : 1;
    this.#requests.set(account, this.requestsOf(account) + Math.max(1, size));
  }
}
