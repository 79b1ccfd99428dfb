/**
 * Everything the venue remembers, as plain data, and the indexes derived from it.
 * `VenueState` alone is what a snapshot holds; `OrderIndex` is rebuilt from it. No rules in here.
 */
import {
  type Agent,
  type DayVolume,
  emptyStanding,
  type Standing,
} from '../accounts/account-standing.ts';
import type { VenueEvent } from '../contract/venue-events.ts';
import type {
  FundingPayment,
  OrderStatus,
  OrderView,
  TwapHistoryEntry,
} from '../contract/venue-records.ts';
import type { LeverageSetting } from '../contract/venue-views.ts';
import type { Micro, Rate, WideMicro } from './fixed-point.ts';
import type { LedgerUpdate } from './ledger-records.ts';
import type { NonceTable } from './nonces.ts';
import type { AssetTerms, Terms } from './terms.ts';
import { termsOf } from './terms.ts';
import type { FillRow } from './trade-rows.ts';

/** The counterparty of every fill against the outside book; its books are the `outside` ledger. */
export const OUTSIDE_ADDRESS = '0x0000000000000000000000000000000000000001';
/** Takes over what is liquidated by backstop; its books are the `liquidator` ledger. */
export const LIQUIDATOR_ADDRESS = '0x0000000000000000000000000000000000000002';

export interface Position {
  readonly coin: string;
  /** Signed size; never zero: a closed position is removed. */
  szi: Micro;
  /** What the present size was entered for, unsigned. */
  entryUsd: Micro;
  /** The cash set aside for an isolated position (negative for a long), null when cross. */
  isolatedUsd: Micro | null;
  /** Funding paid (positive) since the position was opened, and since it was last changed. */
  fundingSinceOpen: Micro;
  fundingSinceChange: Micro;
}

export interface AccountState {
  readonly address: string;
  /** Raw USD of the cross account: falls by size x price on a buy, rises on a sale. */
  cash: Micro;
  /** USDC outside of the perpetuals: no margin. */
  spotUsd: Micro;
  volumeUsd: WideMicro;
  readonly positions: Map<string, Position>;
  readonly leverage: Map<string, LeverageSetting>;
  readonly fundingAllTime: Map<string, Micro>;
  /** Oldest first, bounded; their entries are never changed. */
  readonly fills: FillRow[];
  readonly history: OrderRow[];
  readonly payments: FundingPayment[];
  readonly twaps: TwapHistoryEntry[];
  /** Until then liquidation sells whole positions, since it has sold a part of one. */
  wholeLiquidationUntilMs: number;
  readonly ledger: LedgerUpdate[];
  /** The last word on every order that is open or among the newest finished ones. */
  readonly latest: Map<number, OrderRow>;
  /** The newest finished orders, as a ring: the next one takes the place of the oldest. */
  readonly finished: number[];
  finishedCount: number;
  readonly oidByCloid: Map<string, number>;
  readonly standing: Standing;
}

/** Who is paid for having built the order's client, and how much. */
export interface OrderBuilder {
  readonly address: string;
  readonly rate: Rate;
}

export interface Trigger {
  readonly px: Micro;
  readonly isMarket: boolean;
  readonly tpsl: 'tp' | 'sl';
  /** Fires when the mark is at or above the price (else at or below). */
  readonly isAbove: boolean;
  readonly hasFired: boolean;
}

/** What ties an order to the others of its group, or to the position. */
export interface Tie {
  /** The oid of the group's first order. */
  readonly group: number;
  /** A held child waits until its parent has filled; siblings end when one of them has filled. */
  readonly role: 'parent' | 'held' | 'sibling';
  readonly isPositionTpsl: boolean;
  /** Its size is what the position's is when it fires. */
  readonly isWholePosition: boolean;
}

/** An order that is alive: being matched, resting, or a trigger that waits. */
export interface LiveOrder {
  readonly oid: number;
  readonly account: string;
  readonly coin: string;
  readonly isBuy: boolean;
  readonly limitPx: Micro;
  origSz: Micro;
  left: Micro;
  readonly timestamp: number;
  readonly reduceOnly: boolean;
  readonly tif: NonNullable<OrderView['tif']>;
  readonly cloid: string | null;
  readonly builder: OrderBuilder | null;
  trigger: Trigger | null;
  tie: Tie | null;
  /** The TWAP that it is a slice of. */
  readonly twapId: number | null;
  /** Time priority among orders at one price; set when the order starts to rest. */
  priority: number;
  /** Outside size at our price that is still before us. */
  queueAhead: Micro;
}

