/**
 * `npm run bench -- indicators --json`: nanoseconds a bar of every indicator beside a plain loop in
 * the same run (and TA-Lib through Python, when installed), and traces a second of every seed.
 */
import type { BarArrays } from '../domain/market/bar-arrays.ts';
import { barView } from '../domain/market/bar-arrays.ts';
import { parseGenes } from '../domain/signals/genes.ts';
import { nadarayaWatson } from '../domain/signals/indicators/kernel-regression.ts';
import { ema, sma, wma } from '../domain/signals/indicators/means.ts';
import { macd, rsi, stochastic } from '../domain/signals/indicators/momentum.ts';
import { adx, atr, donchian, highest, ichimoku } from '../domain/signals/indicators/ranges.ts';
import { realisedVolatility } from '../domain/signals/indicators/returns.ts';
import {
  bollinger,
  correlation,
  quantile,
  stdev,
  zscore,
} from '../domain/signals/indicators/spread.ts';
import { obv, vwap } from '../domain/signals/indicators/volume.ts';
import { SEEDS } from '../domain/signals/registry.ts';
import type { StrategySeed } from '../domain/signals/seed.ts';
import type { SeedInput } from '../domain/signals/source.ts';
import { traceSeries, WindowSources } from '../domain/signals/trace-series.ts';
import { barsOfFile, SAMPLE } from './candle-file.ts';
import {
  plainAtr,
  plainEma,
  plainHighest,
  plainRsi,
  plainSma,
  plainStdev,
} from './indicators/references.ts';
import { talibTimes } from './indicators/talib.ts';
import { quantile as quantileOf, round } from './statistics.ts';

const ROUNDS = 9;
/** Short works are repeated until they take this long: the clock of the processor is coarse. */
const LEAST_NS = 8_000_000;
/** Bars that seeds are traced over: about a fortnight of minutes. */
const TRACE_BARS = 20_000;
const HOUR_MS = 3_600_000;

type Work = () => unknown;

/**
 * Median nanoseconds of processor time a bar of each work, taken in turns so that a noisy moment hits
 * all alike. Not time on the wall: the machine may be shared.
 */
function timed(works: Readonly<Record<string, Work>>, bars: number): Record<string, number> {
  const repeated = new Map<string, number>();
  const times = new Map(Object.keys(works).map((name): [string, number[]] => [name, []]));
  for (let turn = -3; turn < ROUNDS; turn += 1) {
    for (const [name, work] of Object.entries(works)) {
      const repeats = repeated.get(name) ?? 1;
      const began = process.cpuUsage();
      for (let repeat = 0; repeat < repeats; repeat += 1) work();
      const tookNs = (1_000 * process.cpuUsage(began).user) / repeats;
      if (turn < 0) repeated.set(name, Math.max(1, Math.ceil(LEAST_NS / Math.max(tookNs, 1_000))));
      // The first turns warm up the code.
      if (turn >= 0) times.get(name)?.push(tookNs / bars);
    }
  }
  return Object.fromEntries(
    [...times].map(([name, values]) => [name, round(quantileOf(values, 0.5), 1)]),
  );
}

function indicatorWorks(bars: BarArrays): Readonly<Record<string, Work>> {
  const { high, close, volumeBase } = bars;
  const out = new Float64Array(bars.length);
  return {
    sma20: () => sma(close, 20, out),
    ema20: () => ema(close, 20, out),
    wma20: () => wma(close, 20, out),
    rsi14: () => rsi(close, 14, out),
    macd: () => macd(close, 12, 26, 9),
    stochastic: () => stochastic(bars, 14, 3, 3),
    atr14: () => atr(bars, 14, out),
    adx14: () => adx(bars, 14, out),
    highest20: () => highest(high, 20, out),
    donchian20: () => donchian(bars, 20),
    ichimoku: () => ichimoku(bars, 9, 26, 52, 26),
    stdev20: () => stdev(close, 20, out),
    bollinger20: () => bollinger(close, 20, 2),
    zscore20: () => zscore(close, 20),
    quantile100: () => quantile(close, 100, 0.5),
    correlation30: () => correlation(close, high, 30, out),
    realisedVolatility20: () => realisedVolatility(close, 20),
    vwap50: () => vwap(bars, 50),
    obv: () => obv(close, volumeBase, out),
    nadarayaWatson20: () => nadarayaWatson(close, 'gaussian', 20),
  };
}

function plainWorks({ high, low, close }: BarArrays): Readonly<Record<string, Work>> {
  return {
    sma20: () => plainSma(close, 20),
    ema20: () => plainEma(close, 20),
    rsi14: () => plainRsi(close, 14),
    atr14: () => plainAtr(high, low, close, 14),
    stdev20: () => plainStdev(close, 20),
    highest20: () => plainHighest(high, 20),
  };
}

/** Traces a second over the same bars: indicators computed each time (cold), or kept (warm). */
function traceRates(seed: StrategySeed, input: SeedInput): object {
  const genes = parseGenes(seed, {});
  if (!genes.ok) throw new Error(`defaults of ${seed.name} are not legal`);
  const kept = new WindowSources(input);
  traceSeries(seed, genes.value, kept);
  const works = {
    cold: () => traceSeries(seed, genes.value, new WindowSources(input)),
    warm: () => traceSeries(seed, genes.value, kept),
  };
  const perBar = timed(works, input.bars.length);
  const rate = (nsPerBar: number): number => round(1e9 / (nsPerBar * input.bars.length), 1);
  return {
    coldNsPerBar: perBar.cold,
    warmNsPerBar: perBar.warm,
    coldTracesPerSecond: rate(perBar.cold ?? Number.NaN),
    warmTracesPerSecond: rate(perBar.warm ?? Number.NaN),
    keptBytes: kept.sizeBytes,
  };
}

/** Hourly payments for the seed that reads them. */
function fundingOf(bars: BarArrays): SeedInput['funding'] {
  const from = Math.floor((bars.openTimeMs[0] ?? 0) / HOUR_MS) - 300;
  const hours = Math.ceil((bars.length * bars.intervalMs) / HOUR_MS) + 300;
  return {
    timeMs: Float64Array.from({ length: hours }, (_, i) => (from + i) * HOUR_MS),
    value: Float64Array.from({ length: hours }, (_, i) => 0.00004 * Math.sin(i / 9)),
  };
}

export async function indicators(): Promise<object> {
  const bars = barsOfFile(SAMPLE);
  const ours = timed(indicatorWorks(bars), bars.length);
  const plain = timed(plainWorks(bars), bars.length);
  const theirs = talibTimes(bars);
  const talib = typeof theirs === 'string' ? {} : theirs.nsPerBar;
  const table = Object.entries(ours).map(([indicator, nsPerBar]) => {
    const [loop, library] = [plain[indicator], talib[indicator]];
    return {
      indicator,
      nsPerBar,
      ...(loop === undefined
        ? {}
        : { plainLoopNsPerBar: loop, ratioToPlain: round(nsPerBar / loop) }),
      ...(library === undefined
        ? {}
        : { talibNsPerBar: round(library, 1), ratioToTalib: round(nsPerBar / library) }),
    };
  });
  const few = barView(bars, 0, TRACE_BARS);
  const funding = fundingOf(few);
  const input: SeedInput = { bars: few, ...(funding && { funding }) };
  return {
    benchmark: 'indicators',
    bars: bars.length,
    rounds: ROUNDS,
    talib: typeof theirs === 'string' ? theirs : theirs.version,
    indicators: table,
    traceBars: TRACE_BARS,
    seeds: SEEDS.map((seed) => ({ seed: seed.name, ...traceRates(seed, input) })),
  };
}
