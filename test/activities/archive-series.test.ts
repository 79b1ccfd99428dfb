/** Archiving against a scripted venue: what is stored before a failure stays, and is not asked again. */
import { describe, expect, test } from '@jest/globals';
import { archiveSentiment, archiveSeries } from '../../activities/archive-series.ts';
import { VenueUnreachable } from '../../activities/ports/errors.ts';
import type { HistoryPage, MarketHistoryPort } from '../../activities/ports/market-history.ts';
import type { FetchedRows, MarketArchivePort } from '../../activities/ports/market-store.ts';
import type { FearGreedReading } from '../../activities/ports/sentiment.ts';
import { MINUTE_MS, minutes, rowsOf, START_MS } from '../domain/market/history/samples.ts';

const SERIES = { kind: 'candles', asset: 'BTC', interval: '1m' } as const;

/** A venue that serves its newest bars, so many a page. */
function venueOf(bars: number, served: number, failsAt = Infinity) {
  const asked: number[] = [];
  const all = minutes(bars).slice(-served);
  const history: MarketHistoryPort = {
    venue: 'hyperliquid',
    address: 'http://venue',
    barsServed: served,
    async candles(_asset, _interval, fromMs): Promise<HistoryPage> {
      asked.push(fromMs);
      if (asked.length === failsAt) throw new VenueUnreachable('gone');
      const rows = all.filter(([time]) => time >= fromMs).slice(0, 100);
      const last = rows.at(-1)?.[0] ?? 0;
      const isMore = last < (all.at(-1)?.[0] ?? 0);
      return { rows: rowsOf(rows), ...(isMore ? { nextMs: last + MINUTE_MS } : {}) };
    },
    funding: () => Promise.reject(new Error('not asked for')),
  };
  return { history, asked };
}

function memoryStore() {
  const times = new Set<number>();
  const store: MarketArchivePort = {
    async resumeFromMs() {
      return times.size === 0 ? undefined : Math.max(...times);
    },
    async append({ rows }: FetchedRows) {
      const before = times.size;
      for (const time of rows.timeMs) times.add(time);
      const added = times.size - before;
      return { added, same: rows.timeMs.length - added, disagreeing: 0 };
    },
  };
  return { store, times };
}

describe('an archived series', () => {
  test('is fetched page by page until the venue has no more', async () => {
    const { history, asked } = venueOf(250, 5_000);
    const { store, times } = memoryStore();
    const done = await archiveSeries({ history, store }, SERIES);
    expect(done).toMatchObject({ pages: 3, added: 250, lostBars: 0 });
    expect(times.size).toBe(250);
    expect(asked).toEqual([0, START_MS + 100 * MINUTE_MS, START_MS + 200 * MINUTE_MS]);
  });

  test('goes on from what is stored when a page could not be fetched', async () => {
    const { store, times } = memoryStore();
    const failing = venueOf(250, 5_000, 3);
    await expect(archiveSeries({ history: failing.history, store }, SERIES)).rejects.toThrow(
      'gone',
    );
    expect(times.size).toBe(200);
    const { history, asked } = venueOf(250, 5_000);
    expect(await archiveSeries({ history, store }, SERIES)).toMatchObject({ pages: 1, added: 50 });
    expect(asked).toEqual([START_MS + 199 * MINUTE_MS]);
  });

  test('says how many bars the venue no longer served', async () => {
    const { store } = memoryStore();
    await archiveSeries({ history: venueOf(100, 100).history, store }, SERIES);
    const later = venueOf(300, 150);
    expect(await archiveSeries({ history: later.history, store }, SERIES)).toMatchObject({
      added: 150,
      lostBars: 50,
    });
  });
});

describe('the index of fear and greed', () => {
  const days = [
    { timeMs: 86_400_000, value: 25 },
    { timeMs: 172_800_000, value: 61 },
  ];
  const portsOf = (reading: Partial<FearGreedReading>) => {
    const appended: FetchedRows[] = [];
    const { store } = memoryStore();
    const sentimentKey = {
      kind: 'sentiment',
      venue: 'alternative-me',
      asset: 'BTC',
      interval: '1d',
    } as const;
    const ports = {
      sentimentKey,
      sentiment: {
        address: 'http://index',
        fearGreed: async () => ({ days, fetchedMs: 1, isStale: false, ...reading }),
      },
      store: {
        ...store,
        append: (fetched: FetchedRows) => {
          appended.push(fetched);
          return store.append(fetched);
        },
      },
    };
    return { ports, appended };
  };

  test('is stored whole, each value at the moment from which it was known', async () => {
    const { ports, appended } = portsOf({});
    expect(await archiveSentiment(ports)).toMatchObject({ told: 2, added: 2 });
    const [fetched] = appended;
    expect(fetched?.key).toBe(ports.sentimentKey);
    expect([...(fetched?.rows.timeMs ?? [])]).toEqual([86_400_000, 172_800_000]);
    expect([...(fetched?.rows.values[0] ?? [])]).toEqual([25, 61]);
  });

  test('that cannot be asked is a failure, whatever was told before', async () => {
    const { ports, appended } = portsOf({ isStale: true, problem: 'HTTP 503' });
    await expect(archiveSentiment(ports)).rejects.toThrow('HTTP 503');
    expect(appended).toEqual([]);
  });
});
