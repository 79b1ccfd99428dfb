/** `backtest run`: signals, trades, figures, checks; kept under an id and shown. */
import { writeFileSync } from 'node:fs';
import {
  backtestPage,
  dollars,
  percent,
  shownStatistic,
} from '../../client/backtest-report/page.ts';
import { type Report, report } from '../../client/cli/report.ts';
import { renderFields } from '../../client/cli/table.ts';
import type { Config } from '../../config/schema.ts';
import type { BacktestRun } from '../../domain/evolution/backtest/backtest-run.ts';
import type { AssetSignals } from '../../domain/evolution/backtest/signal-source.ts';
import { withinUniverse } from '../../domain/evolution/backtest/within-universe.ts';
import { performanceOf } from '../../domain/evolution/metrics/performance.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { evaluateSeries } from '../../domain/signals/evaluate.ts';
import type { SeedInput } from '../../domain/signals/source.ts';
import { WindowSources } from '../../domain/signals/trace-series.ts';
import type { CandleStore } from '../../gateways/candle-store/store.ts';
import type { CommandFlags } from '../command-flags.ts';
import { readChecks, runCheck } from './checks.ts';
import { readEngine, runWith } from './engine-choice.ts';
import { type BacktestResult, codeHash, hashOfRun, idOf, keepResult } from './result.ts';
import { type Prepared, prepare } from './setup.ts';

const inBps = (spreads: Readonly<Record<string, number>>): string =>
  Object.entries(spreads)
    .map(([asset, bps]) => `${asset} ${bps}`)
    .join(', ');

/** What is paid beyond prices: the modelled book and the venue's fees, or what was measured. */
function costAssumptions({ terms, costs }: Prepared): readonly string[] {
  const depth = `depth from the bar's volume, seed ${terms.seed}. Orders move nobody else.`;
  if (costs === undefined) {
    return [
      `The book is modelled: a spread of ${terms.spreadBps} basis points, ${depth}`,
      `Fees are the venue's base tier: 0.045 % for takers, 0.015 % for makers.`,
    ];
  }
  const { spreadBpsOf, takerFeeRate, observations } = costs.costs;
  const counts = Object.entries(observations).map(([asset, count]) => `${asset} ${count}`);
  return [
    `Costs are those of the cost model (${costs.source}; orders observed: ${counts.join(', ')}).`,
    `The book is modelled: a spread in basis points of ${inBps(spreadBpsOf)}, twice what a small order pays beyond the mid, ${depth}`,
    `Takers pay a fee of ${takerFeeRate} of notional; the venue's tiers by volume apply above it.`,
  ];
}