/** What a view of an order shows: all of a live order but its place in the queue. */
export type OrderFacts = Readonly<
  Omit<LiveOrder, 'account' | 'builder' | 'priority' | 'queueAhead'>
>;

/** An order as it was at one moment; never changed. */
export interface OrderRow extends OrderFacts {
  readonly status: OrderStatus;
  readonly statusTimestamp: number;
}

export interface OutsideLevel {
  readonly px: Micro;
  /** What is left of the level: taken depth stays taken until the next update. */
  sz: Micro;
  readonly n: number;
}

export interface MarketState {
  readonly coin: string;
  /** Best first. */
  bids: OutsideLevel[];
  asks: OutsideLevel[];
  markPx: Micro;
  oraclePx: Micro;
  atMs: number;
  marketTimeMs: number;
}

/** The books of a party that is no account: the other side of everybody, for all time. */
export interface HouseLedger {
  cash: WideMicro;
  readonly positions: Map<string, WideMicro>;
}

/** How often an account's scheduled cancel fired on one UTC day. */
export interface CancelFirings {
  readonly day: number;
  readonly count: number;
}

export interface PriceMark {
  readonly px: Micro;
  readonly isAbove: boolean;
}

/** A TWAP that is running or waits for its price. */
export interface Twap {
  readonly id: number;
  readonly account: string;
  readonly coin: string;
  readonly isBuy: boolean;
  readonly sz: Micro;
  readonly reduceOnly: boolean;
  readonly minutes: number;
  readonly isRandom: boolean;
  readonly timestamp: number;
  readonly slices: number;
  /** Null until the mark has reached the start price. */
  startedMs: number | null;
  readonly start: PriceMark | null;
  readonly stop: PriceMark | null;
  sent: number;
  executedSz: Micro;
  executedUsd: Micro;
}

export interface VenueState {
  atMs: number;
  /** The newest moment that any market has been shown: the market's clock, which only goes forward. */
  marketTimeMs: number;
  /** Counts inputs; names transactions (hashes). */
  inputs: number;
  nextOid: number;
  nextTrade: number;
  nextPriority: number;
  nextLiquidation: number;
  nextTwap: number;
  /** Nothing is due before. */
  nextDueMs: number;
  deposited: WideMicro;
  withdrawn: WideMicro;
  fees: WideMicro;
  funding: WideMicro;
  readonly outside: HouseLedger;
  readonly liquidator: HouseLedger;
  readonly accounts: Map<string, AccountState>;
  readonly markets: Map<string, MarketState>;
  readonly orders: Map<number, LiveOrder>;
  /** When all orders of an account will be cancelled. */
  readonly scheduledCancels: Map<string, number>;
  readonly cancelFirings: Map<string, CancelFirings>;
  readonly twaps: Map<number, Twap>;
  /** Accounts that liquidation looks at with the next input, whatever that is. */
  readonly suspects: Set<string>;
  readonly nonces: NonceTable;
  /** By address; also those that were removed. */
  readonly agents: Map<string, Agent>;
  /** What everybody traded, the outside world included: oldest first, bounded. */
  readonly days: DayVolume[];
}

export interface CoinOrders {
  /** Resting orders, served from the end, where most change is: best price last, oldest last. */
  readonly bids: LiveOrder[];
  readonly asks: LiveOrder[];
  /** Triggers that have not fired, oldest first. */
  readonly waiting: LiveOrder[];
}

/** An account's live orders in a coin: how many, and what those that hold margin are worth. */
export interface CoinExposure {
  readonly coin: string;
  orders: number;
  reduceOnlyOrders: number;
  /** The mark that the sums are for. */
  markPx: Micro;
  buysUsd: Micro;
  sellsUsd: Micro;
}

export interface OrderIndex {
  readonly byCoin: Map<string, CoinOrders>;
  readonly byAccount: Map<string, Map<number, LiveOrder>>;
  /** By account, then by coin; only of coins with orders. */
  readonly exposures: Map<string, Map<string, CoinExposure>>;
}

