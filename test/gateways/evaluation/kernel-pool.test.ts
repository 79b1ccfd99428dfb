import { afterEach, describe, expect, test } from '@jest/globals';
import type { BarsWanted } from '../../../activities/ports/market-store.ts';
import { population, seededBars } from '../../../bench/kernel/workloads.ts';
import { KernelBoard } from '../../../domain/evolution/kernel/kernel-board.ts';
import { planLayout, writeBars } from '../../../domain/evolution/kernel/layout.ts';
import { kernelMaker, kernelMemory } from '../../../domain/evolution/kernel/wasm-kernel.ts';
import { type RefGenome, resultNumbers } from '../../../domain/evolution/kernel/workload.ts';
import { barView } from '../../../domain/market/bar-arrays.ts';
import type {
  PriceRoom,
  StoredBars,
  TimeRange,
} from '../../../domain/market/history/stored-bars.ts';
import { KernelPool } from '../../../gateways/evaluation/kernel-pool.ts';

const bars = seededBars(3_000, 3_600_000, 4);
const genomes = population(90, 6);
const pools: KernelPool[] = [];

function open(threads: number, wishes: object = {}): KernelPool {
  const pool = KernelPool.over(bars, { threads, records: 50, cacheBytes: 1 << 21, ...wishes });
  pools.push(pool);
  return pool;
}

/** In this thread alone, by the oracle. */
function alone(): readonly (readonly number[])[] {
  const layout = planLayout(bars);
  const memory = kernelMemory(layout);
  writeBars(memory, layout, bars);
  const kernel = kernelMaker('typescript')(memory, layout, 0);
  return new KernelBoard(memory, layout).evaluate(kernel, genomes).map(resultNumbers);
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

test('results are equal to the bit for one thread and for three, for both kernels', async () => {
  const expected = alone();
  for (const kernel of ['wasm', 'typescript'] as const) {
    for (const threads of [1, 3]) {
      const pool = open(threads, { kernel });
      expect((await pool.evaluate(genomes)).map(resultNumbers)).toEqual(expected);
      // A generation later, with its indicators kept.
      expect((await pool.evaluate(genomes)).map(resultNumbers)).toEqual(expected);
    }
  }
});

test('batches asked for at once do not meet in the memory they share', async () => {
  const pool = open(2);
  const expected = alone();
  const [one, other] = await Promise.all([
    pool.evaluate(genomes.slice(0, 40)),
    pool.evaluate(genomes.slice(40)),
  ]);
  expect([...one, ...other].map(resultNumbers)).toEqual(expected);
});

test('progress rises to the number of genomes', async () => {
  const told: number[] = [];
  await open(2).evaluate(genomes, {
    onProgress: (done, total) => {
      expect(total).toBe(genomes.length);
      told.push(done);
    },
  });
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.at(-1)).toBe(genomes.length);
  expect(new Set(told).size).toBeGreaterThan(4);
});

test('a genome that is not legal is refused by name, and the next batch is evaluated', async () => {
  const pool = open(2);
  const bad = [...genomes.slice(0, 2), { ...(genomes[2] as RefGenome), bandWidth: -1 }];
  await expect(pool.evaluate(bad)).rejects.toThrow(
    new RangeError('genome 2, bandWidth -1: must be above 0'),
  );
  expect(await pool.evaluate(genomes)).toHaveLength(genomes.length);
});

test('an evaluation that is cancelled half way leaves nothing behind', async () => {
  const pool = open(2);
  const abort = new AbortController();
  const cancelled = pool.evaluate(genomes, {
    signal: abort.signal,
    onProgress: () => abort.abort(new Error('the activity was cancelled')),
  });
  await expect(cancelled).rejects.toThrow('the activity was cancelled');
  expect((await pool.evaluate(genomes)).map(resultNumbers)).toEqual(alone());
});

describe('bars from the store', () => {
  const wanted = { venue: 'hyperliquid', asset: 'WALK', interval: '1h' } as const;
  /** A store that has room for all of a series, and then finds `count` bars within the range. */
  const storeOf = (count: number, most = bars.length, close = bars.close) => ({
    loadBars: async (
      key: BarsWanted,
      _range?: TimeRange,
      room?: PriceRoom,
    ): Promise<StoredBars> => {
      const { open, high, low } = bars;
      const own = room?.(most);
      own?.open.set(open.subarray(0, count));
      own?.high.set(high.subarray(0, count));
      own?.low.set(low.subarray(0, count));
      own?.close.set(close.subarray(0, count));
      const cut = { ...barView(bars, 0, count), gaps: [], contentHash: '' };
      return { ...cut, key: { kind: 'candles', ...key } };
    },
  });

  test('are read to where the threads see them, and only those of the range are traded', async () => {
    const pool = await KernelPool.fromStore(storeOf(2_000), wanted, { threads: 2 });
    pools.push(pool);
    const expected = KernelPool.over(barView(bars, 0, 2_000), { threads: 1 });
    pools.push(expected);
    expect(await pool.evaluate(genomes)).toEqual(await expected.evaluate(genomes));
  });

  test('are refused when there are too few, or a price is none', async () => {
    const none = KernelPool.fromStore(storeOf(0, 0), wanted, { threads: 1 });
    await expect(none).rejects.toThrow('bars 0: must be a whole number of at least 257');
    const few = KernelPool.fromStore(storeOf(100), wanted, { threads: 1 });
    await expect(few).rejects.toThrow('bars 100: must be a whole number of at least 257');
    const close = bars.close.slice();
    close[1_234] = 0;
    const bad = KernelPool.fromStore(storeOf(bars.length, bars.length, close), wanted, {
      threads: 1,
    });
    await expect(bad).rejects.toThrow('close of bar 1234, 0: must be above 0');
  });
});
