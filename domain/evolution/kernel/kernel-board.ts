/**
 * What the threads of one data set share, and the plan of their work: which indicators to compute, which
 * genomes to run, and what came of them. Whoever has threads runs the jobs; the results do not depend on
 * how many there are, nor on the order in which they end.
 */
import { COLUMNS, type IndicatorKind } from './indicator-columns.ts';
import { IndicatorSlots, keyOf, type Placed } from './indicator-slots.ts';
import type { Kernel, KernelJob } from './kernel.ts';
import { runJob } from './kernel.ts';
import type { KernelLayout, KernelMemory } from './layout.ts';
import { RECORD_DOUBLES, readResult, writeRecord } from './record.ts';
import { checkGenome, MOST_PERIOD, type RefGenome, type RefResult } from './workload.ts';

/** Genomes that are run together: first all of `fills`, then all of `runs`, then `results`. */
export interface KernelRound {
  readonly fills: readonly KernelJob[];
  readonly runs: readonly KernelJob[];
  readonly genomes: number;
  results(): readonly RefResult[];
}

type Wanted = readonly [IndicatorKind, number];

const wantedBy = (genome: RefGenome): readonly Wanted[] => [
  ['rsi', genome.rsiPeriod],
  ['ema', genome.fastPeriod],
  ['ema', genome.slowPeriod],
  ['band', genome.bandPeriod],
];

/**
 * Bar-evaluations of a job, about a second of them: so often is progress told. Otherwise jobs are as
 * large as can be: the more strategies go over a tile together, the more often its columns are read
 * from the cache.
 */
const MOST_PER_JOB = 2e8;

/** Neighbours share columns: bands and RSIs have two each. */
function sharingOrder(genomes: readonly RefGenome[]): readonly number[] {
  const key = (index: number): number => {
    const { bandPeriod, rsiPeriod } = genomes[index] as RefGenome;
    return bandPeriod * (MOST_PERIOD + 1) + rsiPeriod;
  };
  return genomes.map((_, index) => index).sort((a, b) => key(a) - key(b) || a - b);
}

export class KernelBoard {
  readonly #f64: Float64Array;
  readonly #layout: KernelLayout;
  readonly #slots: IndicatorSlots;

  /** @param memory laid out, with its bars written */
  constructor(memory: KernelMemory, layout: KernelLayout) {
    this.#f64 = new Float64Array(memory.buffer);
    this.#layout = layout;
    this.#slots = new IndicatorSlots(layout);
  }

  /** Indicators kept. */
  get kept(): number {
    return this.#slots.size;
  }

  /** Columns that they take. */
  get columns(): number {
    return this.#slots.taken;
  }

  /** Genomes from `first` on whose records and indicators fit at once. */
  #fitting(genomes: readonly RefGenome[], first: number): [number, Map<string, Wanted>] {
    const needed = new Map<string, Wanted>();
    let columns = 0;
    let end = first;
    for (; end < genomes.length && end - first < this.#layout.recordCount; end += 1) {
      const wanted = new Map(
        wantedBy(genomes[end] as RefGenome).map((each) => [keyOf(...each), each]),
      );
      const fresh = [...wanted].filter(([key]) => !needed.has(key));
      columns += fresh.reduce((sum, [, [indicator]]) => sum + COLUMNS[indicator], 0);
      if (columns > this.#layout.slotCount) break;
      for (const [key, each] of fresh) needed.set(key, each);
    }
    return [end, needed];
  }

  #place(needed: ReadonlyMap<string, Wanted>): [Map<string, Placed>, Placed[]] {
    const keys = new Set(needed.keys());
    const places = new Map<string, Placed>();
    const fresh: Placed[] = [];
    for (const [key, [indicator, period]] of needed) {
      const known = this.#slots.find(indicator, period);
      const placed = known ?? this.#slots.place(indicator, period, keys);
      places.set(key, placed);
      if (known === undefined) fresh.push(placed);
    }
    return [places, fresh];
  }

  #write(genome: RefGenome, record: number, places: ReadonlyMap<string, Placed>): void {
    const [rsi, fast, slow, band] = wantedBy(genome).map((each) => places.get(keyOf(...each))) as [
      Placed,
      Placed,
      Placed,
      Placed,
    ];
    writeRecord(this.#f64, record, genome, {
      rsiUp: rsi.column,
      rsiSum: rsi.second,
      fast: fast.column,
      slow: slow.column,
      distance: band.column,
      variance: band.second,
    });
  }

  #runs(count: number): KernelJob[] {
    const { threads, records, bars } = this.#layout;
    const turns = Math.ceil((count * bars) / (threads * MOST_PER_JOB));
    const size = Math.ceil(count / (threads * turns));
    return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
      kind: 'run',
      record: records + i * size * RECORD_DOUBLES,
      count: Math.min(size, count - i * size),
    }));
  }

  /**
   * The rounds of a batch. A round must be done before the next is asked for; when it was not, the
   * indicators that it was to fill are forgotten.
   * @throws RangeError that names the first genome, gene and value that is not legal
   */
  *rounds(genomes: readonly RefGenome[]): Generator<KernelRound> {
    genomes.forEach(checkGenome);
    const { records, bars } = this.#layout;
    for (let first = 0; first < genomes.length; ) {
      const [end, needed] = this.#fitting(genomes, first);
      const [places, fresh] = this.#place(needed);
      const batch = genomes.slice(first, end);
      const recordOf: number[] = [];
      for (const [i, index] of sharingOrder(batch).entries()) {
        recordOf[index] = records + i * RECORD_DOUBLES;
        this.#write(batch[index] as RefGenome, recordOf[index], places);
      }
      let isDone = false;
      try {
        yield {
          fills: fresh.map((placed) => ({ kind: 'fill', placed })),
          runs: this.#runs(batch.length),
          genomes: batch.length,
          results: () =>
            recordOf.map((record) => readResult(this.#f64, record, bars, this.#layout)),
        };
        isDone = true;
      } finally {
        if (!isDone)
          for (const { indicator, period } of fresh) this.#slots.forget(indicator, period);
      }
      first = end;
    }
  }

  /** Evaluates a batch in this thread; results are in the order of the genomes. */
  evaluate(kernel: Kernel, genomes: readonly RefGenome[]): readonly RefResult[] {
    const results: RefResult[] = [];
    for (const round of this.rounds(genomes)) {
      for (const job of [...round.fills, ...round.runs]) runJob(kernel, this.#layout, job);
      results.push(...round.results());
    }
    return results;
  }
}
