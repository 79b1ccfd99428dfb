/** The faults that the re-created system was known for, each as a rule that its successor keeps. */
import { describe, expect, test } from '@jest/globals';
import { barView } from '../../../../domain/market/bar-arrays.ts';
import type { CandleSeries } from '../../../../domain/market/candles.ts';
import type { TimedSeries } from '../../../../domain/market/side-series.ts';
import { parseGenes } from '../../../../domain/signals/genes.ts';
import { targetsOf } from '../../../../domain/signals/learning/features.ts';
import { walkForward } from '../../../../domain/signals/learning/walk-forward.ts';
import { NO_VERDICT } from '../../../../domain/signals/seed.ts';
import { atrBreakout } from '../../../../domain/signals/seeds/atr-breakout.ts';
import { bollingerSqueeze } from '../../../../domain/signals/seeds/bollinger-squeeze.ts';
import { donchianBreakout } from '../../../../domain/signals/seeds/donchian-breakout.ts';
import { fundingCarry } from '../../../../domain/signals/seeds/funding-carry.ts';
import { ichimokuCloud } from '../../../../domain/signals/seeds/ichimoku-cloud.ts';
import { linearClassifier } from '../../../../domain/signals/seeds/linear-classifier.ts';
import { nadarayaWatsonTrend } from '../../../../domain/signals/seeds/nadaraya-watson.ts';
import { smaTrend } from '../../../../domain/signals/seeds/sma-trend.ts';
import { stochasticReversal } from '../../../../domain/signals/seeds/stochastic-reversal.ts';
import { volatilityScaling } from '../../../../domain/signals/seeds/volatility-scaling.ts';
import { vwapReversion } from '../../../../domain/signals/seeds/vwap-reversion.ts';
import { IndicatorSource } from '../../../../domain/signals/source.ts';
import { traceSeries, WindowSources } from '../../../../domain/signals/trace-series.ts';
import { barsFromCloses, MINUTE_MS } from '../../market/samples.ts';
import { inputFrom, OTHERS, REAL } from '../inputs.ts';
import { genesOf, judgeLast } from '../samples.ts';

const whole = inputFrom(REAL, OTHERS);
const real = { ...whole, bars: barView(whole.bars, 0, 6_000) };
const sources = new WindowSources(real);

/** Quiet prices around a level, then the given ones. */
const quietThen = (level: number, ...closes: number[]): CandleSeries =>
  barsFromCloses(
    [...Array.from({ length: 400 }, (_, i) => level * (1 + 0.0002 * Math.sin(i))), ...closes],
    0.0002 * level,
  );

describe('Donchian breakout', () => {
  test('reaches beyond the channel by a share of the price, at any price', () => {
    const genes = genesOf(donchianBreakout, { thresholdFraction: 0.005 });
    for (const level of [0.00002, 1, 100_000]) {
      expect(judgeLast(donchianBreakout, quietThen(level, level * 1.003), genes).stance).toBe(
        'flat',
      );
      expect(judgeLast(donchianBreakout, quietThen(level, level * 1.008), genes).stance).toBe(
        'long',
      );
    }
  });

  test('is measured on highs and lows, not on closes', () => {
    const quiet = quietThen(100);
    const spiked = { ...quiet, high: quiet.high.map((high, i) => (i === 395 ? 103 : high)) };
    const breakout = (bars: CandleSeries): CandleSeries => {
      const add = (values: readonly number[], value: number) => [...values, value];
      return {
        ...bars,
        openTimeMs: add(bars.openTimeMs, 400 * MINUTE_MS),
        open: add(bars.open, 100),
        high: add(bars.high, 102),
        low: add(bars.low, 99.9),
        close: add(bars.close, 101.5),
        volumeBase: add(bars.volumeBase, 1),
      };
    };
    const genes = genesOf(donchianBreakout);
    expect(judgeLast(donchianBreakout, breakout(quiet), genes).stance).toBe('long');
    expect(judgeLast(donchianBreakout, breakout(spiked), genes).stance).toBe('flat');
  });
});

