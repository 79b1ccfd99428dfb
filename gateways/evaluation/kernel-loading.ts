/** From the store straight into the memory of the kernels: ten years of minutes are 168 MB of prices. */
import type { BarsWanted, MarketStorePort } from '../../activities/ports/market-store.ts';
import type {
  KernelLayout,
  KernelMemory,
  LayoutWishes,
} from '../../domain/evolution/kernel/layout.ts';
import { barColumns, planLayout, settledLayout } from '../../domain/evolution/kernel/layout.ts';
import { kernelMemory } from '../../domain/evolution/kernel/wasm-kernel.ts';
import type { StoredBars, TimeRange } from '../../domain/market/history/stored-bars.ts';
import { INTERVALS_MS } from '../../domain/market/interval.ts';

export interface LoadedToKernel {
  readonly memory: KernelMemory;
  readonly layout: KernelLayout;
  /** Prices are views of the memory. */
  readonly bars: StoredBars;
}

/** @throws RangeError when there are too few bars, too many, or a price is none */
export async function loadToKernel(
  store: Pick<MarketStorePort, 'loadBars'>,
  wanted: BarsWanted,
  wishes: LayoutWishes,
  range?: TimeRange,
): Promise<LoadedToKernel> {
  let made: { readonly memory: KernelMemory; readonly layout: KernelLayout } | undefined;
  const bars = await store.loadBars(wanted, range, (length) => {
    const layout = planLayout({ length, intervalMs: INTERVALS_MS[wanted.interval] }, wishes);
    const memory = kernelMemory(layout);
    made = { memory, layout };
    return barColumns(memory, layout);
  });
  if (made === undefined) throw new Error('the store made no use of the room for its prices');
  const layout = settledLayout(made.memory, made.layout, bars.openTimeMs.length);
  return { memory: made.memory, layout, bars };
}