function assumptionsOf(prepared: Prepared, run: BacktestRun): readonly string[] {
  const { terms, markets } = prepared;
  const minutes = (markets[0]?.intervalMs ?? 0) / 60_000;
  return [
    `A bar's signal is traded at the first prices of the next bar, at market.`,
    `Between its open, high, low and close a bar's prices follow the path of the candle model: a rising bar visits its low first, a falling one its high; looked at ${terms.steps} times in ${minutes} minutes.`,
    ...costAssumptions(prepared),
    run.fundingHoursAssumed === 0
      ? 'Funding is the recorded one.'
      : `Funding is recorded, but for ${run.fundingHoursAssumed} hours with a position: they pay the base rate of 0.00125 % an hour.`,
    'Stops and targets rest on the venue and trigger by the mark price, which is the path of the bar: of the two, the one that the path reaches first. Both then take what the book gives, for the fee of a taker. Margin and liquidation follow the venue; auto-deleveraging is not modelled.',
    'Listings, delistings and leverage limits are those of the recorded market list, not of the time traded.',
  ];
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

function writePage(
  file: string,
  result: BacktestResult,
  prepared: Prepared,
  run: BacktestRun,
): void {
  const { facts, id, codeHash: code, resultHash, performance } = result;
  const assets = (facts.assets as readonly string[]).join(', ');
  const page = backtestPage({
    title: `${textOf(facts.strategy)} on ${assets}, ${textOf(facts.interval)}`,
    facts: [
      ['id', id],
      ...Object.entries(facts).map(([name, value]): [string, string] => [name, textOf(value)]),
      ['code', code],
      ['result', resultHash],
      ...Object.entries(result.checks).map(([check, faults]): [string, string] => [
        `check ${check}`,
        faults === 0 ? 'passed' : `${faults} faults`,
      ]),
    ],
    assumptions: assumptionsOf(prepared, run),
    run,
    markets: prepared.markets,
    performance,
  });
  writeFileSync(file, page);
}

const causesOf = (byCause: Readonly<Record<string, number>>): string =>
  Object.entries(byCause)
    .map(([cause, count]) => `${cause} ${count}`)
    .join(', ') || 'none ended';

function fieldsOf(result: BacktestResult): readonly (readonly [string, string])[] {
  const { performance, facts, checks, refusals } = result;
  const { returns, drawdown, trades, costs, buyAndHold } = performance;
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  return [
    ['id', result.id],
    ['strategy', textOf(facts.strategy)],
    ['time', `${day(performance.fromMs)} to ${day(performance.toMs)}, ${performance.bars} bars`],
    [
      'equity',
      `${dollars(performance.startEquityUsd)} to ${dollars(performance.endEquityUsd)} USD`,
    ],
    ['net return', `${percent(returns.totalReturn)} (held: ${percent(buyAndHold.totalReturn)})`],
    ['a year', shownStatistic(returns.annualGrowth, percent)],
    ['Sharpe', shownStatistic(returns.sharpe)],
    ['Sortino', shownStatistic(returns.sortino)],
    ['drawdown', drawdown.max === null ? '–' : percent(drawdown.max)],
    [
      'trades',
      `${trades.count}, ${shownStatistic(trades.winRate, (rate) => percent(rate, 1))} won`,
    ],
    ['ended by', causesOf(performance.byCause)],
    ['profit factor', shownStatistic(trades.profitFactor)],
    [
      'costs',
      `fees ${dollars(costs.feesUsd)}, spread and depth ${dollars(costs.slippageUsd)}, funding ${dollars(costs.fundingUsd)} USD`,
    ],
    ...Object.entries(refusals).map(([why, count]): [string, string] => [
      'not traded',
      `${count} times, ${why}`,
    ]),
    ...Object.entries(checks).map(([check, faults]): [string, string] => [
      check,
      faults === 0 ? 'passed' : `${faults} faults`,
    ]),
  ];
}

/** A strategy's signals, held back where the asset was in no universe. */
function signalsOf({ seed, genes, universe }: Prepared, input: SeedInput): AssetSignals {
  const signals = evaluateSeries(seed, genes, new WindowSources(input));
  if (universe === undefined) return signals;
  const { asset, openTimeMs, intervalMs } = input.bars;
  const closeTimeMs = Float64Array.from(openTimeMs, (time) => time + intervalMs);
  return withinUniverse(signals, asset, closeTimeMs, universe);
}

/** Exit code 1 when a check found a fault. */
export async function runBacktest(
  flags: CommandFlags,
  config: Config,
  store: CandleStore,
): Promise<Report> {
  const beganMs = performance.now();
  const checks = readChecks(flags.text('check'));
  const engine = readEngine(flags);
  const prepared = await prepare(flags, config, store);
  const { policy, limits, markets, inputs, marginTables, equityUsd } = prepared;
  const { fromMs, terms, facts, costs } = prepared;
  const run = runWith(engine, {
    markets,
    signals: inputs.map((input) => signalsOf(prepared, input)),
    policy,
    limits,
    equityUsd,
    seed: terms.seed,
    stepsPerBar: terms.steps,
    spreadBps: terms.spreadBps,
    ...(costs === undefined
      ? {}
      : { spreadBpsOf: costs.costs.spreadBpsOf, takerFeeRate: costs.costs.takerFeeRate }),
    marginTables,
    fromMs,
    pace: flags.is('every-step') ? 'everyStep' : 'whenNeeded',
  });
  const code = codeHash();
  const { trades, orders, fills, liquidations, fundingHoursAssumed, refusals, openAtEnd } = run;
  const result: BacktestResult = {
    id: idOf(facts, code),
    ranMs: Date.now(),
    facts,
    codeHash: code,
    engine,
    resultHash: hashOfRun(trades, run.equityUsd),
    performance: performanceOf(run, markets, Number(equityUsd)),
    orders,
    fills,
    liquidations,
    fundingHoursAssumed,
    refusals,
    openAtEnd,
    checks: Object.fromEntries(checks.map((check) => [check, runCheck(check, prepared).length])),
    trades,
  };
  keepResult(config.dataDir, result);
  const file = flags.text('report');
  if (file !== undefined) writePage(file, result, prepared, run);
  const failed = Object.values(result.checks).some((faults) => faults > 0);
  const elapsedMs = Math.round(performance.now() - beganMs);
  const page = file === undefined ? {} : { report: file };
  const document = { ok: !failed, ...result, elapsedMs, ...page };
  const fields = [...fieldsOf(result), ['took', `${elapsedMs} ms, engine ${engine}`] as const];
  return report(
    document,
    (style) => renderFields(file === undefined ? fields : [...fields, ['page', file]], style),
    failed ? EXIT.failed : EXIT.done,
  );
}
