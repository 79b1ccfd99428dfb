/**
 * Everything the venue remembers, as plain data, and the indexes derived from it.
 * `VenueState` alone is what a snapshot holds; `OrderIndex` is rebuilt from it. No rules in here.
 */
import { sha256Hex } from '../kernel/ids.ts';
import type { Micro } from './fixed-point.ts';
import type { NonceTable } from './nonces.ts';
import type { AssetTerms, Terms } from './terms.ts';
import { termsOf } from './terms.ts';
import type {
  Fill,
  FundingPayment,
  LeverageSetting,
  OrderUpdate,
  OrderView,
  VenueEvent,
} from './venue-types.ts';

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
  volumeUsd: Micro;
  readonly positions: Map<string, Position>;
  readonly leverage: Map<string, LeverageSetting>;
  readonly fundingAllTime: Map<string, Micro>;
  /** Oldest first, bounded; their entries are never changed. */
  readonly fills: Fill[];
  readonly history: OrderUpdate[];
  readonly payments: FundingPayment[];
  /** The last word on every order that is open or among the newest finished ones. */
  readonly latest: Map<number, OrderUpdate>;
  /** Finished orders, oldest first: what falls off the end is forgotten. */
  readonly finished: number[];
  readonly oidByCloid: Map<string, number>;
}

export interface Trigger {
  readonly px: Micro;
  readonly isMarket: boolean;
  readonly tpsl: 'tp' | 'sl';
  /** Fires when the mark is at or above the price (else at or below). */
  readonly isAbove: boolean;
  hasFired: boolean;
}

/** An order that is alive: being matched, resting, or a trigger that waits. */
export interface LiveOrder {
  readonly oid: number;
  readonly account: string;
  readonly coin: string;
  readonly isBuy: boolean;
  readonly limitPx: Micro;
  readonly origSz: Micro;
  left: Micro;
  readonly timestamp: number;
  readonly reduceOnly: boolean;
  readonly tif: NonNullable<OrderView['tif']>;
  readonly cloid: string | null;
  readonly trigger: Trigger | null;
  /** Time priority among orders at one price; set when the order starts to rest. */
  priority: number;
  /** Outside size at our price that is still before us. */
  queueAhead: Micro;
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

/** The books of a party that is no account. */
export interface HouseLedger {
  cash: Micro;
  readonly positions: Map<string, Micro>;
}

export interface VenueState {
  atMs: number;
  /** Counts inputs; names transactions (hashes). */
  inputs: number;
  nextOid: number;
  nextTrade: number;
  nextPriority: number;
  nextLiquidation: number;
  deposited: Micro;
  fees: Micro;
  funding: Micro;
  readonly outside: HouseLedger;
  readonly liquidator: HouseLedger;
  readonly accounts: Map<string, AccountState>;
  readonly markets: Map<string, MarketState>;
  readonly orders: Map<number, LiveOrder>;
  readonly nonces: NonceTable;
}

export interface CoinOrders {
  /** Resting orders, best price first, then oldest first. */
  readonly bids: LiveOrder[];
  readonly asks: LiveOrder[];
  /** Triggers that have not fired, oldest first. */
  readonly waiting: LiveOrder[];
}

export interface OrderIndex {
  readonly byCoin: Map<string, CoinOrders>;
  readonly byAccount: Map<string, Map<number, LiveOrder>>;
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
  /** The transaction's hash, once somebody asked for it. */
  hash: string | undefined;
}

export function emptyState(): VenueState {
  return {
    atMs: 0,
    inputs: 0,
    nextOid: 1_000_000_001,
    nextTrade: 1,
    nextPriority: 1,
    nextLiquidation: 1,
    deposited: 0n,
    fees: 0n,
    funding: 0n,
    outside: { cash: 0n, positions: new Map() },
    liquidator: { cash: 0n, positions: new Map() },
    accounts: new Map(),
    markets: new Map(),
    orders: new Map(),
    nonces: new Map(),
  };
}

export function emptyAccount(address: string): AccountState {
  return {
    address,
    cash: 0n,
    volumeUsd: 0n,
    positions: new Map(),
    leverage: new Map(),
    fundingAllTime: new Map(),
    fills: [],
    history: [],
    payments: [],
    latest: new Map(),
    finished: [],
    oidByCloid: new Map(),
  };
}

/** Leverage before the first updateLeverage: cross, 20x or the asset's most (an assumption). */
const DEFAULT_LEVERAGE = 20;

export function leverageOf(account: AccountState, asset: AssetTerms): LeverageSetting {
  return (
    account.leverage.get(asset.spec.name) ?? {
      type: asset.spec.onlyIsolated ? 'isolated' : 'cross',
      value: Math.min(DEFAULT_LEVERAGE, asset.spec.maxLeverage),
    }
  );
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

/** The hash of the transaction that is being applied: 32 bytes, the same in every replay. */
export function transactionHash(step: Step): string {
  step.hash ??= `0x${sha256Hex(`${step.terms.seed}|${step.state.inputs}`)}`;
  return step.hash;
}

const TRADE_ID_SPACE = 1n << 50n;
/** Odd, so that multiplying by it modulo 2^50 maps counters to ids one to one. */
const TRADE_ID_STRIDE = 0x2545f4914f6cdn | 1n;

/** A unique trade id below 2^50 that does not grow with time, as on the venue. */
export function nextTradeId(step: Step): number {
  const counter = BigInt(step.state.nextTrade);
  step.state.nextTrade += 1;
  return Number((counter * TRADE_ID_STRIDE + BigInt(step.terms.seed)) % TRADE_ID_SPACE);
}
