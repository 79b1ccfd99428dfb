/** Ten years of minutes from the store into the memory that kernels and threads share. */
import { join } from 'node:path';
import { CandleStore } from '../../gateways/candle-store/store.ts';
import { loadToKernel } from '../../gateways/evaluation/kernel-loading.ts';
import { fillTenYears, KEY_WANTED } from '../data.ts';

const ROUNDS = 7;

export interface Loading {
  readonly bars: number;
  /** On the wall: reading Parquet uses more than one thread. */
  readonly bestMs: number;
  readonly medianMs: number;
  /** Of all threads. */
  readonly processorMs: number;
}

async function load(root: string) {
  const store = new CandleStore(root);
  const [began, before] = [performance.now(), process.cpuUsage()];
  const { layout } = await loadToKernel(store, KEY_WANTED, {});
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  await store.close();
  return { length: layout.bars, ms, cpuMs: (user + system) / 1_000 };
}

export async function loading(folder: string): Promise<Loading> {
  const root = join(folder, 'ten-years');
  const bars = await fillTenYears(root);
  const taken = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const one = await load(root);
    if (one.length !== bars) throw new Error(`${one.length} bars were loaded of ${bars}`);
    taken.push(one);
  }
  const sorted = taken.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    bars,
    bestMs: sorted[0] as number,
    medianMs: sorted[Math.floor(ROUNDS / 2)] as number,
    processorMs: Math.min(...taken.map(({ cpuMs }) => cpuMs)),
  };
}
