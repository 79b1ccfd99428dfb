/**
 * The venue's physics as one deterministic, synchronous state machine.
 *
 * Inputs go in one at a time (outside market, signed actions, deposits, funding); a response and
 * events come out. No clock, no I/O, no randomness: the same inputs give the same outputs. What
 * falls due in between (scheduled cancels, slices of TWAPs) happens before the next input. It does
 * not parse wire JSON, recover signers, limit rates or model auto-deleveraging.
 */
import { assertNever } from '../kernel/assert.ts';
import { accountReads } from './accounts/account-reads.ts';
import { accountSummary } from './accounts/account-summary.ts';
import { applyAccountSettings, countTrade } from './accounts/fees.ts';
import type { ExchangeResponse } from './contract/venue-answers.ts';
import type { VenueConfig } from './contract/venue-config.ts';
import type { VenueEvent, VenueOutput } from './contract/venue-events.ts';
import type { VenueInput } from './contract/venue-inputs.ts';
import type { Venue, VenueSnapshot } from './contract/venue-interface.ts';
import { payFunding } from './margin/funding.ts';
import { liquidateTouched } from './margin/liquidation.ts';
import { type Books, MOST_CASH } from './margin/margin.ts';
import { bestPricesView, marketView, type ReadUpdate, readUpdate } from './market/outside-book.ts';
import { applyAction } from './orders/actions.ts';
import { applyPrint, crossRestingOrders, forgetVanishedQueues } from './orders/matching.ts';
import { isAtOpenInterestCap } from './orders/order-caps.ts';
import { fireTriggers } from './orders/triggers.ts';
import { watchTwaps } from './orders/twap.ts';
import { runningTwaps, sliceFills } from './orders/twap-views.ts';
import { conservationOf } from './state/conservation.ts';
import { performDue } from './state/due.ts';
import { nextDueMs } from './state/due-times.ts';
import { MICRO, plainText, toMicro, wireText } from './state/fixed-point.ts';
import { recordLedger } from './state/ledger.ts';
import { rebuildIndex } from './state/order-index.ts';
import { newestFirst } from './state/order-records.ts';
import { updateOf } from './state/order-rows.ts';
import { familyView, openViews } from './state/order-views.ts';
import { readSnapshot, writeSnapshot } from './state/snapshot.ts';
import {
  emptyAccount,
  emptyState,
  leverageOf,
  type MarketState,
  type Step,
  type VenueState,
} from './state/state.ts';
import { readTerms, termsOf } from './state/terms.ts';
import { fillOf } from './state/trade-rows.ts';

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
  for (const print of update.trades) {
    countTrade(step, (BigInt(print.px) * BigInt(print.sz)) / BigInt(MICRO));
    applyPrint(step, coin, print);
  }
  Object.assign(market, { bids, asks, markPx, oraclePx });
  forgetVanishedQueues(step, market);
  crossRestingOrders(step, market);
  return market;
}

function applyMarket(step: Step, input: MarketInput): void {
  const updates = input.updates.map((update) => readUpdate(step.terms, update));
  step.state.marketTimeMs = Math.max(step.state.marketTimeMs, input.marketTimeMs);
  const markets = updates.map((update) => replaceMarket(step, update, input.marketTimeMs));
  for (const market of markets) fireTriggers(step, market);
  for (const market of markets) watchTwaps(step, market);
  for (const account of step.state.accounts.values()) {
    if (markets.some((market) => account.positions.has(market.coin))) {
      step.touched.add(account.address);
    }
  }
}

