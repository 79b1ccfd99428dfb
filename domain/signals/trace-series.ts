/**
 * A seed over a long series, as backtests read it: block by block over the very windows that live
 * decisions use, so that both agree to the last bit. Cold it costs twice a single pass.
 */
import { indexFrom } from '../market/bar-arrays.ts';
import type { Genes } from './genes.ts';
import type { SeedTrace, StrategySeed } from './seed.ts';
import { FLAT, NO_VERDICT } from './seed.ts';
import type { SeedInput } from './source.ts';
import { IndicatorSource } from './source.ts';
import {
  anchorBars,
  isFiniteAt,
  isUnusable,
  whyNotFinite,
  whyUnusable,
  windowOf,
  windowStartMs,
} from './window.ts';

/** Windows of one series with their indicators: kept, whole populations share them. */
export class WindowSources {
  readonly input: SeedInput;
  readonly #sources = new Map<string, IndicatorSource>();

  constructor(input: SeedInput) {
    this.input = input;
  }

  /** The window that begins at `startMs` and ends before index `to`. */
  window(startMs: number, to: number): IndicatorSource {
    const key = `${startMs} ${to}`;
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    const made = new IndicatorSource(windowOf(this.input, startMs, to));
    this.#sources.set(key, made);
    return made;
  }

  /** Bytes of all indicators kept. */
  get sizeBytes(): number {
    let bytes = 0;
    for (const source of this.#sources.values()) bytes += source.sizeBytes;
    return bytes;
  }

  /** Forgets every indicator. */
  clear(): void {
    this.#sources.clear();
  }
}

interface Block {
  /** Index of its first bar in the series. */
  readonly from: number;
  readonly startMs: number;
  /** Index in the window of the block's first bar. */
  readonly lead: number;
  readonly source: IndicatorSource;
  readonly trace: SeedTrace;
}

function emptyTrace(bars: number): Omit<SeedTrace, 'reasonAt'> {
  return {
    stance: new Int8Array(bars),
    changed: new Uint8Array(bars),
    mayOpen: new Uint8Array(bars),
    strength: new Float64Array(bars),
    stopDistanceFraction: new Float64Array(bars),
    volatilityPerBar: new Float64Array(bars),
  };
}

/** Copies a block's verdicts; what live evaluation would be silent about has none here either. */
function place(whole: Omit<SeedTrace, 'reasonAt'>, block: Block, count: number): void {
  const { trace, lead, from, source, startMs } = block;
  for (let i = 0; i < count; i += 1) {
    const at = lead + i;
    const to = from + i;
    const isSilent =
      trace.stance[at] === NO_VERDICT ||
      isUnusable(source.bars, startMs, at) ||
      !isFiniteAt(trace, at);
    if (isSilent) {
      whole.stance[to] = NO_VERDICT;
      continue;
    }
    whole.stance[to] = trace.stance[at] as number;
    whole.changed[to] = trace.changed[at] as number;
    whole.mayOpen[to] = trace.stance[at] === FLAT ? 0 : (trace.mayOpen[at] as number);
    whole.strength[to] = Math.max(0, Math.min(1, trace.strength[at] as number));
    whole.stopDistanceFraction[to] = Math.max(0, trace.stopDistanceFraction[at] as number);
    whole.volatilityPerBar[to] = Math.max(0, trace.volatilityPerBar[at] as number);
  }
}

/**
 * The seed's verdict on every bar of the series. Bars that live evaluation would be silent about
 * (warm-up, holes, no number) have `NO_VERDICT`.
 * @param sources windows of the same series, kept over many calls
 */
export function traceSeries(seed: StrategySeed, genes: Genes, sources: WindowSources): SeedTrace {
  const { bars } = sources.input;
  const anchor = anchorBars(seed, genes);
  const whole = emptyTrace(bars.length);
  const blocks: Block[] = [];
  for (let from = 0; from < bars.length; ) {
    const startMs = windowStartMs(bars.openTimeMs[from] as number, bars.intervalMs, anchor);
    const endMs = startMs + 2 * anchor * bars.intervalMs;
    const to = indexFrom(bars.openTimeMs, endMs);
    const source = sources.window(startMs, to);
    const lead = from - (to - source.bars.length);
    const trace = seed.trace(source.input, genes, source);
    const block = { from, startMs, lead, source, trace };
    place(whole, block, to - from);
    blocks.push(block);
    from = to;
  }
  const reasonAt = (index: number): string => {
    const block = blocks.findLast(({ from }) => from <= index);
    if (block === undefined) return 'no such bar';
    const at = block.lead + index - block.from;
    return (
      whyUnusable(block.source.bars, block.startMs, at) ??
      whyNotFinite(block.trace, at) ??
      block.trace.reasonAt(at)
    );
  };
  return { ...whole, reasonAt };
}
