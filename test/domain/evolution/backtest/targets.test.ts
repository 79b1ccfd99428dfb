/** Targets worked out by hand; both engines come to the same. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { BacktestMarket } from '../../../../domain/evolution/backtest/backtest-market.ts';
import type {
  BacktestRun,
  BacktestSetup,
} from '../../../../domain/evolution/backtest/backtest-run.ts';
import { tradeStatistics } from '../../../../domain/evolution/metrics/trades.ts';
import { fraction, usd } from '../../../../domain/kernel/decimal.ts';
import type { OrderView } from '../../../../domain/matching/contract/venue-records.ts';
import type { ExitRules } from '../../../../domain/signals/exit-rules.ts';
import { runEvents, runVector, withExits } from '../vector/drawn-setup.ts';
import { type Bar, MINUTE_MS, marketOf, START_MS, setupOf, signalsOf } from './made-market.ts';

const flat = (price: number, count: number): Bar[] =>
  Array.from({ length: count }, () => [price, price, price, price]);

const rulesOf = (
  targets: readonly (readonly [distanceR: string, part: string])[],
  stopAfterTarget: ExitRules['stopAfterTarget'] = 'stays',
): ExitRules => ({
  targets: targets.map(([distanceR, part]) => ({
    distanceR: fraction(distanceR),
    fraction: fraction(part),
  })),
  stopAfterTarget,
});

interface Played {
  readonly run: BacktestRun;
  /** Stops and targets as they were placed, in their order. */
  readonly placed: readonly string[];
}

/** The event-driven engine at both paces and the vector engine; all three must be equal. */
function play(setup: BacktestSetup): Played {
  const placed: string[] = [];
  const shown = ({ orderType, side, origSz, triggerPx }: OrderView): string =>
    `${orderType} ${side} ${origSz} at ${triggerPx}`;
  const hear: BacktestSetup['hear'] = (event) => {
    if (event.kind !== 'order' || event.update.status !== 'open') return;
    if (event.update.order.isTrigger) placed.push(shown(event.update.order));
  };
  const run = runEvents({ ...setup, hear });
  expect(runEvents({ ...setup, pace: 'everyStep' })).toEqual(run);
  expect(runVector(setup)).toEqual(run);
  return { run, placed };
}

/** Held from the second bar on: the first is decided on at the second's open. */
function oneTrade(
  bars: readonly Bar[],
  rules: ExitRules | undefined,
  sign: 1 | -1 = 1,
  change: (market: BacktestMarket) => BacktestMarket = (market) => market,
): BacktestSetup {
  const market = change(marketOf('ETH', bars, { volume: 1e6 }));
  const signals = { ...signalsOf(market, Array(bars.length).fill(sign)) };
  signals.mayOpen = signals.mayOpen.map((_, index) => (index === 0 ? 1 : 0));
  const wanted = signals.signalAt;
  signals.signalAt = (index) => {
    const signal = wanted(index);
    return signal.kind === 'signal' ? { ...signal, mayOpen: index === 0 } : signal;
  };
  const setup = setupOf([market], [signals]);
  return rules === undefined ? setup : withExits(setup, rules);
}

/*
 * The mid is 100.005 and half of 100,000 USD buys 499.9750 at 100.01. A stop 1 % below lies at
 * 99.00495, on a tick 99.00, so that R is 1.005: one R above are 101.01, two are 102.015, on a tick
 * 102.02. A bar is looked at six times; a rising one is at its low at the third, at its high at the
 * fourth.
 */
const HALVES = rulesOf(
  [
    ['1', '0.5'],
    ['2', '0.5'],
  ],
  'entry',
);

