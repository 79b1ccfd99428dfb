/** Bringing one stored series up to date from the venue: each page is stored before the next is asked. */
import { makeRows, type Rows } from '../domain/market/history/rows.ts';
import type { SeriesKey } from '../domain/market/history/series.ts';
import { INTERVALS_MS } from '../domain/market/interval.ts';
import type { ArchivedSeries, SeriesArchived } from './interfaces/archive.ts';
import { VenueUnreachable } from './ports/errors.ts';
import type { HistoryPage, MarketHistoryPort } from './ports/market-history.ts';
import type { MarketArchivePort } from './ports/market-store.ts';
import type { SentimentPort } from './ports/sentiment.ts';

export interface ArchivePorts {
  readonly history: MarketHistoryPort;
  readonly store: MarketArchivePort;
  readonly sentiment: SentimentPort;
  /** What the index of fear and greed is stored under. */
  readonly sentimentKey: SeriesKey;
}

type VenueSeries = Exclude<ArchivedSeries, { kind: 'sentiment' }>;

/** More pages than any series has: whoever gets here goes round in circles. */
const MOST_PAGES = 10_000;

const keyOf = (series: VenueSeries, venue: string): SeriesKey => ({
  kind: series.kind,
  venue,
  asset: series.asset,
  interval: series.kind === 'candles' ? series.interval : '1h',
});

/** Bars between the last stored one and the first that the venue still had. */
function lostBars(series: VenueSeries, storedMs: number | undefined, page: HistoryPage): number {
  const [firstMs] = page.rows.timeMs;
  if (series.kind === 'funding' || storedMs === undefined || firstMs === undefined) return 0;
  return Math.max(0, (firstMs - storedMs) / INTERVALS_MS[series.interval] - 1);
}

/**
 * The whole index, which is told in one answer; a source that cannot be asked is no success, whatever
 * it told before.
 */
export async function archiveSentiment({
  sentiment,
  store,
  sentimentKey: key,
}: Pick<ArchivePorts, 'sentiment' | 'store' | 'sentimentKey'>): Promise<SeriesArchived> {
  const { days, isStale, problem } = await sentiment.fearGreed();
  if (isStale) throw new VenueUnreachable(problem ?? 'the index of fear and greed is stale');
  const rows: Rows = makeRows(days.length, 1);
  for (const [at, { timeMs, value }] of days.entries()) {
    rows.timeMs[at] = timeMs;
    rows.values[0]?.fill(value, at, at + 1);
  }
  const { added, disagreeing } = await store.append({ key, rows, source: sentiment.address });
  const series = { kind: 'sentiment' } as const;
  return { series, pages: 1, told: days.length, added, disagreeing, lostBars: 0 };
}

/**
 * @param fromMs where to begin when nothing is stored; from the venue's first row when absent
 * @param onPage told after each page, with the rows that it added
 * @throws what the ports throw; what was stored before stays
 */
export async function archiveSeries(
  { history, store }: Pick<ArchivePorts, 'history' | 'store'>,
  series: VenueSeries,
  fromMs = 0,
  onPage: (added: number) => void = () => undefined,
): Promise<SeriesArchived> {
  const key = keyOf(series, history.venue);
  const storedMs = await store.resumeFromMs(key, history.barsServed);
  let nextMs: number | undefined = storedMs ?? fromMs;
  const totals = { pages: 0, told: 0, added: 0, disagreeing: 0, lostBars: 0 };
  while (nextMs !== undefined && totals.pages < MOST_PAGES) {
    const page: HistoryPage =
      series.kind === 'candles'
        ? await history.candles(series.asset, series.interval, nextMs)
        : await history.funding(series.asset, nextMs);
    if (totals.pages === 0) totals.lostBars = lostBars(series, storedMs, page);
    const { added, disagreeing } = await store.append({
      key,
      rows: page.rows,
      source: history.address,
    });
    totals.pages += 1;
    totals.told += page.rows.timeMs.length;
    totals.added += added;
    totals.disagreeing += disagreeing;
    onPage(added);
    nextMs = page.nextMs;
  }
  return { series, ...totals };
}
