/** Everything that any seed reads, over real bars: funding, sentiment, another asset. */
import fc from 'fast-check';
import { barArrays } from '../../../domain/market/bar-arrays.ts';
import type { CandleSeries } from '../../../domain/market/candles.ts';
import type { TimedSeries } from '../../../domain/market/side-series.ts';
import { HOUR_MS } from '../../../domain/market/side-series.ts';
import type { MarketFacts } from '../../../domain/market/snapshot.ts';
import type { GeneSpec, Genes } from '../../../domain/signals/genes.ts';
import { parseGenes } from '../../../domain/signals/genes.ts';
import type { StrategySeed } from '../../../domain/signals/seed.ts';
import type { SeedInput } from '../../../domain/signals/source.ts';
import { sampleBars } from '../market/samples.ts';

/** Hourly payments that swing slowly around zero and jump now and then, 300 hours before the bars. */
export function fundingFor(series: CandleSeries): TimedSeries {
  const [first = 0, last = 0] = [series.openTimeMs.at(0), series.openTimeMs.at(-1)];
  const from = Math.floor(first / HOUR_MS) - 300;
  const hours = Math.floor((last + series.intervalMs) / HOUR_MS) - from + 1;
  const rate = (hour: number): number =>
    0.00004 * Math.sin(hour / 9) + (hour % 11 === 0 ? 0.00003 : 0.000005) * Math.sin(hour * hour);
  return {
    timeMs: Float64Array.from({ length: hours }, (_, i) => (from + i) * HOUR_MS),
    value: Float64Array.from({ length: hours }, (_, i) => rate(from + i)),
  };
}

/** A reading a day, from fear to greed and back in two weeks. */
export function sentimentFor(series: CandleSeries): TimedSeries {
  const dayMs = 24 * HOUR_MS;
  const [first = 0, last = 0] = [series.openTimeMs.at(0), series.openTimeMs.at(-1)];
  const from = Math.floor(first / dayMs) - 10;
  const days = Math.floor(last / dayMs) - from + 1;
  return {
    timeMs: Float64Array.from({ length: days }, (_, i) => (from + i) * dayMs),
    value: Float64Array.from({ length: days }, (_, i) => 50 + 40 * Math.sin((from + i) / 2)),
  };
}

/** What lies beside the bars; the other assets are real ones of the same minutes. */
export function besideOf(
  series: CandleSeries,
  others: Readonly<Record<string, CandleSeries>> = {},
): Pick<MarketFacts, 'funding' | 'sentiment' | 'others'> {
  return { funding: fundingFor(series), sentiment: sentimentFor(series), others };
}

export function inputFrom(
  series: CandleSeries,
  others: Readonly<Record<string, CandleSeries>> = {},
): SeedInput {
  const { funding, sentiment } = besideOf(series);
  const arrays = Object.entries(others).map(([name, bars]) => [name, barArrays(bars)] as const);
  return {
    bars: barArrays(series),
    ...(funding && { funding }),
    ...(sentiment && { sentiment }),
    others: Object.fromEntries(arrays),
  };
}

/** Real minutes of two assets that belong together. */
export const REAL = sampleBars(0, 9_000);
export const REAL_ETH = sampleBars(0, 9_000, 'ETH');
export const OTHERS = { BTC: REAL, ETH: REAL_ETH, SOL: sampleBars(0, 9_000, 'SOL') };

const geneValue = (spec: GeneSpec): fc.Arbitrary<number | string> => {
  if (spec.kind === 'category') return fc.constantFrom(...spec.options);
  if (spec.kind === 'text') return fc.constant(spec.default);
  const { min, max } = spec;
  return spec.kind === 'int'
    ? fc.integer({ min, max })
    : fc.double({ min, max, noNaN: true, noDefaultInfinity: true });
};

/** Every legal assignment of a seed's genes. */
export function legalGenes(seed: StrategySeed): fc.Arbitrary<Genes> {
  const record = fc.record(
    Object.fromEntries(seed.genes.map((spec) => [spec.name, geneValue(spec)])),
  );
  return record
    .map((values) => parseGenes(seed, values))
    .filter((parsed) => parsed.ok)
    .map((parsed) => (parsed.ok ? parsed.value : {}));
}