/** @throws RangeError for no positive amount, or one that makes the account too large to count. */
function applyDeposit(step: Step, input: DepositInput): void {
  const amount = toMicro(input.usd, 'deposit.usd');
  if (amount <= 0)
    throw new RangeError(`deposit.usd ${JSON.stringify(input.usd)}: must be positive`);
  const { account: address } = input;
  const account = step.state.accounts.get(address) ?? emptyAccount(address);
  if (account.cash + amount > MOST_CASH) {
    const rule = `must bring the account to at most ${plainText(MOST_CASH)} USD`;
    throw new RangeError(`deposit.usd ${JSON.stringify(input.usd)}: ${rule}`);
  }
  step.state.accounts.set(address, account);
  account.cash += amount;
  step.state.deposited += BigInt(amount);
  const usdc = wireText(amount);
  step.events.push({ kind: 'deposit', account: address, usdc, time: step.atMs });
  recordLedger(step, account, { type: 'deposit', usdc });
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
    case 'accountSettings':
      applyAccountSettings(step, input);
      return undefined;
    case 'funding':
      payFunding(step, input.rates);
      return undefined;
    case 'clock':
      return undefined;
    default:
      return assertNever(input);
  }
}

/** The books, and what is used again from input to input. */
interface Workbench extends Books {
  /** Events that an input which failed had no chance to tell of. */
  readonly untold: VenueEvent[];
  readonly touched: Set<string>;
}

/** Time never runs backwards: an input stamped earlier than the last counts as simultaneous. */
function applyTo(
  { terms, state, index, untold, touched }: Workbench,
  input: VenueInput,
): VenueOutput {
  const atMs = Math.max(input.atMs, state.atMs);
  const step: Step = {
    terms,
    state,
    index,
    atMs,
    events: untold.length === 0 ? [] : untold.splice(0),
    touched,
  };
  if (touched.size > 0) touched.clear();
  performDue(step);
  const told = step.events.length;
  let response: ExchangeResponse | undefined;
  try {
    response = applyInput(step, input);
  } catch (error) {
    // What was due has happened all the same, and the next input will tell of it.
    untold.push(...step.events.slice(0, told));
    for (const address of touched) state.suspects.add(address);
    throw error;
  }
  liquidateTouched(step);
  // Only now, so that an input which was refused by an error has left no trace.
  state.atMs = atMs;
  state.inputs += 1;
  return response ? { response, events: step.events } : { events: step.events };
}

function venueOf(config: VenueConfig, state: VenueState): Venue {
  const terms = readTerms(config);
  const index = rebuildIndex(state);
  const books: Workbench = { terms, state, index, untold: [], touched: new Set() };
  const account = (address: string) => state.accounts.get(address);
  const orderByOid = (address: string, oid: number) => {
    const row = account(address)?.latest.get(oid);
    const live = row?.tie ? state.orders.get(oid) : undefined;
    return row && (live ? { ...updateOf(row), order: familyView(index, live) } : updateOf(row));
  };
  return {
    ...accountReads(books),
    apply: (input) => applyTo(books, input),
    snapshot: () => writeSnapshot(state),
    accountSummary: (address) => accountSummary(books, address),
    openOrders: (address) => openViews(index, address),
    orderByOid,
    orderByCloid: (address, cloid) => {
      const oid = account(address)?.oidByCloid.get(cloid);
      return oid === undefined ? undefined : orderByOid(address, oid);
    },
    fills: (address) => newestFirst(account(address)?.fills ?? []).map((row) => fillOf(terms, row)),
    historicalOrders: (address) => newestFirst(account(address)?.history ?? []).map(updateOf),
    fundingPayments: (address) => newestFirst(account(address)?.payments ?? []),
    twapStates: (address) => runningTwaps(state, address),
    twapHistory: (address) => newestFirst(account(address)?.twaps ?? []),
    twapSliceFills: (address) => sliceFills(terms, account(address)),
    scheduledCancelMs: (address) => state.scheduledCancels.get(address),
    coinsAtOpenInterestCap: () =>
      terms.assets
        .filter((asset) => isAtOpenInterestCap(books, asset))
        .map((asset) => asset.spec.name),
    nextDueMs: () => nextDueMs(state),
    leverage: (address, coin) =>
      leverageOf(account(address) ?? emptyAccount(address), termsOf(terms, coin)),
    cumulativeVolume: (address) => wireText(account(address)?.volumeUsd ?? 0n),
    market: (coin) => marketView(state, index, coin),
    bestPrices: (coin) => bestPricesView(state, index, coin),
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
