/**
 * TWAP: a large order sent as slices over 5 minutes to 7 days. After each slice the part of the
 * size that is executed should be the part of the slices that was sent; a slice takes what it may
 * at most 3 % away from the mid, and what earlier slices missed is caught up by later ones of at
 * most three times the normal size. Slices come every 30 s, or less often so that each is worth
 * 10 USD. Source: the venue's documentation, "Order types". An end short of the size is no error.
 */

import type { VenueAction, WireTwapDetails } from '../contract/venue-actions.ts';
import type { ExchangeResponse } from '../contract/venue-answers.ts';
import type { TwapHistoryEntry } from '../contract/venue-records.ts';
import { canPlace } from '../margin/margin.ts';
import { reducibleSz } from '../margin/positions.ts';
import { midPx } from '../market/outside-book.ts';
import { nextSliceMs, noteDue } from '../state/due-times.ts';
import {
  MICRO,
  type Micro,
  mulDiv,
  notional,
  plainText,
  quotient,
  toMicro,
} from '../state/fixed-point.ts';
import { pushBounded, recordStatus } from '../state/order-records.ts';
import {
  type AccountState,
  accountOf,
  assetOf,
  type MarketState,
  marketOf,
  type PriceMark,
  type Step,
  type Twap,
} from '../state/state.ts';
import type { AssetTerms } from '../state/terms.ts';
import { tickAt } from './order-validation.ts';
import { executeOrder, takingOrder } from './placing.ts';
import { twapStateOf } from './twap-views.ts';

type TwapOrder = Extract<VenueAction, { type: 'twapOrder' }>;
type TwapCancel = Extract<VenueAction, { type: 'twapCancel' }>;

const LEAST_MINUTES = 5;
const MOST_MINUTES = 7 * 24 * 60;
const LEAST_VALUE: Micro = 100 * MICRO;
const LEAST_SLICE_VALUE: Micro = 10 * MICRO;
const SLICES_PER_MINUTE = 2;
const SLIPPAGE_PER_CENT = 3;
const CATCH_UP_FACTOR = 3;
/** The venue documents no limit; this one bounds what one account can make the venue keep. */
const MOST_TWAPS = 1000;

const REDUCES_NOTHING = 'Reduce-only TWAP order would increase position.';

function record(step: Step, twap: Twap, status: TwapHistoryEntry['status']): void {
  const time = Math.floor(step.atMs / 1000);
  const entry: TwapHistoryEntry = { time, state: twapStateOf(twap), status, twapId: twap.id };
  pushBounded(accountOf(step.state, twap.account).twaps, entry);
  step.events.push({ kind: 'twap', account: twap.account, entry });
}

function end(step: Step, twap: Twap, status: TwapHistoryEntry['status']): void {
  step.state.twaps.delete(twap.id);
  record(step, twap, status);
}

/** The furthest legal price that a slice may trade at, never beyond the slippage. */
function slicePx(step: Step, asset: AssetTerms, isBuy: boolean): Micro {
  const market = marketOf(step.state, asset.spec.name);
  const mid = midPx(market, step.index) ?? market.markPx;
  const slip = mulDiv(mid, SLIPPAGE_PER_CENT, 100);
  const px = isBuy ? mid + slip : mid - slip;
  const over = px % tickAt(asset, px);
  return isBuy || over === 0 ? px - over : px - over + tickAt(asset, px);
}

/** What the next slice is to execute: up to the target, at most three normal slices, whole lots. */
function wantedSz(twap: Twap, lot: Micro): Micro {
  const target = mulDiv(twap.sz, twap.sent, twap.slices);
  const most = Math.max(CATCH_UP_FACTOR * quotient(twap.sz, twap.slices), lot);
  const wanted = Math.min(target - twap.executedSz, most);
  return wanted - (wanted % lot);
}

/** Sends the next slice; the last one, or one that cannot be placed, ends the TWAP. */
export function sendSlice(step: Step, twap: Twap): void {
  const account = accountOf(step.state, twap.account);
  const { coin, isBuy, reduceOnly } = twap;
  const asset = assetOf(step, coin);
  twap.sent += 1;
  let left = wantedSz(twap, asset.lot);
  if (reduceOnly) {
    left = Math.min(left, reducibleSz(account, coin, isBuy));
    if (reducibleSz(account, coin, isBuy) === 0) {
      end(step, twap, { status: 'error', description: REDUCES_NOTHING });
      return;
    }
  }
  if (left > 0) {
    const limitPx = slicePx(step, asset, isBuy);
    const facts = { account: account.address, coin, isBuy, limitPx, left, reduceOnly };
    const order = takingOrder(step, { ...facts, tif: 'Ioc', twapId: twap.id });
    if (!reduceOnly && !canPlace(step, account, order)) {
      recordStatus(step, order, 'perpMarginRejected');
      end(step, twap, { status: 'error', description: 'Insufficient margin to place order.' });
      return;
    }
    recordStatus(step, order, 'open');
    const taken = executeOrder(step, order);
    twap.executedSz += taken.sz;
    twap.executedUsd += taken.usd;
  }
  if (twap.sent === twap.slices || twap.executedSz === twap.sz) {
    end(step, twap, { status: 'finished' });
  }
}