/** One input being applied: the state, the clock, and the events so far. */
export interface Step {
  readonly terms: Terms;
  readonly state: VenueState;
  readonly index: OrderIndex;
  readonly atMs: number;
  readonly events: VenueEvent[];
  /** Accounts whose equity or positions changed and must be looked at for liquidation. */
  readonly touched: Set<string>;
}

/** Later than any time. */
export const NEVER_MS = Number.MAX_SAFE_INTEGER;

export function emptyState(): VenueState {
  return {
    atMs: 0,
    marketTimeMs: 0,
    inputs: 0,
    nextOid: 1_000_000_001,
    nextTrade: 1,
    nextPriority: 1,
    nextLiquidation: 1,
    nextTwap: 1,
    nextDueMs: NEVER_MS,
    deposited: 0n,
    withdrawn: 0n,
    fees: 0n,
    funding: 0n,
    outside: { cash: 0n, positions: new Map() },
    liquidator: { cash: 0n, positions: new Map() },
    accounts: new Map(),
    markets: new Map(),
    orders: new Map(),
    scheduledCancels: new Map(),
    cancelFirings: new Map(),
    twaps: new Map(),
    suspects: new Set(),
    nonces: new Map(),
    agents: new Map(),
    days: [],
  };
}

export function emptyAccount(address: string, standing = emptyStanding()): AccountState {
  return {
    address,
    cash: 0,
    spotUsd: 0,
    volumeUsd: 0n,
    positions: new Map(),
    leverage: new Map(),
    fundingAllTime: new Map(),
    fills: [],
    history: [],
    payments: [],
    twaps: [],
    wholeLiquidationUntilMs: 0,
    ledger: [],
    latest: new Map(),
    finished: [],
    finishedCount: 0,
    oidByCloid: new Map(),
    standing,
  };
}

/** Leverage before the first updateLeverage: cross, 20x or the asset's most (an assumption). */
export const DEFAULT_LEVERAGE = 20;

export function leverageOf(account: AccountState, asset: AssetTerms): LeverageSetting {
  return (
    account.leverage.get(asset.spec.name) ?? {
      type: asset.isOnlyIsolated ? 'isolated' : 'cross',
      value: Math.min(DEFAULT_LEVERAGE, asset.spec.maxLeverage),
    }
  );
}

/** The account, which is opened when it does not exist. */
export function openAccount(state: VenueState, address: string): AccountState {
  const account = state.accounts.get(address) ?? emptyAccount(address);
  state.accounts.set(address, account);
  return account;
}

/** The account of an order or position that exists. @throws RangeError when it does not. */
export function accountOf(state: VenueState, address: string): AccountState {
  const account = state.accounts.get(address);
  if (!account) throw new RangeError(`account ${address}: unknown`);
  return account;
}

/** The market of a coin that has one. @throws RangeError before the coin's first update. */
export function marketOf(state: VenueState, coin: string): MarketState {
  const market = state.markets.get(coin);
  if (!market) throw new RangeError(`coin ${coin}: has no market yet`);
  return market;
}

export const assetOf = (step: Step, coin: string): AssetTerms => termsOf(step.terms, coin);

const TRADE_ID_SPACE = 2 ** 50;
const HALF_SPACE = 2 ** 25;
/** Odd, so that multiplying by it modulo 2^50 maps counters to ids one to one. */
const TRADE_ID_STRIDE = 0x2545f4914f6cd;
const STRIDE_LOW = TRADE_ID_STRIDE % HALF_SPACE;
const STRIDE_HIGH = (TRADE_ID_STRIDE - STRIDE_LOW) / HALF_SPACE;

/** A unique trade id below 2^50 that does not grow with time, as on the venue. */
export function nextTradeId(step: Step): number {
  const counter = step.state.nextTrade;
  step.state.nextTrade += 1;
  // counter x stride modulo 2^50, in halves of 25 bits so that every product is exact.
  const low = counter % HALF_SPACE;
  const high = ((counter - low) / HALF_SPACE) % HALF_SPACE;
  const middle = ((high * STRIDE_LOW) % HALF_SPACE) + ((low * STRIDE_HIGH) % HALF_SPACE);
  const mixed = (middle % HALF_SPACE) * HALF_SPACE + low * STRIDE_LOW;
  return ((mixed % TRADE_ID_SPACE) + (step.terms.seed % TRADE_ID_SPACE)) % TRADE_ID_SPACE;
}
