/**
 * Captures where the mid went after each fill, and where it was when an order ended unfilled. What
 * runs beside the user stream takes the mid of the quotes at its moment; a sweep finds what nobody
 * took (the process was dead, the stream was late) and asks the venue's candles. Every price says
 * which moment it is of, so a late one is never taken for one in time. Nothing waits for any of this.
 */

import type { OrderView } from '../domain/execution/order-view.ts';
import {
  type CandleEnds,
  type DueMarkout,
  dueMarkouts,
  type FillKey,
  nearestEnd,
  type PriceMark,
  toleranceMs,
} from '../domain/execution/quality/markout.ts';
import { decimal, type Px, px } from '../domain/kernel/decimal.ts';
import type { AccountAddress } from '../domain/kernel/ids.ts';
import type { MarketDataPort } from './ports/market-data.ts';
import type { FillMarkout, PriceHistoryPort, QualityPort } from './ports/quality.ts';
import type { VenuePort } from './ports/venue.ts';

export interface MarkoutPorts {
  readonly venue: Pick<VenuePort, 'exchangeTimeMs'>;
  readonly market: Pick<MarketDataPort, 'glance' | 'midPx'>;
  readonly quality: QualityPort;
  readonly history: PriceHistoryPort;
}

const SWEEP_EVERY_MS = 15_000;
/** The venue keeps 5,000 candles of a minute: of what is older no price can be had. */
const FIRST_SWEEP_BACK_MS = 3 * 86_400_000;
/** Later sweeps only look for what was heard, and not captured, since the one before. */
const SWEEP_BACK_MS = 600_000;
const SWEEP_ROWS = 500;
/** A price is looked for in candles this far around its moment. */
const CANDLE_REACH_MS = 60_000;
/** The quotes may still be taken for what was due this short a time ago; later it is for the sweep. */
const LATEST_MID_MS = 10_000;
/** The venue's clock, as it was read last, is not further behind the fills that it tells of. */
const FILL_AHEAD_MS = 60_000;
/** What was taken is stored together: nobody waits for it, and orders wait for the same ledger. */
const STORE_AFTER_MS = 500;
/** The minute of a moment must have closed before its candle is whole. */
const CANDLE_AFTER_MS = 65_000;

/** The mid now, if the streams know it. */
export function midNow(market: Pick<MarketDataPort, 'glance'>, asset: string): Px | undefined {
  const seen = market.glance(asset);
  return seen && px(decimal(seen.bidPx).plus(decimal(seen.askPx)).div(2));
}

const keyOf = ({ fill, horizonMs }: Pick<DueMarkout, 'fill' | 'horizonMs'>): string =>
  `${fill.asset}:${fill.timeMs}:${fill.tid}:${fill.oid}:${horizonMs}`;

/** Records the mid when an order ends that was sent and leaves something unfilled. */
export function createEndCapture({
  venue,
  market,
  quality,
}: Omit<MarkoutPorts, 'history'>): (view: OrderView) => Promise<void> {
  return async ({ intent, cloid, filledBase }) => {
    const isWhole = decimal(filledBase).gte(decimal(intent.sizeBase));
    const mid = midNow(market, intent.asset);
    if (isWhole || cloid === undefined || mid === undefined) return;
    const nowMs = await venue.exchangeTimeMs();
    const mark = { source: 'mid', px: mid, priceMs: nowMs, takenMs: nowMs } as const;
    await quality.recordEnd(intent.account, intent.intentId, mark);
  };
}

interface Moment {
  readonly asset: string;
  readonly atMs: number;
}

/** Prices of past moments, with one question to the venue per asset. */
async function pastPrices(
  history: PriceHistoryPort,
  moments: readonly Moment[],
  takenMs: number,
): Promise<readonly PriceMark[]> {
  const candles = new Map<string, readonly CandleEnds[]>();
  for (const [asset, of] of Map.groupBy(moments, (moment) => moment.asset)) {
    const times = of.map(({ atMs }) => atMs);
    const from = Math.min(...times) - CANDLE_REACH_MS;
    candles.set(
      asset,
      await history.minuteCandles(asset, from, Math.max(...times) + CANDLE_REACH_MS),
    );
  }
  return moments.map(({ asset, atMs }): PriceMark => {
    const end = nearestEnd(candles.get(asset) ?? [], atMs);
    const isNear = end !== undefined && Math.abs(end.priceMs - atMs) <= CANDLE_REACH_MS;
    return isNear ? { source: 'candle', ...end, takenMs } : { source: 'none', takenMs };
  });
}

/** Finds and prices the markouts that nobody took in time. @returns how many were stored */
export async function sweepMarkouts(
  { quality, history }: Pick<MarkoutPorts, 'quality' | 'history'>,
  account: AccountAddress,
  sinceMs: number,
  nowMs: number,
): Promise<number> {
  const rows = await quality.unmarkedFills(account, sinceMs, SWEEP_ROWS);
  const overdue = rows
    .flatMap(({ fill, known }) => dueMarkouts(fill, known))
    .filter(({ dueMs }) => nowMs - dueMs > CANDLE_AFTER_MS);
  const moments = overdue.map(({ fill, dueMs }) => ({ asset: fill.asset, atMs: dueMs }));
  const prices = await pastPrices(history, moments, nowMs);
  const found = overdue.flatMap(({ fill, horizonMs }, index): FillMarkout[] => {
    const price = prices[index];
    return price === undefined ? [] : [{ fill, markout: { ...price, horizonMs } }];
  });
  await quality.recordMarkouts(account, found);
  return found.length;
}

