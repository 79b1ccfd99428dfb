/**
 * The paper exchange without its sockets: one venue, one tape, one journal.
 *
 * Two clocks. The exchange's own, which is the wall clock or, on request, the tape's, stamps nonces,
 * expiries, orders, fills, funding payments and `exchangeStatus`; the market's clock stamps candles,
 * books, public trades, funding hours and the days of fee tiers.
 * Every input is journalled before it is applied, so the state is a function of the journal. It has
 * no physics of its own and judges no signature.
 */
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import type { ExchangeResponse } from '../../domain/matching/contract/venue-answers.ts';
import type { VenueConfig } from '../../domain/matching/contract/venue-config.ts';
import type { VenueEvent, VenueOutput } from '../../domain/matching/contract/venue-events.ts';
import type {
  AccountSettingsInput,
  VenueInput,
} from '../../domain/matching/contract/venue-inputs.ts';
import type { Venue, VenueSnapshot } from '../../domain/matching/contract/venue-interface.ts';
import { createVenue, restoreVenue } from '../../domain/matching/venue.ts';
import { batchLength } from '../hyperliquid/wire/weights.ts';
import type { Distortion } from './faults/distortion.ts';
import type { Feed, Moment } from './feeds/feed.ts';
import type { Log } from './log.ts';
import { EquityHistory, type SavedEquity } from './protocol/equity-history.ts';
import {
  AddressBudget,
  type Earnings,
  type RequestUse,
  type Standing,
} from './server/address-budget.ts';
import {
  HouseRules,
  type LatencyMs,
  type RuleEntry,
  type RulesSnapshot,
} from './state/house-rules.ts';
import type { Recovered } from './state/journal.ts';

interface Tick {
  readonly kind: 'tick';
  readonly atMs: number;
  readonly step: number;
  /** What the step brought, when the feed cannot be asked for it again. */
  readonly moment?: Moment;
}
type ActionInput = Extract<VenueInput, { kind: 'action' }>;
type Request = Extract<VenueInput, { kind: 'action' | 'deposit' | 'accountSettings' | 'clock' }>;
/** A line of the journal. What a recorded market does is not written: it follows from the step. */
export type JournalEntry = Tick | Request | RuleEntry;

/** What an action needs to be judged by the venue, once its signer is known. */
export type ActionRequest = Omit<ActionInput, 'kind' | 'atMs'>;

/** What the operator sets of an account's fees. */
export type FeeSettings = Omit<AccountSettingsInput, 'kind' | 'atMs'>;

/** What one input did; `isStep` tells a move of the tape from a request. */
export interface Change {
  readonly isStep: boolean;
  readonly events: readonly VenueEvent[];
}

/** Everything that a restart needs, as plain JSON. */
export interface ExchangeSnapshot {
  readonly venue: VenueSnapshot;
  readonly step: number;
  readonly atMs: number;
  readonly requests: Readonly<Record<string, RequestUse>>;
  readonly rules: RulesSnapshot;
  readonly equity: SavedEquity;
}

/**
 * A snapshot bounds the work of a restart: replaying this many orders takes about half a second. It is
 * not for every thousand of them, since nobody is answered while a snapshot is made.
 */
const WORK_PER_SNAPSHOT = 15_000;
/** A step of the tape moves every market and account; this keeps a restart below 1,000 of them. */
const WORK_PER_STEP = 15;

/** What it takes to replay an entry, in orders. */
function workOf(entry: JournalEntry): number {
  if (entry.kind === 'tick') return WORK_PER_STEP;
  return entry.kind === 'action' ? batchLength(entry.action) : 1;
}

/** Source: the venue's documentation, "Rate limits and user limits". */
const STALE_FACTOR = 5;

export interface PaperExchangeParts {
  readonly config: VenueConfig;
  readonly feed: Feed;
  readonly recovered: Recovered<JournalEntry>;
  /** Whether accounts earn their requests by trading. */
  readonly hasAddressBudget: boolean;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Whether the clock is the tape's: then a step is stamped with its own time. */
  readonly isOnTapeTime: boolean;
  readonly log: Log;
}

export class PaperExchange {
  readonly feed: Feed;
  /** What accounts were worth over time. */
  readonly equity: EquityHistory;
  readonly #venue: Venue;
  readonly #parts: PaperExchangeParts;
  readonly #known = new Set<string>();
  readonly #budget: AddressBudget;
  readonly #rules: HouseRules;
  readonly #listeners = new Set<(change: Change) => void>();
  #step = 0;
  #atMs = 0;
  #workSinceSnapshot = 0;

