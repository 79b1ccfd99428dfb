/**
 * One data set in one shared memory: scratch space of the threads, the columns of the bars, slots for
 * columns of indicators, and records of genomes. Both kernels and all threads read the same places.
 */
import type { BarArrays } from '../../market/bar-arrays.ts';
import { RECORD_DOUBLES } from './record.ts';
import type { TileMarket } from './tile-walk.ts';
import { type BarTerms, barTerms, FUNDING_RATE, WARM_BARS } from './workload.ts';

/** A shared memory of WebAssembly's, or any shared buffer when there is no WebAssembly. */
export interface KernelMemory {
  readonly buffer: SharedArrayBuffer;
}

export interface KernelLayout extends TileMarket, BarTerms {
  readonly bars: number;
  /** Doubles from one column to the next. */
  readonly stride: number;
  readonly threads: number;
  /** Index of the first slot; each holds a column. */
  readonly slots: number;
  readonly slotCount: number;
  readonly records: number;
  readonly recordCount: number;
  readonly doubles: number;
}

export interface LayoutWishes {
  readonly threads?: number;
  /** Genomes that are evaluated together; larger batches are split. */
  readonly records?: number;
  /** Room for columns of indicators, in bytes. */
  readonly cacheBytes?: number;
}

/** Doubles of a thread's own: bit sets and tables, in cache lines that no other thread writes. */
export const SCRATCH_DOUBLES = 64;
/** An RSI, two EMAs and bands: what one genome reads. */
export const LEAST_SLOTS = 6;

const DEFAULT_RECORDS = 1_024;
const DEFAULT_CACHE_BYTES = 1 << 30;
/** What an address of 32 bits can reach. */
const MOST_BYTES = 2 ** 32;
const DOUBLE_BYTES = 8;
/** Columns begin on cache lines, and the last vectors of one may read past its end. */
const ALIGN = 16;

const aligned = (doubles: number): number => Math.ceil(doubles / ALIGN) * ALIGN;

function atLeast(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`${name} ${value}: must be a whole number of at least ${least}`);
}

/**
 * @throws RangeError when there are too few bars to trade after the warm-up, or when bars and the least
 * cache do not fit into 4 GiB
 */
export function planLayout(
  { length, intervalMs }: Pick<BarArrays, 'length' | 'intervalMs'>,
  wishes: LayoutWishes = {},
): KernelLayout {
  const bars = atLeast('bars', length, WARM_BARS + 1);
  const threads = atLeast('threads', wishes.threads ?? 1, 1);
  const recordCount = atLeast('records', wishes.records ?? DEFAULT_RECORDS, 1);
  const terms = barTerms(intervalMs);
  const stride = aligned(bars);
  const open = threads * SCRATCH_DOUBLES;
  const slots = open + 4 * stride;
  const rest = aligned(recordCount * RECORD_DOUBLES) + ALIGN;
  const room = Math.floor((MOST_BYTES / DOUBLE_BYTES - slots - rest) / stride);
  const wanted = (wishes.cacheBytes ?? DEFAULT_CACHE_BYTES) / (stride * DOUBLE_BYTES);
  const slotCount = Math.min(room, Math.max(LEAST_SLOTS, Math.floor(wanted)));
  if (slotCount < LEAST_SLOTS) {
    throw new RangeError(`bars ${bars}: with one genome's indicators they exceed 4 GiB`);
  }
  const records = slots + slotCount * stride;
  return {
    ...terms,
    // Funding is paid hourly: one payment is an hour of it.
    fundingRate: FUNDING_RATE,
    bars,
    stride,
    threads,
    open,
    high: open + stride,
    low: open + 2 * stride,
    close: open + 3 * stride,
    slots,
    slotCount,
    records,
    recordCount,
    doubles: records + rest,
  };
}

const COLUMNS = ['open', 'high', 'low', 'close'] as const;

/** The columns of the bars in the memory: whoever reads a data set may read it to there at once. */
export function barColumns(
  memory: KernelMemory,
  layout: KernelLayout,
): Readonly<Record<(typeof COLUMNS)[number], Float64Array>> {
  const view = (at: number): Float64Array =>
    new Float64Array(memory.buffer, at * DOUBLE_BYTES, layout.bars);
  return {
    open: view(layout.open),
    high: view(layout.high),
    low: view(layout.low),
    close: view(layout.close),
  };
}

/** @throws RangeError that names the column, the bar and the price that is none */
export function checkPrices(name: string, column: Float64Array): void {
  for (let t = 0; t < column.length; t += 1) {
    const price = column[t] as number;
    if (price > 0 && price < Number.POSITIVE_INFINITY) continue;
    throw new RangeError(`${name} of bar ${t}, ${price}: must be above 0`);
  }
}

/**
 * The layout for as many bars as there turned out to be, after they were written to their places.
 * @throws RangeError when they are too few or too many, or a price is none
 */
export function settledLayout(
  memory: KernelMemory,
  layout: KernelLayout,
  bars: number,
): KernelLayout {
  const settled = { ...layout, bars: atLeast('bars', bars, WARM_BARS + 1) };
  if (bars > layout.bars) {
    throw new RangeError(`bars ${bars}: the memory is laid out for ${layout.bars}`);
  }
  const columns = barColumns(memory, settled);
  for (const name of COLUMNS) checkPrices(name, columns[name]);
  return settled;
}

/**
 * Copies a data set's prices to their places.
 * @throws RangeError when the bars are not as many as planned, or a price is none
 */
export function writeBars(memory: KernelMemory, layout: KernelLayout, bars: BarArrays): void {
  if (bars.length !== layout.bars) {
    throw new RangeError(`bars ${bars.length}: the memory is laid out for ${layout.bars}`);
  }
  const columns = barColumns(memory, layout);
  for (const name of COLUMNS) {
    checkPrices(name, bars[name]);
    columns[name].set(bars[name]);
  }
}
