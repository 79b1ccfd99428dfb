/** The same workload as a plain loop in C, compiled here when there is a compiler. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { barTerms, GENES } from '../../domain/evolution/kernel/workload.ts';
import { hashOf } from './child.ts';
import type { Workload } from './workloads.ts';

const SOURCE = fileURLToPath(new URL('./refbt.c', import.meta.url));
/** Strict IEEE: `-ffp-contract=off` keeps the compiler from fusing what `-march=native` could fuse. */
export const C_FLAGS = ['-O3', '-march=native', '-ffp-contract=off'];

export interface CLoop {
  /** The compiler's first line about itself. */
  readonly compiler: string;
  /** Million bar-evaluations a second of processor time, the best of some runs, and the results' hash. */
  measure(workload: Workload, repeats: number): { readonly rate: number; readonly hash: string };
}

/** @returns why there is none, as text */
export function compileCLoop(folder: string): CLoop | string {
  const cc = process.env.CC ?? 'cc';
  const binary = join(folder, 'refbt');
  const built = spawnSync(cc, [...C_FLAGS, '-o', binary, SOURCE, '-lm'], { encoding: 'utf8' });
  if (built.error !== undefined) return `no C compiler: ${cc} could not be run (CC names another)`;
  if (built.status !== 0) return `${cc} failed: ${built.stderr}`;
  const version = execFileSync(cc, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? cc;
  return {
    compiler: `${version} ${C_FLAGS.join(' ')}`,
    measure: ({ name, bars, genomes }, repeats) => {
      const [job, out] = [join(folder, `${name}.job`), join(folder, `${name}.out`)];
      const { fundingBars, barsPerYear } = barTerms(bars.intervalMs);
      const head = Float64Array.of(bars.length, genomes.length, fundingBars, barsPerYear);
      const genes = Float64Array.from(
        genomes.flatMap((genome) => GENES.map((gene) => genome[gene])),
      );
      const parts = [head, bars.open, bars.high, bars.low, bars.close, genes];
      writeFileSync(
        job,
        Buffer.concat(
          parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)),
        ),
      );
      const told = execFileSync(binary, [job, out, String(repeats)], { encoding: 'utf8' });
      const bestNs = Math.min(...told.trim().split('\n').map(Number));
      const bytes = Uint8Array.from(readFileSync(out));
      return {
        rate: (bars.length * genomes.length * 1_000) / bestNs,
        hash: hashOf(new Float64Array(bytes.buffer)),
      };
    },
  };
}
