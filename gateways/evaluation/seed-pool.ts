/**
 * Evaluates genomes of our own strategies on several threads. Bars are shared; indicators are each
 * thread's own, so genomes of one strategy are best asked for together.
 */
import type { EvaluationOptions, EvaluationPort } from '../../activities/ports/evaluation.ts';
import type { SeedDataSet, SeedGenome, SeedOutcome } from './seed-evaluation.ts';
import type { SeedThreadData } from './seed-thread.ts';
import { ThreadPool } from './thread-pool.ts';

export interface SeedPoolSetup {
  readonly threads: number;
  /** Of all threads together, for indicators. */
  readonly cacheBytes?: number;
}

const DEFAULT_CACHE_BYTES = 1 << 30;

export class SeedPool implements EvaluationPort<SeedGenome, SeedOutcome> {
  readonly #threads: ThreadPool<SeedGenome, SeedOutcome>;

  /** A data set that breaks a rule fails the first evaluation. */
  constructor(dataSet: SeedDataSet, { threads, cacheBytes = DEFAULT_CACHE_BYTES }: SeedPoolSetup) {
    const data: SeedThreadData = { dataSet, cacheBytes: cacheBytes / threads };
    const module = new URL('./seed-thread.ts', import.meta.url);
    this.#threads = new ThreadPool({ module, threads, dataOf: () => data });
  }

  evaluate(
    genomes: readonly SeedGenome[],
    { onProgress, signal }: EvaluationOptions = {},
  ): Promise<readonly SeedOutcome[]> {
    return this.#threads.run(genomes, {
      ...(signal && { signal }),
      onDone: (jobs) => onProgress?.(jobs, genomes.length),
    });
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}
