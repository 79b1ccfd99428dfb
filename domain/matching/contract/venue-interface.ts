/**
 * The venue as its owner sees it: inputs go in, everything else is only read.
 */
import type { AccountReads } from '../accounts/account-views.ts';
import type { VenueOutput } from './venue-events.ts';
import type { VenueInput } from './venue-inputs.ts';
import type {
  Fill,
  FundingPayment,
  OrderUpdate,
  OrderView,
  TwapHistoryEntry,
  TwapSliceFill,
  TwapState,
} from './venue-records.ts';
import type {
  AccountSummary,
  BestPrices,
  Conservation,
  LeverageSetting,
  MarketView,
} from './venue-views.ts';

/** Plain JSON; restores exactly. Treat as opaque. */
export interface VenueSnapshot {
  readonly version: 3 | 4;
  readonly state: unknown;
}

/** One deterministic venue: the same inputs give the same outputs, bit for bit. */
export interface Venue extends AccountReads {
  /** Advances the venue. Inputs must come in the order of their `atMs`. */
  apply(input: VenueInput): VenueOutput;
  snapshot(): VenueSnapshot;

  accountSummary(account: string): AccountSummary;
  /** Children that wait for their parent to fill are shown inside of it only. */
  openOrders(account: string): readonly OrderView[];
  orderByOid(account: string, oid: number): OrderUpdate | undefined;
  /** The latest order that carried the cloid. */
  orderByCloid(account: string, cloid: string): OrderUpdate | undefined;
  /** Newest 2000, newest first. */
  fills(account: string): readonly Fill[];
  /** Newest 2000 status changes, newest first. */
  historicalOrders(account: string): readonly OrderUpdate[];
  /** Newest 2000 payments, newest first. */
  fundingPayments(account: string): readonly FundingPayment[];
  /** TWAPs that run or wait for their price, with their ids, oldest first. */
  twapStates(account: string): readonly (readonly [number, TwapState])[];
  /** Newest 2000 changes of TWAPs, newest first. */
  twapHistory(account: string): readonly TwapHistoryEntry[];
  /** The fills of TWAPs among the newest fills, newest first. */
  twapSliceFills(account: string): readonly TwapSliceFill[];
  /** When all orders of the account will be cancelled, in ms; undefined when nothing is set. */
  scheduledCancelMs(account: string): number | undefined;
  /** Coins whose open interest has reached the configured cap. */
  coinsAtOpenInterestCap(): readonly string[];
  /** Until then nothing happens of its own accord, in ms; undefined when nothing is due at all. */
  nextDueMs(): number | undefined;
  leverage(account: string, coin: string): LeverageSetting;
  /** Volume traded by the account, USD (for rate limits and fee tiers). */
  cumulativeVolume(account: string): string;
  /** Undefined before the coin's first market update. */
  market(coin: string): MarketView | undefined;
  /** The top of the coin's market, without the cost of all of it. */
  bestPrices(coin: string): BestPrices | undefined;
  knownAccounts(): readonly string[];
  conservation(): Conservation;
}