describe('a position with two targets and a stop that moves to the entry', () => {
  const bars: Bar[] = [
    ...flat(100, 3),
    [100, 101.2, 100, 101.2],
    [101.2, 101.2, 99.5, 99.5],
    ...flat(99.5, 2),
  ];
  let run: BacktestRun;
  let placed: readonly string[];
  beforeAll(() => {
    ({ run, placed } = play(oneTrade(bars, HALVES)));
  });

  test('has its stop and both targets on the venue, and a stop of the rest at the entry later', () => {
    expect(placed).toEqual([
      'Stop Market A 499.975 at 99.0',
      'Take Profit Market A 249.9875 at 101.01',
      'Take Profit Market A 249.9875 at 102.02',
      'Stop Market A 249.9875 at 100.0',
    ]);
  });

  test('is one trade with two exits, worth what both of them are', () => {
    expect(run.trades).toHaveLength(1);
    const [trade] = run.trades;
    const moment = (bar: number, step: number): number =>
      START_MS + bar * MINUTE_MS + ((step + 1) * MINUTE_MS) / 6 - 1;
    expect(trade).toMatchObject({
      cause: 'stop',
      side: 'long',
      sizeBase: 499.975,
      entryPx: 100.01,
      exitTimeMs: moment(4, 3),
      targets: [{ timeMs: moment(3, 3), px: 101.2, sizeBase: 249.9875 }],
    });
    expect(trade?.exitPx).toBeCloseTo((101.2 + 99.5) / 2, 9);
    // 249.9875 x 101.2 + 249.9875 x 99.5 - 499.975 x 100.01
    expect(trade?.grossUsd).toBeCloseTo(169.9915, 6);
    // 0.00045 of 50,002.49975, of 25,298.735 and of 24,873.75625, each cut off at a millionth.
    expect(trade?.feesUsd).toBeCloseTo(22.501124 + 11.38443 + 11.19319, 9);
    expect(trade?.netUsd).toBeCloseTo(124.912756, 6);
    expect(run.equityUsd.at(-1)).toBeCloseTo(100_124.912756, 6);
    expect(run).toMatchObject({ fills: 3, orders: 5 });
  });

  test('is won or lost once, whatever was taken of it before', () => {
    const results = run.trades.map(({ netUsd }) => netUsd);
    expect(tradeStatistics(results)).toMatchObject({ count: 1, wins: 1, losses: 0 });
  });

  test('weighs half as much once half of it was taken', () => {
    const held = [...run.grossWeight].map((weight) => Math.round(weight * 1e3) / 1e3);
    expect(held).toEqual([0, 0.5, 0.5, 0.252, 0, 0, 0]);
  });
});

describe('stop and target within one bar', () => {
  test('of a rising bar: it is at its low first, and all of it is stopped', () => {
    const bars: Bar[] = [...flat(100, 3), [100, 101.2, 98.9, 101.2], ...flat(101.2, 2)];
    const { run } = play(oneTrade(bars, HALVES));
    expect(run.trades).toHaveLength(1);
    expect(run.trades[0]).toMatchObject({ cause: 'stop' });
    // A tick below the low: the book's bid.
    expect(run.trades[0]?.exitPx).toBeCloseTo(98.89, 9);
    expect(run.trades[0]).not.toHaveProperty('targets');
  });

  test('of a falling bar: it is at its high first, and the rest leaves at the entry', () => {
    const bars: Bar[] = [...flat(100, 3), [100, 101.2, 98.9, 98.9], ...flat(98.9, 2)];
    const { run, placed } = play(oneTrade(bars, HALVES));
    expect(placed.at(-1)).toBe('Stop Market A 249.9875 at 100.0');
    const [trade] = run.trades;
    expect(trade?.targets).toEqual([expect.objectContaining({ px: 101.19, sizeBase: 249.9875 })]);
    // The moment after the high is the low: the stop of 100 fires there and gets what there is.
    expect(trade).toMatchObject({ cause: 'stop' });
    expect(trade?.exitPx).toBeCloseTo((101.19 + 98.9) / 2, 6);
  });
});

