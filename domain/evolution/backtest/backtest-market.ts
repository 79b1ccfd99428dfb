/**
 * What a backtest is run on: closed bars of one or more assets as columns, and their funding.
 * Columns are floats; every price that an order is valued at comes from the venue's own arithmetic.
 */
import type { RuleViolation } from '../../kernel/outcome.ts';
import type { CandleSeries } from '../../market/candles.ts';
import type { VenueAsset } from '../../matching/contract/venue-config.ts';

/** One value per bar; open times ascend in whole intervals, with holes where bars are missing. */
export interface BarColumns {
  readonly openTimeMs: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** Traded volume in units of the base asset. */
  readonly volumeBase: Float64Array;
}

export interface BacktestMarket {
  readonly asset: VenueAsset;
  readonly intervalMs: number;
  readonly bars: BarColumns;
  /** Hourly rates (fractions of notional, positive: longs pay) by their hour in ms. */
  readonly fundingRates: ReadonlyMap<number, string>;
}

const COLUMNS = ['open', 'high', 'low', 'close', 'volumeBase'] as const;

function checkBar(columns: BarColumns, index: number): string | undefined {
  const value = (column: (typeof COLUMNS)[number]): number => columns[column][index] ?? Number.NaN;
  const [open, high, low, close] = [value('open'), value('high'), value('low'), value('close')];
  const ordered = low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close);
  if (!ordered || !Number.isFinite(high)) {
    return `open ${open}, high ${high}, low ${low}, close ${close}`;
  }
  const volume = value('volumeBase');
  return volume >= 0 && Number.isFinite(volume) ? undefined : `volume ${volume}`;
}

/** The first broken rule of a market, or undefined. */
export function checkMarket({
  asset,
  intervalMs,
  bars,
}: BacktestMarket): RuleViolation | undefined {
  const { openTimeMs } = bars;
  const count = openTimeMs.length;
  for (const field of COLUMNS) {
    const column = bars[field];
    if (column.length === count) continue;
    const rule = `must have one value per bar (${count})`;
    return { field: `${asset.name}.${field}`, value: `${column.length} values`, rule };
  }
  for (let i = 0; i < count; i += 1) {
    const time = openTimeMs[i] ?? Number.NaN;
    const late = i === 0 || time > (openTimeMs[i - 1] ?? Number.NaN);
    if (!late || !Number.isSafeInteger(time / intervalMs)) {
      const rule = `must be later than the bar before, on the grid of ${intervalMs} ms`;
      return { field: `${asset.name}.openTimeMs[${i}]`, value: `${time}`, rule };
    }
    const wrong = checkBar(bars, i);
    if (wrong === undefined) continue;
    const rule = 'needs 0 < low <= open, close <= high and a volume of at least 0, all finite';
    return { field: `${asset.name} bar at ${time}`, value: wrong, rule };
  }
  return undefined;
}

/**
 * One closed bar as the series of a snapshot; the signal has read the bars before it already.
 * @param decisionMs length of the bars that are decided on, when those are coarser and end with this one
 */
export function closedBar(
  { asset, intervalMs, bars }: BacktestMarket,
  index: number,
  decisionMs: number = intervalMs,
): CandleSeries {
  const one = (column: Float64Array): readonly number[] => [column[index] ?? Number.NaN];
  return {
    asset: asset.name,
    intervalMs: decisionMs,
    openTimeMs: [(bars.openTimeMs[index] ?? Number.NaN) + intervalMs - decisionMs],
    open: one(bars.open),
    high: one(bars.high),
    low: one(bars.low),
    close: one(bars.close),
    volumeBase: one(bars.volumeBase),
  };
}
