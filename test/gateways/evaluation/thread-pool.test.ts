import { afterEach, expect, test } from '@jest/globals';
import { ThreadPool } from '../../../gateways/evaluation/thread-pool.ts';
import type { OddJob } from './odd-thread.ts';

const module = new URL('./odd-thread.ts', import.meta.url);
const pools: ThreadPool<OddJob, number>[] = [];

function open(threads: number) {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const pool = new ThreadPool<OddJob, number>({ module, threads, dataOf: () => ({ counter }) });
  pools.push(pool);
  return { pool, begun: () => Atomics.load(counter, 0) };
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

const numbers = Array.from({ length: 50 }, (_, i) => i);
const squares = numbers.map((each) => each * each);

test('answers are in the order of the jobs, whatever the number of threads', async () => {
  for (const threads of [1, 3]) {
    const done: number[] = [];
    const answers = await open(threads).pool.run(numbers, { onDone: (jobs) => done.push(jobs) });
    expect(answers).toEqual(squares);
    expect(done).toEqual(numbers.map((each) => each + 1));
  }
});

test('two runs at once get their own answers, and no jobs are no work', async () => {
  const { pool } = open(2);
  const [one, other] = await Promise.all([pool.run(numbers), pool.run([7, 8])]);
  expect([one, other]).toEqual([squares, [49, 64]]);
  expect(await pool.run([])).toEqual([]);
});

test("a job's error reaches the caller as it is, the rest of its run is dropped, and the pool goes on", async () => {
  const { pool, begun } = open(1);
  await expect(pool.run([1, 'throw', ...numbers])).rejects.toThrow('job "throw": must be a number');
  expect(begun()).toBe(2);
  expect(await pool.run([3])).toEqual([9]);
});

test('a thread that ends fails what it was doing and whatever is asked for later', async () => {
  const { pool } = open(2);
  await expect(pool.run(['exit', ...numbers])).rejects.toThrow('a thread ended with exit code 3');
  await expect(pool.run([1])).rejects.toThrow('a thread ended with exit code 3');
});

test('a thread that cannot start fails the jobs with its reason', async () => {
  const missing = new URL('./no-such-thread.ts', import.meta.url);
  const pool = new ThreadPool({ module: missing, threads: 2, dataOf: () => undefined });
  const fault = await pool.run([1]).catch((each: unknown) => each);
  expect(fault).toEqual(new Error('a thread failed'));
  expect(String((fault as Error).cause)).toContain('no-such-thread');
});

test('an abort drops what has not begun, and rejects with its reason', async () => {
  const { pool, begun } = open(1);
  const abort = new AbortController();
  const run = pool.run(numbers, {
    signal: abort.signal,
    onDone: (jobs) => {
      if (jobs === 5) abort.abort(new Error('cancelled'));
    },
  });
  await expect(run).rejects.toThrow('cancelled');
  // The sixth was handed out with the fifth's answer, or never.
  expect(begun()).toBeLessThanOrEqual(6);
  await expect(pool.run([1], { signal: abort.signal })).rejects.toThrow('cancelled');
  expect(await pool.run([2])).toEqual([4]);
});

test('a listener that throws fails its run, not the process', async () => {
  const { pool } = open(1);
  const onDone = () => {
    throw new Error('nobody listens');
  };
  await expect(pool.run(numbers, { onDone })).rejects.toThrow('nobody listens');
  expect(await pool.run([2])).toEqual([4]);
});

test('a closed pool has rejected what was under way and takes no more', async () => {
  const { pool } = open(2);
  const run = pool.run(numbers);
  await Promise.all([pool.close(), expect(run).rejects.toThrow('the pool was closed')]);
  await expect(pool.run([1])).rejects.toThrow('the pool was closed');
  await pool.close();
});

test('a pool of no threads is refused', () => {
  expect(() => open(0)).toThrow('threads 0: must be a whole number of at least 1');
});
