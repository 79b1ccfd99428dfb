/**
 * Every metric against two implementations that share no code with it: a Python script on the sample
 * candles, and the worked vectors of the shared folder where that is at hand.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { activity } from '../../../../domain/evolution/metrics/activity.ts';
import { calmar, drawdown } from '../../../../domain/evolution/metrics/drawdown.ts';
import {
  annualGrowth,
  annualSharpe,
  annualVolatility,
  dailyEquity,
  downsideDeviation,
  gainToPain,
  omega,
  returnsOf,
  sharpe,
  sortino,
  totalReturn,
} from '../../../../domain/evolution/metrics/returns.ts';
import type { Statistic } from '../../../../domain/evolution/metrics/statistic.ts';
import {
  conditionalValueAtRisk,
  tailRatio,
  valueAtRisk,
} from '../../../../domain/evolution/metrics/tail.ts';
import { tradeStatistics } from '../../../../domain/evolution/metrics/trades.ts';

type Numbers = Readonly<Record<string, number | null>>;
type Case = Numbers & { readonly returns: readonly number[] };

interface Fixture {
  readonly periodsPerYear: number;
  readonly series: Readonly<Record<string, Case>>;
  readonly trades: Numbers & { readonly results: readonly number[] };
  readonly activity: Numbers & { readonly weights: readonly number[] };
}

const readJson = <Shape>(path: string): Shape =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Shape;

const fixture = readJson<Fixture>('../../../fixtures/metrics/metrics.json');

const RELATIVE = 1e-9;

function expectSame(found: number | null, wanted: number | null | undefined, what: string): void {
  if (found === null || wanted === null || wanted === undefined) {
    expect([what, found]).toEqual([what, wanted ?? null]);
    return;
  }
  const error = Math.abs(found - wanted) / Math.max(Math.abs(wanted), 1e-3);
  expect([what, error <= RELATIVE ? wanted : found]).toEqual([what, wanted]);
}

const numberOf = (statistic: Statistic | number): number | null =>
  typeof statistic === 'number' ? statistic : statistic.value;

/** Every metric of a series of returns under the name that the vectors give it. */
function metricsOf(
  returns: readonly number[],
  periodsPerYear: number,
  target = 0,
): Record<string, number | null> {
  const fall = drawdown(returns);
  const growth = annualGrowth(returns, periodsPerYear);
  const named: Record<string, Statistic | number> = {
    totalReturn: totalReturn(returns),
    cagr: growth,
    volAnnual: annualVolatility(returns, periodsPerYear),
    sharpe: sharpe(returns),
    sharpeAnnual: annualSharpe(returns, periodsPerYear),
    downsideDeviation: downsideDeviation(returns, target),
    sortino: sortino(returns, target),
    omega: omega(returns, target),
    gainToPain: gainToPain(returns),
    calmar: calmar(growth, fall),
    var95: valueAtRisk(returns, 0.05),
    cvar95: conditionalValueAtRisk(returns, 0.05),
    tailRatio: tailRatio(returns),
  };
  const numbers = Object.fromEntries(
    Object.entries(named).map(([name, statistic]) => [name, numberOf(statistic)]),
  );
  if ('reason' in fall) return { ...numbers, maxDrawdown: fall.max };
  return {
    ...numbers,
    maxDrawdown: fall.max,
    peakIndex: fall.peakIndex,
    troughIndex: fall.troughIndex,
    recoveryIndex: fall.recoveryIndex,
    longestUnderwater: fall.longestUnderwaterPeriods,
    openUnderwater: fall.openUnderwaterPeriods,
    averageDrawdown: fall.average,
    ulcer: fall.ulcer,
    cdar95: fall.conditional95,
  };
}

function expectKnown(
  wanted: Readonly<Record<string, unknown>>,
  found: Readonly<Record<string, number | null>>,
  what: string,
): number {
  let compared = 0;
  for (const [name, value] of Object.entries(found)) {
    if (!Object.hasOwn(wanted, name)) continue;
    expectSame(value, wanted[name] as number | null, `${what}.${name}`);
    compared += 1;
  }
  return compared;
}

describe('metrics equal an independent implementation to 1e-9', () => {
  test.each(Object.keys(fixture.series))('returns of %s', (name) => {
    const wanted = fixture.series[name] as Case;
    const found = metricsOf(wanted.returns, fixture.periodsPerYear);
    expect(expectKnown(wanted, found, name)).toBe(Object.keys(wanted).length - 1);
  });

  test('closed trades', () => {
    const { results, ...wanted } = fixture.trades;
    const found = Object.entries(tradeStatistics(results)).map(([name, statistic]) => [
      name,
      numberOf(statistic),
    ]);
    expect(expectKnown(wanted, Object.fromEntries(found), 'trades')).toBe(
      Object.keys(wanted).length,
    );
  });

  test('holdings', () => {
    const { weights, ...wanted } = fixture.activity;
    const found = Object.entries(activity(weights, fixture.periodsPerYear)).map(
      ([name, statistic]) => [name, numberOf(statistic)],
    );
    expect(expectKnown(wanted, Object.fromEntries(found), 'activity')).toBe(
      Object.keys(wanted).length,
    );
  });
});

const SHARED = '../../../../../shared/reference/statistics-vectors/';
const haveShared = existsSync(new URL(SHARED, import.meta.url));
/** Where the folder is not at hand these say so by name instead of passing. */
const withShared = haveShared ? describe : describe.skip;

