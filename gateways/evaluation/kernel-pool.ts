/**
 * Evaluates genomes of the reference workload on several threads over one shared memory: bars and
 * indicators are there once, whatever the number of threads.
 */
import type { EvaluationOptions, EvaluationPort } from '../../activities/ports/evaluation.ts';
import type { BarsWanted, MarketStorePort } from '../../activities/ports/market-store.ts';
import type { KernelJob } from '../../domain/evolution/kernel/kernel.ts';
import { KernelBoard } from '../../domain/evolution/kernel/kernel-board.ts';
import type { KernelLayout, KernelMemory } from '../../domain/evolution/kernel/layout.ts';
import { type LayoutWishes, planLayout, writeBars } from '../../domain/evolution/kernel/layout.ts';
import {
  hasWasmKernel,
  type KernelName,
  kernelMemory,
} from '../../domain/evolution/kernel/wasm-kernel.ts';
import type { RefGenome, RefResult } from '../../domain/evolution/kernel/workload.ts';
import type { BarArrays } from '../../domain/market/bar-arrays.ts';
import type { TimeRange } from '../../domain/market/history/stored-bars.ts';
import { loadToKernel } from './kernel-loading.ts';
import type { KernelThreadData } from './kernel-thread.ts';
import { ThreadPool } from './thread-pool.ts';

export interface KernelPoolSetup extends LayoutWishes {
  readonly threads: number;
  /** The faster one that runs here when absent. */
  readonly kernel?: KernelName;
}

export class KernelPool implements EvaluationPort<RefGenome, RefResult> {
  readonly kernel: KernelName;
  readonly #board: KernelBoard;
  readonly #threads: ThreadPool<KernelJob, undefined>;
  /** Batches share the memory: one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param memory laid out, with the bars written
   */
  constructor(memory: KernelMemory, layout: KernelLayout, kernel?: KernelName) {
    this.kernel = kernel ?? (hasWasmKernel() ? 'wasm' : 'typescript');
    this.#board = new KernelBoard(memory, layout);
    const dataOf = (thread: number): KernelThreadData => ({
      memory,
      layout,
      kernel: this.kernel,
      thread,
    });
    const module = new URL('./kernel-thread.ts', import.meta.url);
    this.#threads = new ThreadPool({ module, threads: layout.threads, dataOf });
  }

  /** Copies the bars into a memory of their own and starts the threads. */
  static over(bars: BarArrays, { kernel, ...wishes }: KernelPoolSetup): KernelPool {
    const layout = planLayout(bars, wishes);
    const memory = kernelMemory(layout);
    writeBars(memory, layout, bars);
    return new KernelPool(memory, layout, kernel);
  }

  /** Reads the bars of the store to where the threads see them; nothing is copied. */
  static async fromStore(
    store: Pick<MarketStorePort, 'loadBars'>,
    wanted: BarsWanted,
    { kernel, ...wishes }: KernelPoolSetup,
    range?: TimeRange,
  ): Promise<KernelPool> {
    const { memory, layout } = await loadToKernel(store, wanted, wishes, range);
    return new KernelPool(memory, layout, kernel);
  }

  async #evaluate(
    genomes: readonly RefGenome[],
    { onProgress, signal }: EvaluationOptions,
  ): Promise<readonly RefResult[]> {
    const results: RefResult[] = [];
    const run = { ...(signal && { signal }) };
    const total = genomes.length;
    for (const round of this.#board.rounds(genomes)) {
      const before = results.length;
      await this.#threads.run(round.fills, {
        ...run,
        onDone: () => onProgress?.(before, total),
      });
      const { runs } = round;
      await this.#threads.run(runs, {
        ...run,
        onDone: (jobs) =>
          onProgress?.(before + Math.floor((jobs / runs.length) * round.genomes), total),
      });
      results.push(...round.results());
    }
    return results;
  }

  evaluate(
    genomes: readonly RefGenome[],
    options: EvaluationOptions = {},
  ): Promise<readonly RefResult[]> {
    const turn = this.#last.then(() => this.#evaluate(genomes, options));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}
