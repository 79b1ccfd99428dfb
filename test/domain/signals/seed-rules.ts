/**
 * Rules that every seed keeps: a seed is covered by being registered. The fast suite tries a few
 * bars of each (`seeds.test.ts`), the slow one all of them (`seeds-whole.test.ts`).
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isDecimalText } from '../../../domain/kernel/decimal.ts';
import { barArrays, barView } from '../../../domain/market/bar-arrays.ts';
import type { CandleSeries } from '../../../domain/market/candles.ts';
import { sliceBars } from '../../../domain/market/candles.ts';
import { lookAheadFaults, repaintFaults, warmupFaults } from '../../../domain/signals/checks.ts';
import { evaluate, evaluateSeries, type SignalSeries } from '../../../domain/signals/evaluate.ts';
import { exitRulesOf, TARGET_GENES } from '../../../domain/signals/exit-rules.ts';
import type { Genes } from '../../../domain/signals/genes.ts';
import { parseGenes } from '../../../domain/signals/genes.ts';
import type { StrategySeed } from '../../../domain/signals/seed.ts';
import { NO_VERDICT } from '../../../domain/signals/seed.ts';
import type { SeedInput } from '../../../domain/signals/source.ts';
import { traceSeries, WindowSources } from '../../../domain/signals/trace-series.ts';
import { historyBars, MAX_WARMUP_BARS } from '../../../domain/signals/window.ts';
import { barsFromCloses, snapshotOf } from '../market/samples.ts';
import { besideOf, inputFrom, legalGenes, OTHERS, REAL } from './inputs.ts';
import { genesOf, otherValue, verdictAt } from './samples.ts';

const LEARNING = ['linear-classifier', 'pca-tree-quantile'];
const whole = inputFrom(REAL, OTHERS);
const firstBars = (count: number): SeedInput => ({ ...whole, bars: barView(whole.bars, 0, count) });

/** The trace of a series, and what live evaluation says of some of its bars, in the same words. */
const series = (seed: StrategySeed, genes: Genes, input: SeedInput) =>
  traceSeries(seed, genes, new WindowSources(input));

/** What a live decision sees of a series when the bar before `end` has just closed. */
function liveAt(seed: StrategySeed, genes: Genes, bars: CandleSeries, end: number) {
  const from = Math.max(0, end - historyBars(seed, genes));
  const others = Object.fromEntries(
    Object.entries(OTHERS).map(([name, other]) => [name, sliceBars(other, from, end)]),
  );
  const history = sliceBars(bars, from, end);
  return evaluate(seed, snapshotOf(history, besideOf(history, others)), genes);
}

/** Expects that live evaluation and the series mint the very same signal of a bar. */
function expectAgreement(
  seed: StrategySeed,
  genes: Genes,
  bars: CandleSeries,
  whole: SignalSeries,
  end: number,
): void {
  const live = liveAt(seed, genes, bars, end);
  expect(whole.signalAt(end - 1)).toEqual(live);
  expect(whole.stance[end - 1]).toBe(
    live.kind === 'noSignal' ? NO_VERDICT : { long: 1, flat: 0, short: -1 }[live.stance],
  );
  expect(whole.mayOpen[end - 1]).toBe(live.kind === 'signal' && live.mayOpen ? 1 : 0);
}

