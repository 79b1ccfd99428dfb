/**
 * What the learning seeds see of a bar: small numbers without unit, each from the past alone. A
 * market that stands still gives zeros.
 */
import { sma } from '../indicators/means.ts';
import { zscore } from '../indicators/spread.ts';
import type { IndicatorSource } from '../source.ts';

/** Bars until the slowest feature has forgotten where it began (EMA 26, Wilder 14). */
export const FEATURE_WARMUP = 300;
export const FEATURE_COUNT = 12;

const VOLATILITY_BARS = 50;
const ATR_PERIOD = 14;
/** Farther out a feature says only "very". */
const LIMIT = 5;

type At = (index: number) => number;

function column(source: IndicatorSource, name: string, at: At): Float64Array {
  return source.memo(`feature ${name}`, () => {
    const out = new Float64Array(source.bars.length).fill(Number.NaN);
    for (let i = FEATURE_WARMUP - 1; i < out.length; i += 1) {
      out[i] = Math.max(-LIMIT, Math.min(LIMIT, at(i)));
    }
    return out;
  });
}

const over = (value: number, scale: number): number => (scale > 0 ? value / scale : 0);

/** The first `count` feature columns, NaN during the warm-up. */
export function featuresOf(source: IndicatorSource, count: number): readonly Float64Array[] {
  const { close } = source.bars;
  const volatility = source.volatility(VOLATILITY_BARS);
  const atr = source.atr(ATR_PERIOD);
  const read = (values: Float64Array, i: number): number => values[i] as number;
  const momentum = (bars: number): Float64Array => {
    const returns = source.returns(bars);
    return column(source, `return ${bars}`, (i) =>
      over(read(returns, i), read(volatility, i) * Math.sqrt(bars)),
    );
  };
  const rsi = source.rsi('close', 14);
  const [fast, slow] = [source.ema('close', 12), source.ema('close', 26)];
  const { k } = source.stochastic(14, 3, 3);
  const { vwap } = source.vwap(50);
  const place = source.zscore('close', 20);
  const volume = source.memo('feature volume z', () => zscore(source.bars.volumeBase, 50));
  const usual = source.memo('feature usual atr', () => sma(atr, 50));
  const all: readonly (() => Float64Array)[] = [
    () => momentum(1),
    () => momentum(5),
    () => column(source, 'rsi', (i) => (read(rsi, i) - 50) / 25),
    () => column(source, 'ema spread', (i) => over(read(fast, i) - read(slow, i), read(atr, i))),
    () => column(source, 'band place', (i) => read(place, i)),
    () => column(source, 'volume', (i) => read(volume, i)),
    () => momentum(20),
    () => column(source, 'range', (i) => over(read(atr, i), read(usual, i)) - 1),
    () => momentum(3),
    () => column(source, 'stochastic', (i) => (read(k, i) - 50) / 25),
    () => column(source, 'vwap', (i) => over(read(close, i) - read(vwap, i), read(atr, i))),
    () => momentum(10),
  ];
  return all.slice(0, count).map((make) => make());
}

/**
 * The return over the next `horizon` bars in the deviations that it would have by chance, from -3
 * to 3; NaN where the series ends first. It is known only `horizon` bars later: `walkForward` keeps
 * it from everybody until then.
 */
export function targetsOf(source: IndicatorSource, horizon: number): Float64Array {
  return source.memo(`target ${horizon}`, () => {
    const { close } = source.bars;
    const volatility = source.volatility(VOLATILITY_BARS);
    const out = new Float64Array(close.length).fill(Number.NaN);
    const scale = Math.sqrt(horizon);
    for (let i = FEATURE_WARMUP - 1; i + horizon < out.length; i += 1) {
      const ahead = (close[i + horizon] as number) / (close[i] as number) - 1;
      out[i] = Math.max(-3, Math.min(3, over(ahead, (volatility[i] as number) * scale)));
    }
    return out;
  });
}
