/** The whole way through files: order, repetition, exports, and ends in the middle. */

import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SeriesKey } from '../../../domain/market/history/series.ts';
import { exportName, exportSeries, plainNumber } from '../../../gateways/candle-store/export.ts';
import { CandleStore } from '../../../gateways/candle-store/store.ts';
import {
  FUNDING,
  HOUR_MS,
  MINUTE_MS,
  MINUTES,
  rowsOf,
  START_MS,
} from '../../domain/market/history/samples.ts';
import { csvOf, openScene, type Scene, storedRows } from './scene.ts';

const TOLD = { venue: 'hyperliquid', asset: 'BTC', interval: '1m' } as const;
/** Minutes around the end of a month, so that two files of the store are written. */
const MONTH_END_MS = Date.UTC(2025, 2, 31, 23, 50);

const scenes: Scene[] = [];
const newScene = (options = {}): Scene => {
  const scene = openScene(options);
  scenes.push(scene);
  return scene;
};
afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.close();
});

/** Files of up to 12 bars around the turn of a month, with prices that often disagree. */
const files = fc.array(
  fc
    .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 3 })), {
      selector: ([slot]) => slot,
      minLength: 4,
      maxLength: 12,
    })
    .map((bars) =>
      bars
        .toSorted(([a], [b]) => a - b)
        .map(([slot, price]) => [
          MONTH_END_MS + slot * MINUTE_MS,
          price,
          price,
          price,
          price,
          price,
        ]),
    )
    // Bars that are all two minutes apart would be taken for another interval.
    .filter((bars) => bars.some(([time = 0], at) => time - (bars[at - 1]?.[0] ?? 0) === MINUTE_MS)),
  { minLength: 1, maxLength: 4 },
);

async function told(scene: Scene, contents: readonly (readonly (readonly number[])[])[]) {
  const paths = contents.map((rows, at) => scene.put(`${at}.csv`, csvOf(rows)));
  await scene.import(paths, { ...TOLD, mend: true });
  const [series] = scene.store.series();
  return {
    rows: await storedRows(scene.store, MINUTES),
    hash: series?.contentHash,
    disputed: series?.disputed,
  };
}

describe('a store', () => {
  test('is the same whatever the order of imports, and however often they are repeated', async () => {
    const shuffled = files.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([all, again]) => {
        expect(await told(newScene(), again)).toEqual(await told(newScene(), all));
      }),
      { numRuns: 10 },
    );
  });

  test.each(['csv', 'parquet'] as const)(
    'that is exported to %s and imported again is the same to the bit',
    async (format) => {
      const value = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
      const bars = fc.array(fc.tuple(value, fc.double({ min: 0, max: 1e15, noNaN: true })), {
        minLength: 4,
        maxLength: 30,
      });
      await fc.assert(
        fc.asyncProperty(bars, async (all) => {
          const scene = newScene();
          const rows = all.map(([price, volume], at) => [
            START_MS + at * MINUTE_MS,
            price,
            price,
            price,
            price,
            volume,
          ]);
          const source = { rank: 'file' as const, name: 'made', sha256: 'a'.repeat(64) };
          await scene.store.write((writer) => writer.append(MINUTES, rowsOf(rows), source));
          const path = join(scene.folder, exportName(MINUTES, format));
          await exportSeries(scene.store, MINUTES, path, format);
          const other = newScene();
          const [report] = await other.import([path]);
          expect(report).toMatchObject({ outcome: 'imported', key: MINUTES });
          expect(other.store.series()[0]?.contentHash).toBe(scene.store.series()[0]?.contentHash);
        }),
        { numRuns: 5 },
      );
    },
  );

  test('of funding and of sentiment comes back from its export too', async () => {
    const scene = newScene();
    const sentiment: SeriesKey = {
      kind: 'sentiment',
      venue: 'alternative-me',
      asset: 'BTC',
      interval: '1d',
    };
    const source = { rank: 'file' as const, name: 'made', sha256: 'b'.repeat(64) };
    const rates = rowsOf(
      [
        [START_MS + 48, -1.25e-7],
        [START_MS + HOUR_MS + 3, 0.0001],
      ],
      1,
    );
    const index = rowsOf(
      [
        [START_MS, 25],
        [START_MS + 24 * HOUR_MS, 76],
      ],
      1,
    );
    await scene.store.write(async (writer) => {
      await writer.append(FUNDING, rates, source);
      await writer.append(sentiment, index, source);
    });
    const other = newScene();
    for (const key of [FUNDING, sentiment]) {
      const path = join(scene.folder, `${exportName(key, 'csv')}.gz`);
      await exportSeries(scene.store, key, path, 'csv');
      const [report] = await other.import([path]);
      expect(report).toMatchObject({ outcome: 'imported', key });
    }
    const hashes = (store: CandleStore) => store.series().map(({ contentHash }) => contentHash);
    expect(hashes(other.store)).toEqual(hashes(scene.store));
  });

  test('numbers are exported without an exponent, and come back as they were', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = plainNumber(value);
        expect(text).not.toMatch(/e/i);
        expect(Number(text) === value).toBe(true);
      }),
    );
  });
});

describe('a writer that ends in the middle', () => {
  const before = Array.from({ length: 15 }, (_, at) => [
    MONTH_END_MS + at * MINUTE_MS,
    5,
    5,
    5,
    5,
    5,
  ]);
  const after = Array.from({ length: 20 }, (_, at) => [
    MONTH_END_MS + at * MINUTE_MS,
    6,
    6,
    6,
    6,
    6,
  ]);

  test.each([1, 2, 3, 4])(
    'before its step %i leaves everything old or everything new',
    async (last) => {
      let steps = 0;
      let ends = Number.POSITIVE_INFINITY;
      const scene = newScene({
        checkpoint: () => {
          steps += 1;
          if (steps >= ends) throw new Error('the end');
        },
      });
      await scene.import([scene.put('a.csv', csvOf(before))], TOLD);
      const file = scene.put('b.csv', csvOf(after));
      steps = 0;
      ends = last;
      await expect(scene.import([file], TOLD)).rejects.toThrow('the end');
      const heir = new CandleStore(scene.store.root);
      const rows = await storedRows(heir, MINUTES);
      const isNew = last === 4;
      expect(rows).toEqual(isNew ? after : before);
      expect(heir.manifest(MINUTES)?.sources).toHaveLength(isNew ? 2 : 1);
      // Whoever comes next finishes the work and leaves nothing behind.
      ends = Number.POSITIVE_INFINITY;
      await scene.import([file], TOLD);
      expect(await storedRows(heir, MINUTES)).toEqual(after);
      await heir.close();
    },
  );
});