/** The rules that every run tries, on few bars; `effort` 1 to 3 is how many. */
export function quickRules(name: string, seed: StrategySeed, effort: number): void {
  const genes = genesOf(seed);
  const isLearning = LEARNING.includes(name);

  test('sees nothing of the future: taking later bars away changes no verdict', () => {
    const input = firstBars(historyBars(seed, genes) + 900);
    const cuts = [1, 130, 400].slice(0, effort).map((off) => input.bars.length - off);
    expect(lookAheadFaults(seed, genes, input, cuts)).toEqual([]);
  });

  test('repaints nothing: what it said of a bar stays said', () => {
    const last = 4_000 + (isLearning ? 3 : 15) * effort;
    expect(repaintFaults(seed, genes, firstBars(4_200), 4_000, last)).toEqual([]);
  });

  test('says live what the series says, to the last bit, for several genes', () => {
    fc.assert(
      fc.property(
        legalGenes(seed),
        fc.integer({ min: 5_058, max: 5_058 + 600 * effort }),
        (given, end) => {
          const trace = evaluateSeries(seed, given, new WindowSources(firstBars(end)));
          for (const bar of [end, end - 1, 5_057]) expectAgreement(seed, given, REAL, trace, bar);
        },
      ),
      { numRuns: isLearning ? 1 : effort, seed: 7 },
    );
  });

  test('gives a legal verdict on any legal genes, after at most 2,500 bars of warm-up', () => {
    fc.assert(
      fc.property(legalGenes(seed), fc.integer({ min: 5_000, max: 9_000 }), (given, end) => {
        expect(seed.warmupBars(given)).toBeLessThanOrEqual(MAX_WARMUP_BARS);
        const signal = liveAt(seed, given, REAL, end);
        expect(signal.reason).toMatch(/\d/);
        expect(signal.reason).not.toMatch(/NaN|Infinity|undefined/);
        if (signal.kind === 'noSignal') throw new Error(signal.reason);
        const { strength, stopDistanceFraction, volatilityPerBar } = signal;
        for (const text of [strength, stopDistanceFraction, volatilityPerBar]) {
          expect(isDecimalText(text)).toBe(true);
          expect(Number(text)).toBeGreaterThanOrEqual(0);
        }
        expect(Number(strength)).toBeLessThanOrEqual(1);
        expect(JSON.parse(JSON.stringify(signal))).toEqual(signal);
      }),
      { numRuns: (isLearning ? 1 : 4) * effort, seed: 11 },
    );
  });

  test('says nothing for or against a market that stands still', () => {
    const still = barsFromCloses(new Array<number>(2 * historyBars(seed, genes)).fill(5));
    const input = inputFrom(still, { BTC: still, ETH: { ...still, asset: 'ETH' } });
    const { funding: _, ...priceOnly } = input;
    const trace = series(seed, genes, priceOnly);
    expect(trace.stance.includes(1) || trace.stance.includes(-1)).toBe(false);
    expect(trace.reasonAt(trace.stance.length - 1)).not.toMatch(/NaN|Infinity/);
  });
}

