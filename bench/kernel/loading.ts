/** Ten years of minutes from the store into the memory that kernels and threads share. */
import { join } from 'node:path';
import { planLayout, writeBars } from '../../domain/evolution/kernel/layout.ts';
import { kernelMemory } from '../../domain/evolution/kernel/wasm-kernel.ts';
import { CandleStore } from '../../gateways/candle-store/store.ts';
import { fillTenYears, KEY_WANTED } from '../data.ts';

const ROUNDS = 7;

export interface Loading {
  readonly bars: number;
  /** On the wall: reading Parquet uses more than one thread. */
  readonly bestMs: number;
  readonly medianMs: number;
  /** Of these, the copy from the store's columns into the kernels' memory. */
  readonly copyBestMs: number;
  readonly processorMs: number;
}

async function load(root: string) {
  const store = new CandleStore(root);
  const [began, before] = [performance.now(), process.cpuUsage()];
  const loaded = await store.loadBars(KEY_WANTED);
  const read = performance.now();
  const { openTimeMs, open, high, low, close, volumeBase } = loaded;
  const length = openTimeMs.length;
  const columns = { openTimeMs, open, high, low, close, volumeBase };
  const bars = { asset: KEY_WANTED.asset, intervalMs: 60_000, length, ...columns };
  const layout = planLayout(bars);
  writeBars(kernelMemory(layout), layout, bars);
  const ended = performance.now();
  const { user, system } = process.cpuUsage(before);
  await store.close();
  return { length, ms: ended - began, copyMs: ended - read, cpuMs: (user + system) / 1_000 };
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
    copyBestMs: Math.min(...taken.map(({ copyMs }) => copyMs)),
    processorMs: Math.min(...taken.map(({ cpuMs }) => cpuMs)),
  };
}