/** The same for orders that ended unfilled. */
export async function sweepEnds(
  { quality, history }: Pick<MarkoutPorts, 'quality' | 'history'>,
  account: AccountAddress,
  sinceMs: number,
  nowMs: number,
): Promise<number> {
  const rows = await quality.unmarkedEnds(account, sinceMs, SWEEP_ROWS);
  const overdue = rows.filter(({ endedMs }) => nowMs - endedMs > CANDLE_AFTER_MS);
  const moments = overdue.map(({ asset, endedMs }) => ({ asset, atMs: endedMs }));
  const prices = await pastPrices(history, moments, nowMs);
  for (const [index, { intentId }] of overdue.entries()) {
    const price = prices[index];
    if (price !== undefined) await quality.recordEnd(account, intentId, price);
  }
  return overdue.length;
}

export interface MarkoutWatch {
  /** Fills that were just recorded. */
  note(fills: readonly FillKey[]): void;
  /** Captures until the signal aborts. Never rejects: a price that is missed is found by a sweep. */
  run(signal: AbortSignal): Promise<void>;
}

/** Runs `work` after a pause, over and over, until the signal aborts. */
async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work().catch(() => undefined);
    const rest = Promise.withResolvers<void>();
    const timer = setTimeout(rest.resolve, ms);
    signal.addEventListener('abort', () => rest.resolve(), { once: true });
    if (signal.aborted) rest.resolve();
    await rest.promise;
    clearTimeout(timer);
  }
}

/** @param account whose fills are watched */
export function createMarkoutWatch(ports: MarkoutPorts, account: AccountAddress): MarkoutWatch {
  const pending = new Map<string, NodeJS.Timeout>();
  /** Priced, and not stored yet. */
  let priced: FillMarkout[] = [];
  let storing: Promise<void> = Promise.resolve();
  let storeTimer: NodeJS.Timeout | undefined;
  /** The venue's clock less ours. */
  let offsetMs = 0;
  let isRunning = false;
  let backMs = FIRST_SWEEP_BACK_MS;

  const venueNowMs = (): number => Math.round(Date.now() + offsetMs);
  const store = async (): Promise<void> => {
    const batch = priced;
    priced = [];
    // What cannot be stored now is found by a sweep: late, and saying so.
    await ports.quality.recordMarkouts(account, batch).catch(() => undefined);
  };
  /** One write at a time. */
  const storeNow = (): Promise<void> => {
    clearTimeout(storeTimer);
    storeTimer = undefined;
    storing = storing.then(store);
    return storing;
  };
  const take = (due: DueMarkout): void => {
    pending.delete(keyOf(due));
    const nowMs = venueNowMs();
    const mid = midNow(ports.market, due.fill.asset);
    if (mid === undefined || nowMs - due.dueMs > LATEST_MID_MS) return;
    const { fill, horizonMs } = due;
    const mark = { source: 'mid', px: mid, priceMs: nowMs, takenMs: nowMs } as const;
    priced.push({ fill, markout: { ...mark, horizonMs } });
    storeTimer ??= setTimeout(storeNow, STORE_AFTER_MS);
  };
  /** A process that has just begun follows no quotes yet: asking for a mid makes it follow them. */
  const listenTo = (asset: string): void => {
    if (ports.market.glance(asset) !== undefined) return;
    ports.market.midPx(asset).catch(() => undefined);
  };
  const plan = (due: DueMarkout): void => {
    const key = keyOf(due);
    const waitMs = due.dueMs - venueNowMs();
    const slackMs = toleranceMs(due.horizonMs);
    // What is late beyond use is left to the sweep; so is a fill from hours to come: the venue's clock
    // has jumped since it was read, and a timer that long would be kept for nothing.
    const isSoon = waitMs >= -slackMs && waitMs <= due.horizonMs + FILL_AHEAD_MS;
    if (pending.has(key) || !isSoon) return;
    listenTo(due.fill.asset);
    pending.set(
      key,
      setTimeout(() => take(due), Math.max(0, waitMs)),
    );
  };
  const note = (fills: readonly FillKey[]): void => {
    if (!isRunning) return;
    for (const { asset, timeMs, tid, oid } of fills) {
      for (const due of dueMarkouts({ asset, timeMs, tid, oid })) plan(due);
    }
  };
  const sweep = async (): Promise<void> => {
    offsetMs = (await ports.venue.exchangeTimeMs()) - Date.now();
    const nowMs = venueNowMs();
    // A predecessor may have died with markouts that are not due yet.
    const open = await ports.quality.unmarkedFills(account, nowMs - SWEEP_BACK_MS, SWEEP_ROWS);
    for (const { fill, known } of open) for (const due of dueMarkouts(fill, known)) plan(due);
    const priced = await sweepMarkouts(ports, account, nowMs - backMs, nowMs);
    const ended = await sweepEnds(ports, account, nowMs - backMs, nowMs);
    if (Math.max(priced, ended) < SWEEP_ROWS) backMs = SWEEP_BACK_MS;
  };
  return {
    note,
    async run(signal) {
      isRunning = true;
      try {
        await every(SWEEP_EVERY_MS, signal, sweep);
      } finally {
        isRunning = false;
        for (const timer of pending.values()) clearTimeout(timer);
        pending.clear();
        await storeNow();
      }
    },
  };
}