describe('stochastic', () => {
  test('never sells a bullish cross nor buys a bearish one', () => {
    const { k, d } = new IndicatorSource(real).stochastic(14, 3, 3);
    const input = { ...real };
    const trace = stochasticReversal.trace(
      input,
      genesOf(stochasticReversal),
      new IndicatorSource(input),
    );
    let crosses = 0;
    for (let i = 400; i < 6_000; i += 1) {
      const [now, before] = [(k[i] ?? 0) - (d[i] ?? 0), (k[i - 1] ?? 0) - (d[i - 1] ?? 0)];
      if (now > 0 && before <= 0)
        expect(trace.mayOpen[i] === 1 && trace.stance[i] === -1).toBe(false);
      if (now < 0 && before >= 0)
        expect(trace.mayOpen[i] === 1 && trace.stance[i] === 1).toBe(false);
      if (trace.mayOpen[i] === 1) crosses += 1;
    }
    expect(crosses).toBeGreaterThan(100);
  });
});

describe('seeds that could hardly speak', () => {
  test.each([smaTrend, atrBreakout, ichimokuCloud, vwapReversion])(
    '$name reaches more than half of its full strength on real bars',
    (seed) => {
      const trace = traceSeries(seed, genesOf(seed), sources);
      const strongest = trace.strength.reduce((best, value) => Math.max(best, value), 0);
      expect(strongest).toBeGreaterThan(0.5);
    },
  );
});

describe('ATR breakout', () => {
  test('takes a side: long and short do not cancel each other', () => {
    const genes = genesOf(atrBreakout);
    const wide = Array.from({ length: 12 }, (_, i) => 100 + 0.4 * (i + 1));
    expect(judgeLast(atrBreakout, quietThen(100, ...wide), genes)).toMatchObject({
      stance: 'long',
    });
    const fall = wide.map((price) => 200 - price);
    expect(judgeLast(atrBreakout, quietThen(100, ...fall), genes)).toMatchObject({
      stance: 'short',
    });
  });
});

describe('Ichimoku', () => {
  test('reads no later close, also where kijun is not 26', () => {
    for (const kijun of [20, 34]) {
      const genes = genesOf(ichimokuCloud, { kijun, laggingSpan: 'yes' });
      const bars = (until: number) => ({ ...real, bars: barView(real.bars, 0, until) });
      const short = ichimokuCloud.trace(bars(900), genes, new IndicatorSource(bars(900)));
      const long = ichimokuCloud.trace(bars(1_000), genes, new IndicatorSource(bars(1_000)));
      expect([...long.stance.slice(0, 900)]).toEqual([...short.stance]);
    }
  });
});

describe('VWAP reversion', () => {
  test('measures distance in deviations: the same shape at a tenth of the size is the same signal', () => {
    const genes = genesOf(vwapReversion, { maxAdx: 100, deviations: 1.5 });
    const shape = (size: number) =>
      quietThen(100, ...[0, 0, -1, -2, -4].map((step) => 100 + size * step));
    const scaled = (size: number): CandleSeries => {
      const bars = shape(size);
      const around = (values: readonly number[]) =>
        values.map((value) => 100 + (value - 100) * 0.1);
      return {
        ...bars,
        open: around(bars.open),
        high: around(bars.high),
        low: around(bars.low),
        close: around(bars.close),
      };
    };
    const [large, small] = [
      judgeLast(vwapReversion, shape(0.2), genes),
      judgeLast(vwapReversion, scaled(0.2), genes),
    ];
    expect(large.stance).toBe('long');
    expect(small.stance).toBe('long');
    expect(small.strength).toBeCloseTo(large.strength, 9);
  });
});

