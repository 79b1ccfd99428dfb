/** vectorbt over the same signals, through Python, when it is installed there. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scores } from '../../test/domain/evolution/kernel/naive.ts';
import type { Workload } from './workloads.ts';

const SCRIPT = fileURLToPath(new URL('./vectorbt_times.py', import.meta.url));
export const COLUMNS = 64;
const ROUNDS = 3;

export interface VectorbtTimes {
  readonly version: string;
  readonly engine: string;
  /** Million bars a second of all columns: simulation with five metrics, and the simulation alone. */
  readonly rate: number;
  readonly simulationRate: number;
}

/**
 * Signals are given, not computed: what is timed is less than what our kernels do.
 * @returns why there are none, as text
 */
export function vectorbtTimes(folder: string, { bars, genomes }: Workload): VectorbtTimes | string {
  const python = process.env.PERPETUA_BENCH_PYTHON ?? 'python3';
  const some = genomes.slice(0, COLUMNS);
  const signals = some.map((genome) => {
    const own = scores(bars.close, genome);
    return own.map((score) =>
      score >= genome.threshold ? 1 : score <= -genome.threshold ? -1 : 0,
    );
  });
  const columns = [bars.open, bars.high, bars.low, bars.close, ...signals];
  writeFileSync(
    join(folder, 'signals.bin'),
    Buffer.concat(columns.map((each) => Buffer.from(Float64Array.from(each).buffer))),
  );
  const order = {
    file: join(folder, 'signals.bin'),
    bars: bars.length,
    rounds: ROUNDS,
    stop: some.map((genome) => Math.min(genome.stopFraction, genome.trailFraction)),
    trail: some.map((genome) => genome.trailFraction < 1),
    target: some.map((genome) => genome.targetFraction),
    size: some.map((genome) => Math.min(1, genome.sizeFraction)),
  };
  const input = JSON.stringify(order);
  const run = spawnSync(python, [SCRIPT], { input, encoding: 'utf8', maxBuffer: 1 << 24 });
  if (run.status === 3) {
    return `vectorbt is not installed for ${python} (pip install vectorbt vectorbt-rust; PERPETUA_BENCH_PYTHON names another)`;
  }
  if (run.status !== 0) return `${python} failed: ${(run.stderr ?? '').trim().split('\n').at(-1)}`;
  const { seconds, simulationSeconds, version, engine } = JSON.parse(run.stdout) as {
    seconds: number;
    simulationSeconds: number;
    version: string;
    engine: string;
  };
  const evaluations = (bars.length * some.length) / 1e6;
  return {
    version,
    engine,
    rate: evaluations / seconds,
    simulationRate: evaluations / simulationSeconds,
  };
}
