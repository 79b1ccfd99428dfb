/**
 * `npm run bench -- kernel --json`: million bar-evaluations a second of the kernels on the reference
 * workload, beside a plain C loop and vectorbt in the same run; two threads against one; ten years of
 * minutes into shared memory; and every aim, passed or missed.
 *
 * Each figure comes from fresh processes, taken in turns in rounds. Within a process the best of some
 * repeats counts, in processor time: a busy machine only ever makes code slower. Ratios are of figures
 * of one round; medians are over rounds.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KernelName } from '../domain/evolution/kernel/wasm-kernel.ts';
import { type CLoop, compileCLoop } from './kernel/c-loop.ts';
import type { ChildOrder, ChildTimes } from './kernel/child.ts';
import { loading } from './kernel/loading.ts';
import { ownSeeds } from './kernel/own-seeds.ts';
import { scaling } from './kernel/scaling.ts';
import { vectorbtTimes } from './kernel/vectorbt.ts';
import { WORKLOADS, type Workload } from './kernel/workloads.ts';
import { quantile, round } from './statistics.ts';

const CHILD = fileURLToPath(new URL('./kernel/child.ts', import.meta.url));
const ROUNDS = 9;
const REPEATS = 5;
const KERNELS: readonly KernelName[] = ['typescript', 'wasm'];
/** Bars that a year's rate is compared with the rate of. */
const MONTH_BARS = 45_031;

