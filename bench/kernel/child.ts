/** One fresh process that measures one kernel on one workload; prints one line of JSON. */
import { createHash } from 'node:crypto';
import type { Kernel } from '../../domain/evolution/kernel/kernel.ts';
import { KernelBoard } from '../../domain/evolution/kernel/kernel-board.ts';
import { planLayout, writeBars } from '../../domain/evolution/kernel/layout.ts';
import { RECORD_DOUBLES } from '../../domain/evolution/kernel/record.ts';
import {
  type KernelName,
  kernelMaker,
  kernelMemory,
} from '../../domain/evolution/kernel/wasm-kernel.ts';
import {
  type RefGenome,
  type RefResult,
  resultNumbers,
} from '../../domain/evolution/kernel/workload.ts';
import { type BarArrays, barView } from '../../domain/market/bar-arrays.ts';
import { WORKLOADS } from './workloads.ts';

export interface ChildOrder {
  readonly workload: string;
  readonly kernel: KernelName;
  readonly repeats: number;
  /** Also the rate over the first so many bars. */
  readonly shorter?: number;
}

export interface ChildTimes {
  /** Million bar-evaluations a second of processor time. */
  readonly first: number;
  readonly cold: number;
  readonly warm: number;
  readonly shorterWarm?: number;
  readonly hash: string;
  readonly recordBytes: number;
  readonly indicatorBytes: number;
  readonly trades: number;
}

/** SHA-256 over the bits of all results. */
export function hashOf(numbers: Float64Array): string {
  const canonical = numbers.map((each) => (Number.isNaN(each) ? Number.NaN : each));
  return createHash('sha256').update(new Uint8Array(canonical.buffer)).digest('hex');
}

function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** The best of some runs: a busy machine only ever makes them slower. */
function bestRate(repeats: number, evaluations: number, work: () => void): number {
  let best = 0;
  for (let i = 0; i < repeats; i += 1) {
    const began = cpuUs();
    work();
    best = Math.max(best, evaluations / (cpuUs() - began));
  }
  return best;
}

function measure(
  bars: BarArrays,
  genomes: readonly RefGenome[],
  name: KernelName,
  repeats: number,
) {
  const layout = planLayout(bars, { records: genomes.length, cacheBytes: 3 << 29 });
  const memory = kernelMemory(layout);
  writeBars(memory, layout, bars);
  const kernel: Kernel = kernelMaker(name)(memory, layout, 0);
  const evaluations = bars.length * genomes.length;
  let board = new KernelBoard(memory, layout);
  let results: readonly RefResult[] = [];
  const generation = (): void => {
    results = board.evaluate(kernel, genomes);
  };
  const first = bestRate(1, evaluations, generation);
  const warm = bestRate(repeats, evaluations, generation);
  const cold = bestRate(2, evaluations, () => {
    board = new KernelBoard(memory, layout);
    generation();
  });
  return { first, warm, cold, results, columnBytes: 8 * layout.stride, columns: board.columns };
}

function main({ workload, kernel, repeats, shorter }: ChildOrder): ChildTimes {
  const make = WORKLOADS[workload];
  if (make === undefined) throw new Error(`workload ${workload}: there is none of this name`);
  const { bars, genomes } = make();
  const whole = measure(bars, genomes, kernel, repeats);
  const part =
    shorter === undefined
      ? undefined
      : measure(barView(bars, 0, shorter), genomes, kernel, 3 * repeats).warm;
  return {
    first: whole.first,
    cold: whole.cold,
    warm: whole.warm,
    ...(part !== undefined && { shorterWarm: part }),
    hash: hashOf(Float64Array.from(whole.results.flatMap(resultNumbers))),
    recordBytes: 8 * RECORD_DOUBLES,
    indicatorBytes: (whole.columns * whole.columnBytes) / genomes.length,
    trades: whole.results.reduce((sum, { trades }) => sum + trades, 0) / genomes.length,
  };
}

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(JSON.stringify(main(JSON.parse(process.argv[2] ?? '{}') as ChildOrder)));
}
