/** Trees over arrays of bars. A comparison with a number that is not known yet is false. */
import { emaWarmupBars, wilderWarmupBars } from '../common-genes.ts';
import { kernelBars } from '../indicators/kernel-regression.ts';
import type { Column, IndicatorSource } from '../source.ts';
import type { BarIndicator, ColumnName, ConditionNode, ExpressionNode, NumberNode } from './ast.ts';
import { childrenOf } from './ast.ts';
import { print } from './print.ts';
import { compared, compute } from './simplify.ts';

const columnOf = (name: ColumnName): Column => (name === 'volume' ? 'volumeBase' : name);

const BAR_VALUES: Readonly<
  Record<BarIndicator, (source: IndicatorSource, period: number) => Float64Array>
> = {
  rsi: (source, period) => source.rsi('close', period),
  atr: (source, period) => source.atr(period),
  adx: (source, period) => source.adx(period),
  vwap: (source, period) => source.vwap(period).vwap,
  change: (source, period) => source.returns(period),
  volatility: (source, period) => source.volatility(period),
  stochastic: (source, period) => source.stochastic(period, 3, 1).k,
  kernel: (source, period) => source.nadarayaWatson('gaussian', period),
};

/** Bars that an indicator of this period reads, up to what means have forgotten. */
function barsOf(node: ExpressionNode): number {
  if (node.kind === 'ago') return node.bars;
  if (node.kind === 'columnIndicator') {
    return node.name === 'ema' ? emaWarmupBars(node.period) : node.period;
  }
  if (node.kind !== 'barIndicator') return 1;
  const { name, period } = node;
  if (name === 'rsi' || name === 'atr') return wilderWarmupBars(period);
  if (name === 'adx') return 2 * wilderWarmupBars(period);
  if (name === 'kernel') return kernelBars('gaussian', period);
  return name === 'stochastic' ? period + 3 : period + 2;
}

/** Closed bars that a tree reads. */
export function warmupOf(node: ExpressionNode): number {
  const below = Math.max(0, ...childrenOf(node).map(warmupOf));
  return node.kind === 'ago' ? below + node.bars : Math.max(below, barsOf(node));
}

/** One value per bar. */
export function numbersOf(node: NumberNode, source: IndicatorSource): Float64Array {
  const bars = source.bars.length;
  switch (node.kind) {
    case 'column':
      return source.bars[columnOf(node.column)];
    case 'columnIndicator':
      return source[node.name](columnOf(node.column), node.period);
    case 'barIndicator':
      return BAR_VALUES[node.name](source, node.period);
    default:
      return source.memo(`expression ${print(node)}`, () =>
        fill(node, source, new Float64Array(bars)),
      );
  }
}

type Computed = Exclude<
  NumberNode,
  { readonly kind: 'column' | 'columnIndicator' | 'barIndicator' }
>;

function fill(node: Computed, source: IndicatorSource, out: Float64Array): Float64Array {
  if (node.kind === 'constant') return out.fill(node.value);
  if (node.kind === 'arithmetic' || node.kind === 'extreme') {
    const [left, right] = [numbersOf(node.left, source), numbersOf(node.right, source)];
    for (let i = 0; i < out.length; i += 1) {
      const [a, b] = [left[i] as number, right[i] as number];
      out[i] = node.kind === 'extreme' ? Math[node.name](a, b) : compute(node.operator, a, b);
    }
    return out;
  }
  const values = numbersOf(node.of, source);
  for (let i = 0; i < out.length; i += 1) {
    if (node.kind === 'ago') out[i] = values[i - node.bars] ?? Number.NaN;
    else out[i] = node.kind === 'negative' ? -(values[i] as number) : Math.abs(values[i] as number);
  }
  return out;
}

/** 1 on bars where the condition holds. */
export function holdsOn(node: ConditionNode, source: IndicatorSource): Uint8Array {
  return source.memo(`condition ${print(node)}`, () => {
    const out = new Uint8Array(source.bars.length);
    if (node.kind === 'always') return out.fill(node.value ? 1 : 0);
    if (node.kind === 'compare') {
      const [left, right] = [numbersOf(node.left, source), numbersOf(node.right, source)];
      for (let i = 0; i < out.length; i += 1) {
        out[i] = compared(node.operator, left[i] as number, right[i] as number) ? 1 : 0;
      }
      return out;
    }
    if (node.kind === 'not') return holdsOn(node.of, source).map((holds) => 1 - holds);
    const [left, right] = [holdsOn(node.left, source), holdsOn(node.right, source)];
    for (let i = 0; i < out.length; i += 1) {
      const [a, b] = [left[i] as number, right[i] as number];
      out[i] = node.operator === 'and' ? a & b : a | b;
    }
    return out;
  });
}

/** The numbers that a condition compares, each once, as text and array. */
export function comparedNumbers(
  node: ConditionNode,
  source: IndicatorSource,
): ReadonlyMap<string, Float64Array> {
  const found = new Map<string, Float64Array>();
  const visit = (inner: ExpressionNode): void => {
    if (inner.kind === 'compare') {
      for (const side of [inner.left, inner.right]) {
        if (side.kind !== 'constant') found.set(print(side), numbersOf(side, source));
      }
    } else for (const child of childrenOf(inner)) visit(child);
  };
  visit(node);
  return found;
}
