/**
 * The venue's physics as one deterministic, synchronous state machine.
 *
 * Inputs go in one at a time (outside market, signed actions, deposits, funding); a response and
 * events come out. No clock, no I/O, no randomness: the same inputs give the same outputs. It does
 * not parse wire JSON, recover signers, limit rates or model groups, TWAPs and auto-deleveraging.
 */
import { assertNever } from '../kernel/assert.ts';
import { accountSummary } from './account-summary.ts';
import { applyAction } from './actions.ts';
import { conservationOf } from './conservation.ts';
import { toMicro, wireText } from './fixed-point.ts';
import { payFunding } from './funding.ts';
import { liquidateTouched } from './liquidation.ts';
import { applyPrint, crossRestingOrders, forgetVanishedQueues } from './matching.ts';
import { accountOrders, rebuildIndex } from './order-index.ts';
import { viewOf } from './order-records.ts';
import { marketView, type ReadUpdate, readUpdate } from './outside-book.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import {
  emptyAccount,
  emptyState,
  leverageOf,
  type MarketState,
  type OrderIndex,
  type Step,
  type VenueState,
} from './state.ts';
import { readTerms, type Terms, termsOf } from './terms.ts';
import { fireTriggers } from './triggers.ts';
import type {
  ExchangeResponse,
  Venue,
  VenueConfig,
  VenueInput,
  VenueOutput,
  VenueSnapshot,
} from './venue-types.ts';

type MarketInput = Extract<VenueInput, { kind: 'market' }>;
type DepositInput = Extract<VenueInput, { kind: 'deposit' }>;

/** Prints meet our orders in the old book, then the new book replaces it and may cross them. */
function replaceMarket(step: Step, update: ReadUpdate, marketTimeMs: number): MarketState {
  const { coin, bids, asks, markPx, oraclePx } = update;
  const known = step.state.markets.get(coin);
  const market: MarketState = known ?? {
    coin,
    bids,
    asks,
    markPx,
    oraclePx,
    atMs: step.atMs,
    marketTimeMs,
  };
  step.state.markets.set(coin, market);
  market.marketTimeMs = marketTimeMs;
  market.atMs = step.atMs;
  for (const print of update.trades) applyPrint(step, coin, print);
  Object.assign(market, { bids, asks, markPx, oraclePx });
  forgetVanishedQueues(step, market);
  crossRestingOrders(step, market);
  return market;
}

function applyMarket(step: Step, input: MarketInput): void {
  const updates = input.updates.map((update) => readUpdate(step.terms, update));
  const markets = updates.map((update) => replaceMarket(step, update, input.marketTimeMs));
  for (const market of markets) fireTriggers(step, market);
  for (const account of step.state.accounts.values()) {
    if (markets.some((market) => account.positions.has(market.coin))) {
      step.touched.add(account.address);
    }
  }
}

function applyDeposit(step: Step, input: DepositInput): void {
  const amount = toMicro(input.usd, 'deposit.usd');
  if (amount <= 0n)
    throw new RangeError(`deposit.usd ${JSON.stringify(input.usd)}: must be positive`);
  const { account: address } = input;
  const account = step.state.accounts.get(address) ?? emptyAccount(address);
  step.state.accounts.set(address, account);
  account.cash += amount;
  step.state.deposited += amount;
  step.events.push({ kind: 'deposit', account: address, usdc: wireText(amount), time: step.atMs });
}

function applyInput(step: Step, input: VenueInput): ExchangeResponse | undefined {
  switch (input.kind) {
    case 'market':
      applyMarket(step, input);
      return undefined;
    case 'action':
      return applyAction(step, input);
    case 'deposit':
      applyDeposit(step, input);
      return undefined;
    case 'funding':
      payFunding(step, input.rates);
      return undefined;
    default:
      return assertNever(input);
  }
}

/** Time never runs backwards: an input stamped earlier than the last counts as simultaneous. */
function applyTo(terms: Terms, state: VenueState, index: OrderIndex, input: VenueInput) {
  const atMs = Math.max(input.atMs, state.atMs);
  const step: Step = {
    terms,
    state,
    index,
    atMs,
    events: [],
    touched: new Set(),
    hash: undefined,
  };
  const response = applyInput(step, input);
  liquidateTouched(step);
  // Only now, so that an input which was refused by an error has left no trace.
  state.atMs = atMs;
  state.inputs += 1;
  return { ...(response ? { response } : {}), events: step.events };
}

function venueOf(config: VenueConfig, state: VenueState): Venue {
  const terms = readTerms(config);
  const index = rebuildIndex(state);
  const books = { terms, state, index };
  const account = (address: string) => state.accounts.get(address);
  return {
    apply: (input): VenueOutput => applyTo(terms, state, index, input),
    snapshot: () => writeSnapshot(state),
    accountSummary: (address) => accountSummary(books, address),
    openOrders: (address) => [...accountOrders(index, address).values()].map(viewOf),
    orderByOid: (address, oid) => account(address)?.latest.get(oid),
    orderByCloid: (address, cloid) => {
      const oid = account(address)?.oidByCloid.get(cloid);
      return oid === undefined ? undefined : account(address)?.latest.get(oid);
    },
    fills: (address) => account(address)?.fills.toReversed() ?? [],
    historicalOrders: (address) => account(address)?.history.toReversed() ?? [],
    fundingPayments: (address) => account(address)?.payments.toReversed() ?? [],
    leverage: (address, coin) =>
      leverageOf(account(address) ?? emptyAccount(address), termsOf(terms, coin)),
    cumulativeVolume: (address) => wireText(account(address)?.volumeUsd ?? 0n),
    market: (coin) => marketView(state, index, coin),
    knownAccounts: () => [...state.accounts.keys()],
    conservation: () => conservationOf(state),
  };
}

/** A venue without accounts, orders or markets. @throws RangeError on a contradictory config. */
export function createVenue(config: VenueConfig): Venue {
  return venueOf(config, emptyState());
}

/** The venue that a snapshot was taken of, under the same configuration. */
export function restoreVenue(config: VenueConfig, snapshot: VenueSnapshot): Venue {
  return venueOf(config, readSnapshot(snapshot));
}