describe('volatility scaling', () => {
  test('does not take calm for a reason to be long', () => {
    const genes = genesOf(volatilityScaling);
    const falling = Array.from({ length: 80 }, (_, i) => 100 - 0.01 * i);
    expect(judgeLast(volatilityScaling, quietThen(100, ...falling), genes).stance).toBe('short');
    expect(judgeLast(volatilityScaling, quietThen(100), genes).stance).toBe('flat');
  });

  test('is weaker the wilder the market is, by its target', () => {
    const trace = (target: number) =>
      traceSeries(
        volatilityScaling,
        genesOf(volatilityScaling, { targetAnnualVolatility: target }),
        sources,
      );
    const sum = (values: Float64Array) => values.reduce((all, value) => all + value, 0);
    expect(sum(trace(0.1).strength)).toBeLessThan(0.8 * sum(trace(0.5).strength));
  });
});

describe('funding carry', () => {
  const bars = quietThen(100);
  const HOUR = 3_600_000;
  const lastHour = Math.floor((400 * MINUTE_MS) / HOUR);
  const payments = (rates: readonly number[]): TimedSeries => ({
    timeMs: Float64Array.from(rates, (_, i) => (lastHour - rates.length + 1 + i) * HOUR),
    value: Float64Array.from(rates),
  });
  const judge = (funding: TimedSeries | undefined, input: object = {}) => {
    const genes = genesOf(fundingCarry, { rankHours: 25, atrPeriod: 5, ...input });
    return judgeLast(fundingCarry, bars, genes, funding === undefined ? {} : { funding });
  };
  const steady = (rate: number, hours = 30) =>
    payments(Array.from({ length: hours }, (_, i) => rate * (1 + 0.01 * Math.sin(i))));

  test('has no verdict without payments, twice alike: nothing is invented', () => {
    expect(judge(undefined)).toMatchObject({
      stance: 'none',
      reason: 'no funding payments are known: carry is never guessed',
    });
    expect(judge(undefined)).toEqual(judge(undefined));
  });

  test('has none while too few hours are known, or the newest payment is old', () => {
    expect(judge(steady(0.0001, 20))).toMatchObject({ stance: 'none' });
    const { timeMs, value } = steady(0.0001);
    const old = { timeMs: timeMs.map((time) => time - 3 * HOUR), value };
    expect(judge(old)).toMatchObject({
      stance: 'none',
      reason: expect.stringContaining('30 are known'),
    });
  });

  test('takes the side that is paid: short when longs pay, long when shorts do', () => {
    expect(judge(steady(0.0001))).toMatchObject({ stance: 'short' });
    expect(judge(steady(-0.0001))).toMatchObject({ stance: 'long' });
    expect(judge(steady(0.00001))).toMatchObject({ stance: 'flat' });
  });

  test('has no threshold below nothing, which would always be long', () => {
    for (const thresholdPerHour of [0, -0.0001]) {
      const parsed = parseGenes(fundingCarry, { thresholdPerHour });
      expect(!parsed.ok && parsed.error[0]?.field).toBe('thresholdPerHour');
    }
  });

  test('stays out when the sign did not last, or the rate jumped', () => {
    const turned = payments([...new Array<number>(27).fill(-0.0001), 0.0004, 0.0004, 0.0004]);
    expect(judge(turned)).toMatchObject({
      stance: 'flat',
      reason: expect.stringContaining('fewer than 4 in a row'),
    });
    const jumped = payments([...new Array<number>(29).fill(0.00005), 0.0005]);
    expect(judge(jumped)).toMatchObject({
      stance: 'flat',
      reason: expect.stringMatching(/moved [\d.]+ deviations in an hour/),
    });
  });

  test('counts hours, since Hyperliquid pays hourly, whatever the bars are', () => {
    const hourly = {
      ...bars,
      intervalMs: HOUR,
      openTimeMs: bars.openTimeMs.map((_, i) => i * HOUR),
    };
    const all = Array.from({ length: 401 }, (_, i) => i);
    const funding = {
      timeMs: Float64Array.from(all, (i) => i * HOUR),
      value: Float64Array.from(all, () => 0.0001),
    };
    const genes = genesOf(fundingCarry, { rankHours: 25, atrPeriod: 5 });
    const verdict = judgeLast(fundingCarry, hourly, genes, { funding });
    expect(verdict).toMatchObject({ stance: 'short' });
    expect(verdict.reason).toMatch(/per hour over 8 h/);
  });
});

