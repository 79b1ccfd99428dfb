/** What readers get, what the doctor says, and who may write. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SeriesKey } from '../../../domain/market/history/series.ts';
import { examine } from '../../../gateways/candle-store/doctor.ts';
import { seriesFolder, storedSeries } from '../../../gateways/candle-store/layout.ts';
import { StoreDamaged } from '../../../gateways/candle-store/manifest.ts';
import { CandleStore } from '../../../gateways/candle-store/store.ts';
import { StoreBusy } from '../../../gateways/candle-store/writer-lock.ts';
import {
  barAt,
  HOUR_MS,
  HOURS,
  MINUTE_MS,
  MINUTES,
  minutes,
  rowsOf,
  START_MS,
} from '../../domain/market/history/samples.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
let made = 0;
beforeEach(() => {
  scene = openScene();
});
afterEach(() => scene.close());

const add = (key: SeriesKey, rows: readonly (readonly number[])[]) => {
  made += 1;
  const source = {
    rank: 'file' as const,
    name: `file ${made}`,
    sha256: `${made}`.padStart(64, '0'),
  };
  return scene.store.write((writer) => writer.append(key, rowsOf(rows), source));
};
const load = (range?: { fromMs: number; toMs: number }) =>
  scene.store.loadBars({ venue: 'hyperliquid', asset: 'BTC', interval: '1m' }, range);

describe('a reader', () => {
  // Around the end of a month: two files.
  const FROM_MS = Date.UTC(2025, 2, 31, 23, 30);
  const rows = minutes(60, FROM_MS).filter((_, at) => at < 20 || at > 24);

  test('gets columns in shared memory, and is told what is missing', async () => {
    await add(MINUTES, rows);
    const bars = await load();
    expect([...bars.openTimeMs]).toEqual(rows.map(([time]) => time));
    expect([...bars.volumeBase]).toEqual(rows.map((row) => row[5]));
    expect(bars.close.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(bars.gaps).toEqual([{ afterMs: FROM_MS + 19 * MINUTE_MS, missingRows: 5 }]);
  });

  test('gets prices where it has room for them, also of a part of the series', async () => {
    await add(MINUTES, rows);
    for (const range of [undefined, { fromMs: FROM_MS + 10 * MINUTE_MS, toMs: Infinity }]) {
      const asked: number[] = [];
      const memory = new SharedArrayBuffer(4 * 8 * 60);
      const column = (at: number) => new Float64Array(memory, 8 * 60 * at, 60);
      const bars = await scene.store.loadBars(
        { venue: 'hyperliquid', asset: 'BTC', interval: '1m' },
        range,
        (most) => {
          asked.push(most);
          return { open: column(0), high: column(1), low: column(2), close: column(3) };
        },
      );
      const usual = await load(range);
      expect(asked).toEqual([rows.length]);
      expect(
        [bars.open, bars.high, bars.low, bars.close].map(({ buffer }) => buffer === memory),
      ).toEqual([true, true, true, true]);
      expect(bars).toEqual(usual);
    }
  });

  test('gets the bars from a moment up to, but without, another one', async () => {
    await add(MINUTES, rows);
    const range = { fromMs: FROM_MS + 10 * MINUTE_MS, toMs: FROM_MS + 40 * MINUTE_MS };
    const { openTimeMs } = await load(range);
    const within = rows.filter(([time]) => time >= range.fromMs && time < range.toMs);
    expect([...openTimeMs]).toEqual(within.map(([time]) => time));
    expect((await load({ fromMs: 0, toMs: 1 })).openTimeMs).toHaveLength(0);
  });

  test('gets a hash that follows from the bars alone, and from every one of them', async () => {
    await add(MINUTES, rows);
    const range = { fromMs: FROM_MS + 10 * MINUTE_MS, toMs: FROM_MS + 40 * MINUTE_MS };
    const [whole, part] = [await load(), await load(range)];
    const other = openScene();
    for (const half of [rows.slice(30), rows.slice(0, 30)]) {
      const source = { rank: 'venue' as const, name: 'elsewhere' };
      await other.store.write((writer) => writer.append(MINUTES, rowsOf(half), source));
    }
    const wanted = { venue: 'hyperliquid', asset: 'BTC', interval: '1m' } as const;
    expect((await other.store.loadBars(wanted)).contentHash).toBe(whole.contentHash);
    expect((await other.store.loadBars(wanted, range)).contentHash).toBe(part.contentHash);
    // A bar outside of the stretch is none of its business.
    await add(MINUTES, [barAt(FROM_MS, 100.05, 9)]);
    expect((await load()).contentHash).not.toBe(whole.contentHash);
    expect((await load(range)).contentHash).toBe(part.contentHash);
    const changed = rows.with(25, barAt(rows[25]?.[0] ?? 0, 100.05, 6));
    await add(MINUTES, changed);
    expect((await load(range)).contentHash).not.toBe(part.contentHash);
    await other.close();
  });

  test('finds nothing where nothing is stored', async () => {
    const { openTimeMs, gaps } = await load();
    expect([openTimeMs.length, gaps]).toEqual([0, []]);
    expect(await scene.store.resumeFromMs(MINUTES, 5_000)).toBeUndefined();
  });

  test('is stopped by a manifest that somebody changed', async () => {
    await add(MINUTES, rows);
    const path = join(seriesFolder(scene.store.root, MINUTES), 'manifest.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"rows": 55', '"rows": 54'));
    await expect(load()).rejects.toThrow(StoreDamaged);
  });
});

describe('the doctor', () => {
  const hours = (count: number) =>
    Array.from({ length: count }, (_, at) => barAt(START_MS + at * HOUR_MS));
  /** An hour's minutes that make exactly its bar. */
  const minutesOf = (hour: number) =>
    Array.from({ length: 60 }, (_, at) => {
      const close = at === 59 ? 100.5 : 100;
      return [START_MS + hour * HOUR_MS + at * MINUTE_MS, 100, 101, 99, close, 5 / 60];
    });
  const look = (isRepairing = false) => {
    const all = storedSeries(scene.store.root);
    return examine(scene.store, all, all, isRepairing);
  };

  test('compares intervals, and fills holes from finer bars when it is asked to', async () => {
    await add(
      HOURS,
      hours(6).filter((_, at) => at !== 2 && at !== 4),
    );
    const fine = [1, 2, 3].flatMap(minutesOf);
    fine[70] = [START_MS + HOUR_MS + 70 * MINUTE_MS, 100, 101, 98, 100, 5 / 60];
    fine[130] = [START_MS + HOUR_MS + 130 * MINUTE_MS, 100, 107, 99, 100, 5 / 60];
    await add(MINUTES, fine);
    const before = (await look()).find(({ key }) => key.interval === '1h');
    expect(before?.gaps).toMatchObject({ count: 2, missingRows: 2 });
    expect(before?.crossChecks).toMatchObject([
      { compared: 2, disagreeing: 1, repairable: 1, repaired: 0 },
    ]);
    expect(before?.crossChecks[0]?.shown).toEqual([
      { timeMs: START_MS + 3 * HOUR_MS, field: 'high', recorded: 101, fromFiner: 107 },
    ]);
    const repairing = (await look(true)).find(({ key }) => key.interval === '1h');
    expect(repairing?.crossChecks[0]?.repaired).toBe(1);
    const after = (await look()).find(({ key }) => key.interval === '1h');
    expect(after?.gaps).toMatchObject({ count: 1, missingRows: 1 });
    expect(scene.store.manifest(HOURS)?.sources.at(-1)).toMatchObject({
      rank: 'repair',
      name: 'repair from candles/hyperliquid/BTC/1m',
      rows: 1,
    });
    // The real bar comes later, from an ordinary file, and wins.
    await add(HOURS, hours(6));
    const { rows } = await scene.store.load(HOURS);
    expect(rows.values[2]?.[2]).toBe(99);
  });

  test('names a file that is not what it was, and one that is gone', async () => {
    await add(MINUTES, minutes(10));
    await add(HOURS, hours(3));
    const [minuteFolder, hourFolder] = [MINUTES, HOURS].map((key) =>
      seriesFolder(scene.store.root, key),
    );
    const parquet = (folder = ''): string =>
      join(folder, readdirSync(folder).find((name) => name.endsWith('.parquet')) ?? '');
    const bytes = readFileSync(parquet(minuteFolder));
    bytes[60] = (bytes[60] ?? 0) ^ 1;
    writeFileSync(parquet(minuteFolder), bytes);
    writeFileSync(join(hourFolder ?? '', 'manifest.json'), '{}');
    const damage = (await look()).flatMap((health) => health.damage);
    expect(damage).toEqual([expect.stringMatching(/checksum/), expect.stringMatching(/manifest/)]);
  });

  test('shows what sources disagree about', async () => {
    await add(MINUTES, minutes(5));
    await add(MINUTES, [barAt(START_MS + 2 * MINUTE_MS, 50, 4)]);
    const [health] = await look();
    expect(health?.disputed).toMatchObject({
      count: 1,
      shown: [
        {
          timeMs: START_MS + 2 * MINUTE_MS,
          lost: [50, 51, 49, 50.5, 4],
          source: expect.stringMatching(/^file/),
        },
      ],
    });
  });
});

describe('of writers', () => {
  test('there is one at a time, also between processes, and the dead hold nothing', async () => {
    await add(MINUTES, minutes(3));
    const lock = join(scene.store.root, 'writer.duckdb');
    const code = `import { DuckDBInstance } from '@duckdb/node-api';
      await DuckDBInstance.create(${JSON.stringify(lock)});
      console.log('held');
      setInterval(() => undefined, 1_000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const hasty = new CandleStore(scene.store.root, { waitMs: 0 });
    const write = () => hasty.write(async () => 'done');
    await expect(write()).rejects.toThrow(StoreBusy);
    await expect(write()).rejects.toThrow(new RegExp(`process ${holder.pid} is writing`));
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('exit', resolve));
    expect(await write()).toBe('done');
    await hasty.close();
  });

  test('those of one process take turns', async () => {
    const order: string[] = [];
    const slow = scene.store.write(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('first');
    });
    const next = scene.store.write(async () => void order.push('second'));
    await Promise.all([slow, next]);
    expect(order).toEqual(['first', 'second']);
  });
});
