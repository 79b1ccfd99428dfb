/**
 * One asset's bars of one interval: history from `/info`, then the candle stream.
 * A bar counts as closed when the stream shows a later one; bars that the stream skipped, or left
 * half told when the socket was lost, are fetched before anybody is told, so listeners see every
 * closed bar once, in order and whole.
 */
import { describeViolation } from '../../domain/kernel/outcome.ts';
import type { Candle } from '../../domain/market/candles.ts';
import { INTERVALS_MS, parseInterval } from '../../domain/market/interval.ts';
import type { VenueConnection } from './connection.ts';
import type { Stream } from './streams.ts';
import { firstFrame } from './streams.ts';
import type { Candle as WireCandle } from './wire/info-market.ts';
import { candleSnapshotSchema } from './wire/info-market.ts';

/** Bars kept in memory: as many as the venue serves, and no strategy reads more. */
const BARS_KEPT = 5_000;
/** Bars that may be too many before the oldest are dropped: not for each new one. */
const BARS_SPARE = 500;
/** Bars fetched at first; a strategy that reads more has them fetched once. */
const BARS_FETCHED = 600;

export interface BarStore {
  readonly asset: string;
  readonly intervalMs: number;
  /** Ascending, the open bar last. */
  bars(): readonly Candle[];
  /**
   * Makes sure that the bar (default: the newest closed one) and `count` bars before it are here.
   * @returns the market's clock: open time of the newest bar seen
   */
  reach(barOpenTimeMs: number | undefined, count: number): Promise<number>;
  /** Calls back for each closed bar; returns the function that stops it. */
  onClosed(listener: (openTimeMs: number) => void): () => void;
}

const toCandle = (wire: WireCandle): Candle => ({
  openTimeMs: wire.t,
  open: Number(wire.o),
  high: Number(wire.h),
  low: Number(wire.l),
  close: Number(wire.c),
  volumeBase: Number(wire.v),
});

/** @throws VenueUnreachable, VenueDataCorrupt when history cannot be read */
export async function createBarStore(
  connection: VenueConnection,
  stream: Stream,
  asset: string,
  intervalName: string,
): Promise<BarStore> {
  const parsed = parseInterval(intervalName);
  if (!parsed.ok) throw new RangeError(describeViolation(parsed.error));
  const interval = parsed.value;
  const intervalMs = INTERVALS_MS[interval];
  const candles = new Map<number, Candle>();
  const listeners = new Set<(openTimeMs: number) => void>();
  let newestMs = Number.NEGATIVE_INFINITY;
  let told = Number.NEGATIVE_INFINITY;
  /** From this bar on some may be missing or only half told. */
  let doubtfulFromMs: number | undefined;
  /** From here on the venue was asked for everything: what is missing, it does not have. */
  let askedFromMs = Number.POSITIVE_INFINITY;
  /** Closings are dealt with one after another: a refill ends before the next bar is told. */
  let turn: Promise<void> = Promise.resolve();

  const keep = (candle: Candle): void => {
    candles.set(candle.openTimeMs, candle);
    newestMs = Math.max(newestMs, candle.openTimeMs);
    if (candles.size <= BARS_KEPT + BARS_SPARE) return;
    const oldest = newestMs - BARS_KEPT * intervalMs;
    askedFromMs = Math.max(askedFromMs, oldest);
    for (const time of candles.keys()) if (time < oldest) candles.delete(time);
  };
  const fetchBars = async (fromMs: number): Promise<void> => {
    const req = { coin: asset, interval, startTime: fromMs };
    const rows = await connection.info({ type: 'candleSnapshot', req }, candleSnapshotSchema);
    // The answer's last bar was open when it was made: what the stream showed of it is newer.
    const openMs = rows.at(-1)?.t;
    for (const row of rows) if (row.t !== openMs || !candles.has(row.t)) keep(toCandle(row));
    askedFromMs = Math.min(askedFromMs, fromMs);
  };
  const tell = (): void => {
    const closed = [...candles.keys()].filter((time) => time > told && time < newestMs);
    for (const time of closed.sort((a, b) => a - b)) {
      told = time;
      for (const listener of listeners) listener(time);
    }
  };
  const doubt = (fromMs: number): void => {
    if (Number.isFinite(fromMs)) doubtfulFromMs = Math.min(doubtfulFromMs ?? fromMs, fromMs);
  };
  const closeBars = async (): Promise<void> => {
    while (doubtfulFromMs !== undefined) {
      const fromMs = doubtfulFromMs;
      doubtfulFromMs = undefined;
      try {
        await fetchBars(fromMs);
      } catch {
        // The next bar asks again; until then nobody is told of bars that may be wrong.
        doubt(fromMs);
        return;
      }
    }
    tell();
  };
  const heard = (wire: WireCandle): void => {
    const before = newestMs;
    keep(toCandle(wire));
    if (wire.t <= before) return;
    if (wire.t - before > intervalMs) doubt(before);
    turn = turn.then(closeBars);
  };

  const first = Promise.withResolvers<void>();
  await stream.subscribe('candle', { type: 'candle', coin: asset, interval }, (wire) => {
    if (wire.s !== asset || wire.i !== interval) return;
    first.resolve();
    heard(wire);
  });
  stream.onReopened(() => doubt(newestMs));
  await firstFrame(stream, first.promise, `candle of ${asset}`);
  await fetchBars(newestMs - BARS_FETCHED * intervalMs);
  told = newestMs - intervalMs;

  return {
    asset,
    intervalMs,
    bars: () => [...candles.values()].sort((a, b) => a.openTimeMs - b.openTimeMs),
    async reach(barOpenTimeMs, count) {
      const wanted = barOpenTimeMs ?? newestMs - intervalMs;
      const oldest = wanted - (count - 1) * intervalMs;
      const isDoubtful = doubtfulFromMs !== undefined && doubtfulFromMs <= wanted;
      if (isDoubtful || !candles.has(wanted) || oldest < askedFromMs) await fetchBars(oldest);
      return newestMs;
    },
    onClosed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