/** The rules that need whole days of bars. */
export function wholeRules(seed: StrategySeed): void {
  const genes = genesOf(seed);

  test('has a warm-up that suffices: a longer past changes no verdict', () => {
    expect(warmupFaults(seed, genes, whole)).toEqual([]);
  });

  test('trades real bars in both directions, and opens only where its stance begins', () => {
    const trace = series(seed, genes, firstBars(6_000));
    const seen = { long: 0, short: 0, opened: 0, judged: 0 };
    for (let i = 0; i < 6_000; i += 1) {
      if (trace.stance[i] === NO_VERDICT) continue;
      seen.judged += 1;
      if (trace.stance[i] === 1) seen.long += 1;
      if (trace.stance[i] === -1) seen.short += 1;
      if (trace.mayOpen[i] === 1) seen.opened += 1;
      if (trace.changed[i] === 1 && trace.stance[i - 1] !== NO_VERDICT && i % 64 > 0) {
        expect(trace.stance[i]).not.toBe(trace.stance[i - 1]);
      }
    }
    expect(seen.judged).toBeGreaterThan(3_000);
    expect(seen.long).toBeGreaterThan(50);
    expect(seen.short).toBeGreaterThan(50);
    expect(seen.opened).toBeGreaterThan(1);
    expect(seen.opened).toBeLessThan(seen.judged / 2);
  });

  test('has no target gene without effect', () => {
    const base = genesOf(seed, { targetR: 1, targetFraction: 0.5, restTargetR: 1 });
    const rules = JSON.stringify(exitRulesOf(seed, base));
    for (const spec of TARGET_GENES) {
      const other = { ...base, [spec.name]: otherValue(spec, base[spec.name] ?? spec.default) };
      const changed = JSON.stringify(exitRulesOf(seed, genesOf(seed, other)));
      expect(`${spec.name} ${changed !== rules}`).toBe(`${spec.name} true`);
    }
  });

  test('has no gene without effect', () => {
    const base = series(seed, genes, firstBars(6_000));
    for (const spec of seed.genes.filter((gene) => !TARGET_GENES.includes(gene))) {
      const ends =
        spec.kind === 'category' ? spec.options : spec.kind === 'text' ? [] : [spec.min, spec.max];
      const tried = [otherValue(spec, genes[spec.name] ?? ''), ...ends]
        .map((value) => parseGenes(seed, { ...genes, [spec.name]: value }))
        .filter((parsed) => parsed.ok);
      const differs = tried.some((parsed) => {
        const trace = series(seed, parsed.ok ? parsed.value : {}, firstBars(6_000));
        return (
          ['stance', 'mayOpen', 'strength', 'stopDistanceFraction', 'volatilityPerBar'] as const
        ).some((field) => trace[field].some((value, i) => value !== base[field][i]));
      });
      expect(`${spec.name} ${differs || spec.kind === 'text'}`).toBe(`${spec.name} true`);
    }
  });

  test('never goes short where shorts are not allowed', () => {
    const trace = series(seed, genesOf(seed, { allowShort: 'no' }), firstBars(6_000));
    expect(trace.stance.includes(-1)).toBe(false);
  });

  test('stays finite at any price: dust, fortunes, spikes and crashes', () => {
    const bars = 2 * historyBars(seed, genes);
    for (const [scale, shock] of [
      [1e-9, 1],
      [1e9, 1],
      [1, 40],
      [1, 0.01],
    ] as const) {
      const prices = Array.from({ length: bars }, (_, i) => {
        const close = REAL.close[i] ?? 1;
        return scale * (i % 701 === 700 ? close * shock : close);
      });
      const extreme = barsFromCloses(prices, 0);
      const input = inputFrom(extreme, { BTC: extreme, ETH: { ...extreme, asset: 'ETH' } });
      const trace = series(seed, genes, input);
      let judged = 0;
      for (let i = 0; i < bars; i += 1) {
        if (trace.stance[i] === NO_VERDICT) continue;
        judged += 1;
        const { strength, stopDistanceFraction, volatilityPerBar, reason } = verdictAt(trace, i);
        expect(Number.isFinite(strength + stopDistanceFraction + volatilityPerBar)).toBe(true);
        if (i % 97 === 0) expect(reason).not.toMatch(/NaN|Infinity/);
      }
      expect(judged).toBeGreaterThan(bars / 4);
    }
  });

  test('lives with holes: live and series agree around them, and silence has its reason', () => {
    const missing = (i: number): boolean => i % 397 === 5 || (i > 4_500 && i < 4_560);
    const keep = REAL.openTimeMs.flatMap((_, i) => (i < 7_000 && !missing(i) ? [i] : []));
    const pick = (values: readonly number[]) => keep.map((i) => values[i] ?? 0);
    const holed: CandleSeries = {
      asset: 'BTC',
      intervalMs: REAL.intervalMs,
      openTimeMs: pick(REAL.openTimeMs),
      open: pick(REAL.open),
      high: pick(REAL.high),
      low: pick(REAL.low),
      close: pick(REAL.close),
      volumeBase: pick(REAL.volumeBase),
    };
    const sources = new WindowSources({ ...whole, bars: barArrays(holed) });
    const trace = evaluateSeries(seed, genes, sources);
    const hole = holed.openTimeMs.findIndex((time) => time >= (REAL.openTimeMs[4_560] ?? 0));
    for (const end of [hole + 1, hole + 2, hole + 40, holed.close.length]) {
      expectAgreement(seed, genes, holed, trace, end);
    }
    expect(trace.signalAt(hole).reason).toMatch(/bars are missing among the last/);
  });
}