  constructor(parts: PaperExchangeParts) {
    const { config, recovered } = parts;
    this.#parts = parts;
    this.feed = parts.feed;
    const snapshot = recovered.snapshot as ExchangeSnapshot | undefined;
    this.#venue = snapshot ? restoreVenue(config, snapshot.venue) : createVenue(config);
    this.#budget = new AddressBudget(snapshot?.requests);
    this.#rules = new HouseRules(config.universe, snapshot?.rules);
    this.equity = new EquityHistory(this.#venue, snapshot?.equity);
    if (snapshot) {
      this.#step = snapshot.step;
      this.#atMs = snapshot.atMs;
      for (const account of this.#venue.knownAccounts()) this.#known.add(account);
    }
    for (const entry of recovered.entries) {
      this.#replay(entry);
      this.#workSinceSnapshot += workOf(entry);
    }
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

  /** Why the market stands still and orders are refused; undefined while it moves. */
  get haltReason(): string | undefined {
    return this.feed.haltReason(this.#step);
  }

  get isHalted(): boolean {
    return this.haltReason !== undefined;
  }

  /** The exchange's clock, which never goes back, not even over a restart. */
  nowMs(): number {
    return Math.max(this.#atMs, this.#parts.clock());
  }

  isKnown(account: string): boolean {
    if (this.#known.has(account)) return true;
    return this.#venue.accountFor(account, this.nowMs()) !== undefined;
  }

  /** Requests that the account has sent and may send: each order and cancel of a batch counts. */
  requestStanding(account: string): Standing {
    return this.#budget.standing(account, this.#earningsOf(account));
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Judges an action of a known signer. One that the account has not earned uses up nothing.
   * @throws JournalError when it could not be made durable; then nothing has happened.
   */
  submit(request: ActionRequest): ExchangeResponse {
    const overBudget = this.#overBudget(request);
    if (overBudget !== undefined) return { status: 'err', response: overBudget };
    const { response } = this.#record({ kind: 'action', atMs: this.nowMs(), ...request });
    if (response === undefined) throw new Error('the venue gave an action no answer');
    return response;
  }

  /** Pays into any account, which need not exist yet. */
  fund(account: AccountAddress, usd: string): void {
    this.#record({ kind: 'deposit', atMs: this.nowMs(), account, usd });
  }

  /** Pays into an account that has never been paid into; otherwise changes nothing. */
  fundOnce(account: AccountAddress, usd: string): boolean {
    if (this.isKnown(account)) return false;
    this.fund(account, usd);
    return true;
  }

  /** What the operator has decreed, to be read only. */
  get rules(): Omit<HouseRules, 'apply'> {
    return this.#rules;
  }

  /** Sets what each way to and from the venue takes for an account; 0 ends it. */
  setLatency(account: AccountAddress, latencyMs: LatencyMs): void {
    this.#record({ kind: 'latency', atMs: this.nowMs(), account, latencyMs });
  }

  /** Sets what an account pays, in place of what it has earned. */
  setFees(settings: FeeSettings): void {
    this.#record({ kind: 'accountSettings', atMs: this.nowMs(), ...settings });
  }

  /** Sets by what the market is distorted from the next step on. */
  distort(distortions: readonly Distortion[]): void {
    this.#record({ kind: 'distort', atMs: this.nowMs(), distortions });
  }

  /** Resolves once all inputs so far are as durable as promised; undefined when they are. */
  settled(): Promise<void> | undefined {
    return this.#parts.recovered.journal.settled();
  }

  /** Moves the market one step. Returns false at its end. */
  advance(): boolean {
    if (this.#step >= this.feed.lastStep) return false;
    const step = this.#step + 1;
    const nowMs = this.nowMs();
    const atMs = this.#parts.isOnTapeTime ? Math.max(nowMs, this.feed.timeMs(step)) : nowMs;
    const kept = this.feed.isReproducible ? {} : { moment: this.feed.moment(step) };
    this.#record({ kind: 'tick', atMs, step, ...kept });
    if (step === this.feed.lastStep) {
      this.#parts.log.warn(
        { step: this.#step, marketTimeMs: this.feed.timeMs(this.#step) },
        'the tape has ended: trading is halted',
      );
    }
    return true;
  }

  /** Lets happen what the venue does of its own accord by now, for as long as no input comes. */
  passTime(): void {
    const atMs = this.nowMs();
    const dueMs = this.#venue.nextDueMs();
    if (dueMs !== undefined && dueMs <= atMs) this.#record({ kind: 'clock', atMs });
  }

  snapshot(): ExchangeSnapshot {
    return {
      venue: this.#venue.snapshot(),
      step: this.#step,
      atMs: this.#atMs,
      requests: this.#budget.snapshot(),
      equity: this.equity.snapshot(),
      rules: this.#rules.snapshot(),
    };
  }

  saveSnapshot(): void {
    this.#parts.recovered.journal.saveSnapshot(this.snapshot());
    this.#workSinceSnapshot = 0;
  }

  close(): void {
    this.saveSnapshot();
    this.#parts.recovered.journal.close();
  }

  #record(entry: JournalEntry): VenueOutput {
    this.#parts.recovered.journal.append(entry);
    this.#workSinceSnapshot += workOf(entry);
    const output = this.#apply(entry);
    this.#announce({ isStep: entry.kind === 'tick', events: output.events });
    return output;
  }

  /** The input stands, whatever fails from here on: it is on disk and applied. */
  #announce(change: Change): void {
    try {
      for (const listener of this.#listeners) listener(change);
      if (this.#workSinceSnapshot >= WORK_PER_SNAPSHOT) this.saveSnapshot();
    } catch (error) {
      this.#parts.log.error({ err: error }, 'telling of a change or saving a snapshot failed');
    }
  }

  /** What failed when it was new fails again in the same way, and was answered as a failure. */
  #replay(entry: JournalEntry): void {
    try {
      if (entry.kind === 'tick' && entry.moment) this.feed.remember?.(entry.step, entry.moment);
      this.#apply(entry);
    } catch (error) {
      this.#parts.log.error({ err: error, kind: entry.kind }, 'a journalled input failed again');
    }
  }

  #apply(entry: JournalEntry): VenueOutput {
    const output = this.#judge(entry);
    this.equity.note(entry.atMs, output.events);
    return output;
  }

  #judge(entry: JournalEntry): VenueOutput {
    this.#atMs = entry.atMs;
    switch (entry.kind) {
      case 'tick':
        return this.#move(entry);
      case 'deposit':
        this.#known.add(entry.account);
        return this.#venue.apply(entry);
      case 'accountSettings':
      case 'clock':
        return this.#venue.apply(entry);
      case 'action':
        this.#count(entry);
        return this.#venue.apply(entry);
      case 'latency':
      case 'distort':
        this.#rules.apply(entry);
        return { events: [] };
    }
  }

  #move({ step, atMs, moment = this.feed.moment(step) }: Tick): VenueOutput {
    this.#step = step;
    const { timeMs, fundings } = moment;
    const updates = this.#rules.distorted(moment.updates);
    const market = this.#venue.apply({ kind: 'market', atMs, marketTimeMs: timeMs, updates });
    const paid = fundings.map(({ rates }) => this.#venue.apply({ kind: 'funding', atMs, rates }));
    return { events: [market, ...paid].flatMap(({ events }) => events) };
  }

  /** An action that comes after its own expiry costs five times its count. */
  #count({ action, atMs, expiresAfter, ...request }: ActionInput): void {
    const account = this.#accountOf(request, atMs);
    const isStale = expiresAfter !== undefined && expiresAfter < atMs;
    this.#budget.count(account, batchLength(action) * (isStale ? STALE_FACTOR : 1), atMs);
  }

  /** Why the account may not send this action now, in the venue's words. */
  #overBudget({ action, ...rest }: ActionRequest): string | undefined {
    if (!this.#parts.hasAddressBudget) return undefined;
    const account = this.#accountOf(rest, this.nowMs());
    const request = {
      account,
      count: batchLength(action),
      isCancel: 'cancels' in action,
      atMs: this.nowMs(),
    };
    return this.#budget.refusal(request, () => this.#earningsOf(account));
  }

  /** Whose budget a request uses: an agent's are its principal's, sub-accounts have their own. */
  #accountOf(
    { signer, vaultAddress }: Pick<ActionRequest, 'signer' | 'vaultAddress'>,
    atMs: number,
  ): string {
    return this.#venue.accountFor(signer, atMs, vaultAddress) ?? signer;
  }

  #earningsOf(account: string): Earnings {
    const reserved = this.#venue.reservedRequestWeight(account);
    return { tradedUsd: this.#venue.cumulativeVolume(account), reserved };
  }
}
