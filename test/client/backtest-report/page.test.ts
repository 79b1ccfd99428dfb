import { describe, expect, test } from '@jest/globals';
import { backtestPage, describeExits, lastExitPx } from '../../../client/backtest-report/page.ts';
import { chartSvg } from '../../../client/backtest-report/svg-chart.ts';
import { EventBacktest } from '../../../domain/evolution/backtest/event-backtest.ts';
import { performanceOf } from '../../../domain/evolution/metrics/performance.ts';
import { marketOf, setupOf, signalsOf, walk } from '../../domain/evolution/backtest/made-market.ts';

const HOUR_MS = 3_600_000;

describe('the page of a backtest', () => {
  const market = marketOf('ETH', walk(4, 24 * 70, 2_000, 0.01), {
    intervalMs: HOUR_MS,
    volume: 1e6,
  });
  const stances = Array.from({ length: 24 * 70 }, (_, i) => (Math.floor(i / 20) % 3) - 1);
  const run = new EventBacktest(setupOf([market], [signalsOf(market, stances, '0.03')])).run();
  const page = backtestPage({
    title: 'a <rule> & its "test"',
    facts: [['strategy', '<script>alert(1)</script>']],
    assumptions: ['fills at the next open'],
    run,
    markets: [market],
    performance: performanceOf(run, [market], 100_000),
  });

  test('escapes whatever names and reasons hold', () => {
    expect(page).not.toContain('<script>');
    expect(page).toContain('a &#60;rule&#62; &#38; its &#34;test&#34;');
  });

  test('needs nothing from anywhere else', () => {
    expect(page).not.toMatch(/(src|href)=/);
    expect(page).not.toContain('url(');
  });

  test('says how each trade was left, and what of it a target took', () => {
    const [trade] = run.trades;
    if (trade === undefined) throw new Error('no trades');
    const half = { timeMs: trade.exitTimeMs - 1, px: 101.2, sizeBase: 0.5 };
    // Half at 101.2 and half at 99.5 are 100.35 on average.
    const partly = {
      ...trade,
      cause: 'stop',
      sizeBase: 1,
      exitPx: 100.35,
      targets: [half],
    } as const;
    expect(describeExits(partly)).toBe('target 0.5 at 101.2, then stop');
    expect(lastExitPx(partly)).toBeCloseTo(99.5, 9);
    const whole = { ...half, timeMs: trade.exitTimeMs, sizeBase: 1, px: 100.35 };
    const ended = { ...partly, cause: 'target', targets: [whole] } as const;
    expect(describeExits(ended)).toBe('target');
    expect(lastExitPx(ended)).toBeCloseTo(100.35, 9);
    const marked = { ...run, trades: [partly, ...run.trades.slice(1)] };
    const shown = backtestPage({
      title: 't',
      facts: [],
      assumptions: [],
      run: marked,
      markets: [market],
      performance: performanceOf(marked, [market], 100_000),
    });
    expect(shown).toContain('the target was reached: 0.5 of 1 at 101.2');
  });

  test('shows every month of the run and no number that is none', () => {
    expect(page).toContain('>2025</th>');
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('a chart', () => {
  const format = (value: number): string => String(value);

  test('keeps the extremes of a series that has more points than it can show', () => {
    const values = new Float64Array(50_000).fill(10);
    values[33_333] = 90;
    const timesMs = values.map((_, i) => i * 60_000);
    const svg = chartSvg({
      timesMs,
      lines: [{ values, look: 'x' }],
      height: 200,
      label: 'l',
      format,
    });
    const ys = [...svg.matchAll(/,(\d+\.\d)/g)].map(([, y]) => Number(y));
    expect(Math.min(...ys)).toBe(10);
  });

  test('of a series that never moves has a scale', () => {
    const values = new Float64Array(5).fill(100);
    const timesMs = values.map((_, i) => i * 60_000);
    const svg = chartSvg({
      timesMs,
      lines: [{ values, look: 'x' }],
      height: 200,
      label: 'l',
      format,
    });
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