describe('a target', () => {
  test('of the whole position ends the trade, also of a short, and leaves nothing behind', () => {
    const bars: Bar[] = [...flat(100, 3), [100, 100, 97, 97], ...flat(97, 2)];
    const { run, placed } = play(oneTrade(bars, rulesOf([['2', '1']]), -1));
    // Mid 100.005, stop 101.00505, on a tick 101.01: R is 1.005, two R below are 97.995.
    expect(placed).toEqual([
      'Stop Market B 499.975 at 101.01',
      'Take Profit Market B 499.975 at 97.99',
    ]);
    expect(run.trades).toHaveLength(1);
    expect(run.trades[0]).toMatchObject({ cause: 'target', exitReason: 'the target was reached' });
    expect(run.trades[0]?.targets).toHaveLength(1);
    expect(run.openAtEnd).toEqual([]);
    expect(run.trades[0]?.netUsd).toBeGreaterThan(1_000);
  });

  test('that the market opens beyond is taken at the open, with the one behind it', () => {
    const { run } = play(oneTrade([...flat(100, 3), ...flat(105, 3)], HALVES));
    expect(run.trades[0]).toMatchObject({
      cause: 'target',
      exitTimeMs: START_MS + 3 * MINUTE_MS + MINUTE_MS / 6 - 1,
      targets: [expect.objectContaining({ sizeBase: 499.975 })],
    });
    expect(run.trades[0]?.exitPx).toBeCloseTo(105, 1);
  });

  test('leaves the rest to the signal when the rest has no target', () => {
    const bars: Bar[] = [...flat(100, 3), [100, 101.2, 100, 101.2], ...flat(101.2, 3)];
    const setup = oneTrade(bars, rulesOf([['1', '0.25']]));
    const [signals] = setup.signals;
    if (signals === undefined) throw new Error('no signals');
    signals.stance.fill(0, 4);
    const wanted = signals.signalAt;
    const left = {
      ...signals,
      signalAt: (index: number) => {
        const signal = wanted(index);
        return signal.kind === 'signal' && index >= 4
          ? ({ ...signal, stance: 'flat' } as typeof signal)
          : signal;
      },
    };
    const { run } = play({ ...setup, signals: [left] });
    expect(run.trades[0]).toMatchObject({ cause: 'signal' });
    // A quarter of 499.9750 is 124.99375: rounded down to lots.
    expect(run.trades[0]?.targets).toEqual([expect.objectContaining({ sizeBase: 124.9937 })]);
  });

  test('further away than nine tenths of the price is none', () => {
    const { placed } = play(
      oneTrade(
        flat(100, 4),
        rulesOf([
          ['1', '0.5'],
          ['95', '0.5'],
        ]),
      ),
    );
    expect(placed).toEqual([
      'Stop Market A 499.975 at 99.0',
      'Take Profit Market A 249.9875 at 101.01',
    ]);
  });

  test('pays funding for the rest alone once it was taken', () => {
    const hour = 60 * MINUTE_MS;
    const bars: Bar[] = [...flat(100, 2), [100, 101.2, 100, 100], ...flat(100, 3)];
    const rates = new Map(
      Array.from({ length: 7 }, (_, at) => [START_MS + at * hour, '0.0001'] as const),
    );
    const change = (market: BacktestMarket): BacktestMarket => ({
      ...market,
      intervalMs: hour,
      bars: {
        ...market.bars,
        openTimeMs: market.bars.openTimeMs.map((_, at) => START_MS + at * hour),
      },
      fundingRates: rates,
    });
    const { run } = play(oneTrade(bars, rulesOf([['1', '0.5']]), 1, change));
    // The mid is 99.995 here: half of the money buys 500.0250. 02:00 is paid on all of it, at 100;
    // 03:00, 04:00 and 05:00 on the half that is left.
    const whole = 0.0001 * 500.025 * 100;
    expect(run.fundingUsd).toBeCloseTo(-(whole + (3 * whole) / 2), 4);
  });
});

describe("of a part that is worth less than the venue's least order", () => {
  /** 40 USD, half of which buy 0.1999 at a mid of 100.005. */
  const small = (part: string): Played => {
    const setup = oneTrade([...flat(100, 3), ...flat(101.5, 3)], rulesOf([['1', part]]));
    return play({ ...setup, equityUsd: usd('40') });
  };

  test('no target is sent: the position runs on with its stop', () => {
    // Two fifths of 0.1999 are 0.0799, worth 8.07 USD at 101.01.
    const { run, placed } = small('0.4');
    expect(placed).toEqual(['Stop Market A 0.1999 at 99.0']);
    expect(run.openAtEnd).toEqual(['ETH']);
  });

  test('a target takes the rest with it, if that would be worth less', () => {
    const { run, placed } = small('0.6');
    expect(placed).toEqual([
      'Stop Market A 0.1999 at 99.0',
      'Take Profit Market A 0.1999 at 101.01',
    ]);
    expect(run.trades[0]).toMatchObject({ cause: 'target', sizeBase: 0.1999 });
  });
});

test('without targets nothing is different: one stop, and no word of targets', () => {
  const bars: Bar[] = [...flat(100, 3), [100, 101.2, 100, 101.2], ...flat(98, 2)];
  const { run, placed } = play(oneTrade(bars, undefined));
  expect(placed).toEqual(['Stop Market A 499.975 at 99.0']);
  expect(run.trades[0]).not.toHaveProperty('targets');
});