withShared('the worked vectors of the shared folder (skipped where it is not there)', () => {
  type Vector = Numbers & { readonly series: string };
  type Named = Readonly<Record<string, readonly number[]>>;
  // What is skipped is still described.
  const { inputs } = haveShared
    ? readJson<{ inputs: Named }>(`${SHARED}sharpe.json`)
    : { inputs: {} as Named };
  const seriesOf = (name: string, own: Named): readonly number[] => own[name] ?? inputs[name] ?? [];

  test.each(['ratios', 'drawdown', 'sharpe'] as const)('%s', (family) => {
    const { cases, inputs: own } = readJson<{ cases: Vector[]; inputs: Named }>(
      `${SHARED}${family}.json`,
    );
    for (const wanted of cases) {
      const periods = Number(wanted.periodsPerYear ?? 365);
      const found = metricsOf(seriesOf(wanted.series, own), periods, Number(wanted.mar ?? 0));
      expect(expectKnown(wanted, found, wanted.series)).toBeGreaterThan(1);
    }
  });

  test('tails at their confidence', () => {
    const { cases } = readJson<{ cases: (Vector & { x?: readonly number[] })[] }>(
      `${SHARED}tail.json`,
    );
    for (const { series, confidence, varLinear, cvar, x } of cases) {
      const tail = Number((1 - Number(confidence)).toFixed(12));
      const returns = x ?? seriesOf(series, {});
      expectSame(numberOf(valueAtRisk(returns, tail)), varLinear, `${series} VaR`);
      expectSame(numberOf(conditionalValueAtRisk(returns, tail)), cvar, `${series} CVaR`);
    }
  });

  test('trades with and without losses', () => {
    const { trades, inputs: own } = readJson<{
      trades: readonly Record<string, unknown>[];
      inputs: { trades: number[] };
    }>(`${SHARED}ratios.json`);
    for (const wanted of trades) {
      const found = tradeStatistics((wanted.p as number[] | undefined) ?? own.trades);
      const numbers = Object.entries({ ...found, sqn100: found.systemQuality }).map(
        ([name, statistic]) => [name, numberOf(statistic)],
      );
      expect(expectKnown(wanted, Object.fromEntries(numbers), String(wanted.name))).toBeGreaterThan(
        5,
      );
    }
  });

  test('series whose Sharpe ratio is undefined say why', () => {
    const { edgeCases } = readJson<{
      edgeCases: readonly { x?: (number | null)[]; sharpe?: number | null; reason?: string }[];
    }>(`${SHARED}sharpe.json`);
    for (const { x, sharpe: value, reason } of edgeCases) {
      if (x === undefined) continue;
      const found = sharpe(x.map((one) => one ?? Number.NaN));
      expectSame(found.value, value, JSON.stringify(x));
      if (found.value === null) expect(found.reason).toBe(reason);
    }
  });
});

describe('what has no value says why and is never a number', () => {
  test('no losing period leaves Sortino, omega and gain to pain undefined', () => {
    const winning = [0.01, 0, 0.02];
    for (const metric of [sortino, omega, gainToPain]) {
      expect(metric(winning)).toEqual({ value: null, reason: 'noLoss' });
    }
    expect(calmar(annualGrowth(winning, 365), drawdown(winning))).toEqual({
      value: null,
      reason: 'noDrawdown',
    });
  });

  test('equity that is gone is a ruin, whatever the returns after it', () => {
    expect(drawdown([0.1, -1, 0.2])).toEqual({ max: 1, reason: 'ruined' });
    expect(annualGrowth([0.1, -1, 0.2], 365)).toEqual({ value: null, reason: 'ruined' });
  });

  test('no trades are no profit factor, no win rate and no expectancy', () => {
    const none = tradeStatistics([]);
    for (const name of ['profitFactor', 'winRate', 'expectancy', 'systemQuality'] as const) {
      expect(none[name]).toEqual({ value: null, reason: 'tooFew' });
    }
  });

  test('a result that is no finite number is refused by its index', () => {
    expect(() => tradeStatistics([0.1, Number.NaN])).toThrow(/trade 1: its result NaN/);
  });

  test('whatever the input, a defined statistic is finite', () => {
    const anyReturns = fc.array(
      fc.oneof(
        fc.double({ min: -1, max: 5, noNaN: true }),
        fc.constant(Number.NaN),
        fc.constant(0),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(anyReturns, (returns) => {
        for (const value of Object.values(metricsOf(returns, 365))) {
          if (value !== null && !returns.some(Number.isNaN)) expect(value).not.toBeNaN();
        }
        for (const metric of [sharpe, sortino, omega, gainToPain, tailRatio]) {
          const { value } = metric(returns);
          if (value !== null) expect(Number.isFinite(value)).toBe(true);
        }
      }),
    );
  });
});

describe('days of an equity curve', () => {
  const HOUR = 3_600_000;
  const DAY = 24 * HOUR;

  test('end with the bar that closes at midnight', () => {
    const times = [HOUR, DAY, DAY + HOUR, 2 * DAY];
    expect([...dailyEquity(times, [101, 102, 103, 104], 100)]).toEqual([100, 102, 104]);
  });

  test('without a mark keep the equity of the day before', () => {
    expect([...dailyEquity([DAY, 4 * DAY], [110, 120], 100)]).toEqual([100, 110, 110, 110, 120]);
  });

  test('multiply to the growth of the whole curve', () => {
    const equities = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(equities, (equity) => {
        const times = equity.map((_, index) => (index + 1) * 7 * HOUR);
        const growth = 1 + totalReturn(returnsOf(dailyEquity(times, equity, 1_000)));
        expect(growth).toBeCloseTo((equity.at(-1) ?? 0) / 1_000, 6);
      }),
    );
  });
});
