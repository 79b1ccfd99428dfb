/** What a kernel does, and the one in TypeScript: the default where there is no WebAssembly, and the oracle. */
import { fillIndicator } from './indicator-columns.ts';
import type { Placed } from './indicator-slots.ts';
import { type KernelLayout, type KernelMemory, SCRATCH_DOUBLES } from './layout.ts';
import { RECORD_DOUBLES } from './record.ts';
import { TILE_BARS, tileSignals } from './tile-signals.ts';
import { walkTile } from './tile-walk.ts';
import { WARM_BARS } from './workload.ts';

export interface Kernel {
  readonly name: 'typescript' | 'wasm';
  /** Computes an indicator into its place. */
  fill(placed: Placed): void;
  /** Takes `count` records from `record` on over the bars from `from` up to, but without, `to`. */
  tile(record: number, count: number, from: number, to: number): void;
}

/** Makes the kernel of one thread: threads write to their own scratch space. */
export type KernelMaker = (memory: KernelMemory, layout: KernelLayout, thread: number) => Kernel;

export const typescriptKernel: KernelMaker = (memory, layout, thread) => {
  const f64 = new Float64Array(memory.buffer);
  const bits = new Int32Array(
    memory.buffer,
    thread * SCRATCH_DOUBLES * Float64Array.BYTES_PER_ELEMENT,
    2 * SCRATCH_DOUBLES,
  );
  return {
    name: 'typescript',
    fill: ({ indicator, period, column, second }) =>
      fillIndicator(f64, indicator, period, layout.close, layout.bars, column, second),
    tile: (record, count, from, to) => {
      const end = record + count * RECORD_DOUBLES;
      for (let each = record; each < end; each += RECORD_DOUBLES) {
        tileSignals(f64, bits, each, from, to);
        walkTile(f64, bits, each, layout, from, to);
      }
    },
  };
};

/** Work for one thread. */
export type KernelJob =
  | { readonly kind: 'fill'; readonly placed: Placed }
  | { readonly kind: 'run'; readonly record: number; readonly count: number };

/** Does one job: an indicator, or some genomes over all bars, tile by tile. */
export function runJob(kernel: Kernel, { bars }: KernelLayout, job: KernelJob): void {
  if (job.kind === 'fill') {
    kernel.fill(job.placed);
    return;
  }
  for (let from = WARM_BARS; from < bars; from += TILE_BARS) {
    kernel.tile(job.record, job.count, from, Math.min(bars, from + TILE_BARS));
  }
}