function priceMarkOf(text: string, isAbove: boolean | undefined, markPx: Micro): PriceMark {
  const px = toMicro(text, 'details');
  return { px, isAbove: isAbove ?? px >= markPx };
}

const isReached = (mark: PriceMark, markPx: Micro): boolean =>
  mark.isAbove ? markPx >= mark.px : markPx <= mark.px;

/** Starts the TWAPs whose price the mark has reached, and ends those whose last price it has. */
export function watchTwaps(step: Step, market: MarketState): void {
  for (const twap of step.state.twaps.values()) {
    if (twap.coin !== market.coin) continue;
    if (twap.stop && isReached(twap.stop, market.markPx)) end(step, twap, { status: 'stopped' });
    else if (twap.start && twap.startedMs === null && isReached(twap.start, market.markPx)) {
      twap.startedMs = step.atMs;
      record(step, twap, { status: 'activated' });
      noteDue(step.state, step.atMs);
    }
  }
}

interface ReadTwap {
  readonly asset: AssetTerms;
  readonly sz: Micro;
  readonly usd: Micro;
  readonly start: PriceMark | null;
  readonly stop: PriceMark | null;
}

function readNumbers(
  asset: AssetTerms,
  market: MarketState,
  size: string,
  details: WireTwapDetails | undefined,
): ReadTwap | string {
  try {
    const sz = toMicro(size);
    if (sz <= 0 || sz % asset.lot !== 0) return 'Order has invalid size.';
    const { t: start = null, s: stop = null } = details ?? {};
    return {
      asset,
      sz,
      usd: notional(market.markPx, sz),
      start: start && priceMarkOf(start.p, start.a, market.markPx),
      stop: stop === null ? null : priceMarkOf(stop, undefined, market.markPx),
    };
  } catch {
    return 'Order has invalid size.';
  }
}

/** The numbers of a TWAP that may run, or the reason why not; texts as recorded, where they are. */
function readTwap(step: Step, account: AccountState, action: TwapOrder): ReadTwap | string {
  const { a, b, s, r, m } = action.twap;
  const asset = step.terms.assets[a];
  if (!asset) return 'Order has invalid asset.';
  const market = step.state.markets.get(asset.spec.name);
  if (!market || asset.spec.isDelisted) return 'Trading is halted.';
  if (!Number.isInteger(m) || m < LEAST_MINUTES || m > MOST_MINUTES) {
    return `Invalid TWAP duration: ${m} min(s)`;
  }
  const read = readNumbers(asset, market, s, action.details);
  if (typeof read === 'string') return read;
  if (read.usd < LEAST_VALUE) {
    return `TWAP order value too small. Min is $${plainText(LEAST_VALUE)}.`;
  }
  if (r && reducibleSz(account, asset.spec.name, b) === 0) return REDUCES_NOTHING;
  const own = [...step.state.twaps.values()].filter((twap) => twap.account === account.address);
  return own.length >= MOST_TWAPS ? 'Too many open orders' : read;
}

/** Starts a TWAP, or lets it wait for its price. The first slice is sent at once. */
export function placeTwap(step: Step, account: AccountState, action: TwapOrder): ExchangeResponse {
  const read = readTwap(step, account, action);
  if (typeof read === 'string') {
    return { status: 'ok', response: { type: 'twapOrder', data: { status: { error: read } } } };
  }
  const { b, r, m, t } = action.twap;
  const affordable = quotient(read.usd, LEAST_SLICE_VALUE);
  const twap: Twap = {
    id: step.state.nextTwap,
    account: account.address,
    coin: read.asset.spec.name,
    isBuy: b,
    sz: read.sz,
    reduceOnly: r,
    minutes: m,
    isRandom: t,
    timestamp: step.atMs,
    slices: Math.min(SLICES_PER_MINUTE * m + 1, affordable),
    startedMs: read.start ? null : step.atMs,
    start: read.start,
    stop: read.stop,
    sent: 0,
    executedSz: 0,
    executedUsd: 0,
  };
  step.state.nextTwap += 1;
  step.state.twaps.set(twap.id, twap);
  record(step, twap, { status: read.start ? 'waitingForTrigger' : 'activated' });
  if (!read.start) sendSlice(step, twap);
  noteDue(step.state, nextSliceMs(twap, step.terms.seed));
  const running = { twapId: twap.id };
  return { status: 'ok', response: { type: 'twapOrder', data: { status: { running } } } };
}

export function cancelTwap(
  step: Step,
  account: AccountState,
  { a, t }: TwapCancel,
): ExchangeResponse {
  const twap = step.state.twaps.get(t);
  const coin = step.terms.assets[a]?.spec.name;
  const isOurs = twap?.account === account.address && twap.coin === coin;
  if (twap && isOurs) end(step, twap, { status: 'terminated' });
  const text = 'TWAP was never placed, already canceled, or filled.';
  const status = isOurs ? 'success' : { error: text };
  return { status: 'ok', response: { type: 'twapCancel', data: { status } } };
}
