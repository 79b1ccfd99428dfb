/** Two threads against one, over the same shared memory layout, in turns. */
import { KernelPool } from '../../gateways/evaluation/kernel-pool.ts';
import { population, WORKLOADS } from './workloads.ts';

const GENOMES = 1_024;
const ROUNDS = 15;

export interface Scaling {
  /** Seconds of a generation on the wall, the best of the rounds. */
  readonly oneThreadSeconds: number;
  readonly twoThreadsSeconds: number;
  readonly ratio: number;
  /**
   * Twice the processor time of one thread's generation over that of two threads': what the ratio
   * would be if nothing else ran. Not judged.
   */
  readonly ratioOfProcessorTime: number;
}

export async function scaling(): Promise<Scaling> {
  const r1 = WORKLOADS.r1?.();
  if (r1 === undefined) throw new Error('there is no workload r1');
  const genomes = population(GENOMES);
  const pools = [1, 2].map((threads) => KernelPool.over(r1.bars, { threads, records: GENOMES }));
  const best = [1, 2].map(() => ({ wallMs: Infinity, cpuUs: Infinity }));
  for (const pool of pools) await pool.evaluate(genomes);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, pool] of pools.entries()) {
      const [began, before] = [performance.now(), process.cpuUsage()];
      await pool.evaluate(genomes);
      const { user, system } = process.cpuUsage(before);
      const own = best[i] as { wallMs: number; cpuUs: number };
      own.wallMs = Math.min(own.wallMs, performance.now() - began);
      own.cpuUs = Math.min(own.cpuUs, user + system);
    }
  }
  await Promise.all(pools.map((pool) => pool.close()));
  const [one, two] = best as [(typeof best)[0], (typeof best)[0]];
  return {
    oneThreadSeconds: one.wallMs / 1_000,
    twoThreadsSeconds: two.wallMs / 1_000,
    ratio: one.wallMs / two.wallMs,
    ratioOfProcessorTime: (2 * one.cpuUs) / two.cpuUs,
  };
}