describe('learning seeds', () => {
  test('know no outcome that was not known when they were fitted', () => {
    const source = new IndicatorSource(real);
    const horizon = 7;
    const spans: number[][] = [];
    const models = walkForward(
      source,
      { lookback: 100, horizon, refitBars: 50 },
      ({ from, to, fittedAt }) => {
        spans.push([from, to, fittedAt]);
        return { to, fittedAt };
      },
    );
    const first = Math.floor((real.bars.openTimeMs[0] ?? 0) / MINUTE_MS);
    for (const [from = 0, to = 0, fittedAt = 0] of spans) {
      // The last sample's outcome is the close of the very bar of the fit, no later one.
      expect(to - 1 + horizon).toBe(fittedAt - first);
      expect(to - from).toBe(100);
      expect(fittedAt % 50).toBe(0);
      expect(Number.isNaN(targetsOf(source, horizon)[to - 1])).toBe(false);
    }
    expect(spans.length).toBeGreaterThan(100);
    expect(models[200]).toBeUndefined();
  });

  test('fit on every part of history again, not once on all of it', () => {
    const trace = traceSeries(linearClassifier, genesOf(linearClassifier), sources);
    const accuracies = new Set<string>();
    for (let i = 1_100; i < 6_000; i += 50) {
      const found = /accuracy ([\d.]+) %/.exec(trace.reasonAt(i));
      if (found?.[1] !== undefined) accuracies.add(found[1]);
    }
    expect(accuracies.size).toBeGreaterThan(20);
  });

  test('stay out while they were wrong too often on bars that they had not seen', () => {
    const strict = traceSeries(
      linearClassifier,
      genesOf(linearClassifier, { minAccuracy: 0.7 }),
      sources,
    );
    const lax = traceSeries(
      linearClassifier,
      genesOf(linearClassifier, { minAccuracy: 0.4 }),
      sources,
    );
    const entries = (trace: typeof strict) => trace.mayOpen.reduce((sum, open) => sum + open, 0);
    expect(entries(strict)).toBeLessThan(entries(lax) / 3);
    expect(strict.stance.includes(NO_VERDICT)).toBe(true);
  });
});

describe('Bollinger', () => {
  const rise = [100.01, 100.01, 100.01, 101];

  test('is two strategies that never overwrite each other', () => {
    const quiet = barsFromCloses([
      ...Array.from({ length: 300 }, (_, i) => 100 + Math.sin(i)),
      ...new Array<number>(25).fill(0).map((_, i) => 100 + 0.01 * Math.sin(i)),
      ...rise,
    ]);
    const judge = (mode: string) =>
      judgeLast(bollingerSqueeze, quiet, genesOf(bollingerSqueeze, { mode }));
    expect(judge('breakout')).toMatchObject({ stance: 'long', changedThisBar: true });
    expect(judge('reversion')).toMatchObject({ stance: 'short', changedThisBar: true });
  });

  test('breaks out of a squeeze only', () => {
    const busy = barsFromCloses([
      ...Array.from({ length: 300 }, (_, i) => 100 + 0.2 * Math.sin(i)),
      ...Array.from({ length: 25 }, (_, i) => 100 + Math.sin(i)),
      ...[100, 104],
    ]);
    const verdict = judgeLast(bollingerSqueeze, busy, genesOf(bollingerSqueeze));
    expect(verdict.stance).toBe('flat');
  });
});

describe('Nadaraya-Watson', () => {
  test('follows strong trends both ways, and is not always in the market', () => {
    const genes = genesOf(nadarayaWatsonTrend);
    const up = Array.from({ length: 60 }, (_, i) => 100 + 0.2 * i);
    expect(judgeLast(nadarayaWatsonTrend, quietThen(100, ...up), genes).stance).toBe('long');
    const down = up.map((price) => 200 - price);
    expect(judgeLast(nadarayaWatsonTrend, quietThen(100, ...down), genes).stance).toBe('short');
    expect(judgeLast(nadarayaWatsonTrend, quietThen(100), genes).stance).toBe('flat');
  });
});