interface Sample extends ChildTimes {
  /** Million bar-evaluations a second of the C loop in the same round, when there is a compiler. */
  readonly cRate: number | undefined;
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

function measureOnce(order: ChildOrder): ChildTimes {
  const told = execFileSync(process.execPath, [CHILD, JSON.stringify(order)], { encoding: 'utf8' });
  return JSON.parse(told) as ChildTimes;
}

/** One round: the C loop and each kernel, in a fresh process each. All must give the same results. */
function measureRound(workload: Workload, c: CLoop | string): Record<KernelName, Sample> {
  const { name } = workload;
  const repeats = name === 's1' ? 3 : REPEATS;
  const ours = typeof c === 'string' ? undefined : c.measure(workload, repeats);
  const samples = KERNELS.map((kernel): [KernelName, Sample] => {
    const shorter = name === 's1' ? { shorter: MONTH_BARS } : {};
    const times = measureOnce({ workload: name, kernel, repeats, ...shorter });
    if (ours !== undefined && times.hash !== ours.hash) {
      throw new Error(`${name}: the ${kernel} kernel and the C loop differ: this is a bug`);
    }
    return [kernel, { ...times, cRate: ours?.rate }];
  });
  const [first, second] = samples.map(([, { hash }]) => hash);
  if (first !== second) throw new Error(`${name}: the kernels differ: this is a bug`);
  return Object.fromEntries(samples) as Record<KernelName, Sample>;
}

/** Figures of one kernel on one workload over all rounds. */
function summary(samples: readonly Sample[]) {
  const of = (pick: (sample: Sample) => number | undefined): number[] =>
    samples.flatMap((sample) => pick(sample) ?? []);
  const toC = (pick: (sample: Sample) => number): number | undefined => {
    const ratios = of((sample) => sample.cRate && pick(sample) / sample.cRate);
    return ratios.length === 0 ? undefined : round(median(ratios));
  };
  const warm = of((sample) => sample.warm);
  const year = of(({ shorterWarm, warm: rate }) => shorterWarm && rate / shorterWarm);
  return {
    firstGeneration: round(median(of((sample) => sample.first)), 1),
    cold: round(median(of((sample) => sample.cold)), 1),
    warm: round(median(warm), 1),
    coldToC: toC((sample) => sample.cold),
    warmToC: toC((sample) => sample.warm),
    slowest: round(Math.min(...warm), 1),
    fastest: round(Math.max(...warm), 1),
    spread: round(Math.max(...warm) / Math.min(...warm)),
    ...(year.length > 0 && { yearToMonth: round(median(year)) }),
  };
}

type Summary = ReturnType<typeof summary>;

interface WorkloadResult {
  readonly workload: string;
  readonly about: string;
  readonly bars: number;
  readonly genomes: number;
  readonly tradesPerGenome: number;
  readonly resultsSha256: string;
  readonly cRate: number | undefined;
  readonly typescript: Summary;
  readonly wasm: Summary;
  readonly bytesPerGenome: {
    /** Of its own. */
    readonly record: number;
    /** Its part of the indicators, which the population shares. */
    readonly indicators: number;
    /** Its part of the bars. */
    readonly bars: number;
  };
}

function workloadResult(
  { name, about, bars, genomes }: Workload,
  rounds: readonly Record<KernelName, Sample>[],
): WorkloadResult {
  const [{ typescript: sample }] = rounds as [Record<KernelName, Sample>];
  const cRates = rounds.flatMap(({ typescript }) => typescript.cRate ?? []);
  return {
    workload: name,
    about,
    bars: bars.length,
    genomes: genomes.length,
    tradesPerGenome: round(sample.trades, 0),
    resultsSha256: sample.hash,
    cRate: cRates.length === 0 ? undefined : round(median(cRates), 1),
    typescript: summary(rounds.map(({ typescript }) => typescript)),
    wasm: summary(rounds.map(({ wasm }) => wasm)),
    bytesPerGenome: {
      record: sample.recordBytes,
      indicators: round(sample.indicatorBytes, 0),
      bars: round((4 * 8 * bars.length) / genomes.length, 0),
    },
  };
}

interface Aim {
  readonly what: string;
  readonly measured: number | undefined;
  readonly aim: string;
  readonly verdict: 'pass' | 'missed' | 'not measured';
}

function atLeast(what: string, measured: number | undefined, aim: number): Aim {
  const verdict = measured === undefined ? 'not measured' : measured >= aim ? 'pass' : 'missed';
  return { what, measured, aim: `>= ${aim}`, verdict };
}

function atMost(what: string, measured: number, aim: number): Aim {
  return { what, measured, aim: `<= ${aim}`, verdict: measured <= aim ? 'pass' : 'missed' };
}

function aimsOf(
  results: readonly WorkloadResult[],
  peerRate: number | undefined,
  twoToOne: number,
  loadMs: number,
): readonly Aim[] {
  const r1 = results.find(({ workload }) => workload === 'r1') as WorkloadResult;
  const s1 = results.find(({ workload }) => workload === 's1') as WorkloadResult;
  const toPeer = peerRate && round(r1.wasm.warm / peerRate, 1);
  return [
    atLeast('TypeScript, warm, to the C loop (r1)', r1.typescript.warmToC, 0.45),
    atLeast('WebAssembly SIMD, warm, to the C loop (r1)', r1.wasm.warmToC, 0.8),
    atLeast('a year to a month of it, TypeScript', s1.typescript.yearToMonth, 0.75),
    atLeast('a year to a month of it, WebAssembly', s1.wasm.yearToMonth, 0.75),
    atMost(`fastest of ${ROUNDS} processes to slowest, TypeScript (r1)`, r1.typescript.spread, 1.3),
    atMost(`fastest of ${ROUNDS} processes to slowest, WebAssembly (r1)`, r1.wasm.spread, 1.3),
    atLeast('WebAssembly to vectorbt', toPeer, 20),
    atLeast('two threads to one', round(twoToOne), 1.8),
    atMost('ten years of minutes from the store to the kernel, ms', round(loadMs, 0), 1_000),
  ];
}

export async function kernel(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'perpetua-bench-kernel-'));
  try {
    const c = compileCLoop(folder);
    const workloads = Object.values(WORKLOADS).map((make) => make());
    const rounds = new Map(
      workloads.map((each): [Workload, Record<KernelName, Sample>[]] => [each, []]),
    );
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      for (const [workload, own] of rounds) own.push(measureRound(workload, c));
    }
    const results = [...rounds].map(([workload, own]) => workloadResult(workload, own));
    const vectorbt = vectorbtTimes(folder, workloads[0] as Workload);
    const threads = await scaling();
    const load = await loading(folder);
    const peerRate = typeof vectorbt === 'string' ? undefined : vectorbt.rate;
    return {
      benchmark: 'kernel',
      unit: 'million bar-evaluations a second of one core',
      machine: cpus()[0]?.model,
      node: process.version,
      rounds: ROUNDS,
      c: typeof c === 'string' ? c : c.compiler,
      workloads: results,
      ownSeeds: ownSeeds(workloads[0] as Workload),
      vectorbt,
      threads,
      load,
      aims: aimsOf(results, peerRate, threads.ratio, load.bestMs),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
