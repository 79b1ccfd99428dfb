/**
 * What a stored series is: its kind, whose it is, and the columns that its rows have. A series is
 * keyed by (kind, venue, asset, interval); inside it a row is keyed by its slot.
 */
import type { Outcome, RuleViolation } from '../../kernel/outcome.ts';
import { err, ok } from '../../kernel/outcome.ts';
import { INTERVALS_MS, type Interval } from '../interval.ts';

export const HISTORY_KINDS = ['candles', 'mark', 'index', 'funding', 'sentiment'] as const;
/** `mark` and `index` are bars of a price that nobody traded at: their volume says nothing. */
export type HistoryKind = (typeof HISTORY_KINDS)[number];

export interface SeriesKey {
  readonly kind: HistoryKind;
  /** As in `hyperliquid`, `binance-usdm`, `binance-spot`. */
  readonly venue: string;
  /** The venue's own name: `BTC` on Hyperliquid, `BTCUSDT` on Binance. */
  readonly asset: string;
  /** Of bars: their length. Of funding: the time within which one payment belongs. Of sentiment: 1d. */
  readonly interval: Interval;
}

export const BAR_VALUES = ['open', 'high', 'low', 'close', 'volume'] as const;
/** Where the values of a bar stand in its row. */
export const BAR = { open: 0, high: 1, low: 2, close: 3, volume: 4 } as const;

/** The value columns of a kind, in the order in which rows hold them. */
export function valueColumns(kind: HistoryKind): readonly string[] {
  if (kind === 'funding') return ['rate'];
  return kind === 'sentiment' ? ['value'] : BAR_VALUES;
}

export const isBars = (kind: HistoryKind): boolean => kind !== 'funding' && kind !== 'sentiment';

/** The one interval of a kind that is not made of bars. */
export const fixedInterval = (kind: HistoryKind): Interval | undefined => {
  if (kind === 'funding') return '1h';
  return kind === 'sentiment' ? '1d' : undefined;
};

/**
 * The slot of a row's time. Bars open exactly on their slot; venues stamp funding from milliseconds
 * to minutes after its hour, and an index of sentiment belongs to its day.
 */
export const slotOf = (timeMs: number, intervalMs: number): number =>
  Math.floor(timeMs / intervalMs) * intervalMs;

export const seriesIntervalMs = (key: Pick<SeriesKey, 'interval'>): number =>
  INTERVALS_MS[key.interval];

export const seriesName = ({ kind, venue, asset, interval }: SeriesKey): string =>
  `${kind}/${venue}/${asset}/${interval}`;

const VENUE = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** Slashes, colons and `@` occur in the venue's names of spot pairs and of other dexes' assets. */
const ASSET = /^[A-Za-z0-9@][A-Za-z0-9@:/._-]{0,63}$/;

/** Checks the words of a key. Asset names keep their case: `kPEPE` is not `KPEPE`. */
export function checkSeriesKey(key: SeriesKey): Outcome<SeriesKey, RuleViolation> {
  const { kind, venue, asset } = key;
  if (!VENUE.test(venue)) {
    const rule = 'must be 1 to 32 of a-z 0-9 -, as in hyperliquid or binance-usdm';
    return err({ field: 'venue', value: venue, rule });
  }
  if (!ASSET.test(asset) || asset.includes('..')) {
    return err({
      field: 'asset',
      value: asset,
      rule: 'must be 1 to 64 of A-Z a-z 0-9 @ : / . _ -',
    });
  }
  const fixed = fixedInterval(kind);
  if (fixed !== undefined && key.interval !== fixed) {
    return err({ field: 'interval', value: key.interval, rule: `must be ${fixed} for ${kind}` });
  }
  return ok(key);
}

/** The words that the index of fear and greed goes by. Source: alternative.me, 2,703 days of it. */
export function fearGreedClass(value: number): string {
  if (value <= 25) return 'Extreme Fear';
  if (value <= 46) return 'Fear';
  if (value <= 54) return 'Neutral';
  return value <= 75 ? 'Greed' : 'Extreme Greed';
}
