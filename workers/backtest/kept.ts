/** `backtest list` and `backtest compare`. */
import { dollars, percent, shownStatistic } from '../../client/backtest-report/page.ts';
import { usageFailure } from '../../client/cli/failure.ts';
import { formatTime } from '../../client/cli/format.ts';
import { type Report, report } from '../../client/cli/report.ts';
import { renderTable } from '../../client/cli/table.ts';
import { type BacktestResult, listResults, readResult } from './result.ts';

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

export function listBacktests(dataDir: string): Report {
  const results = listResults(dataDir);
  const document = results.map(({ trades: _all, ...rest }) => rest);
  const columns = [
    { header: 'id' },
    { header: 'ran' },
    { header: 'strategy' },
    { header: 'assets' },
    { header: 'interval' },
    { header: 'net', align: 'right' },
    { header: 'Sharpe', align: 'right' },
    { header: 'trades', align: 'right' },
  ] as const;
  return report(document, (style) =>
    results.length === 0
      ? 'none yet: perpetua backtest run --help'
      : renderTable(
          columns,
          results.map(({ id, ranMs, facts, performance: { returns, trades } }) => [
            id,
            formatTime(ranMs),
            textOf(facts.strategy),
            (facts.assets as readonly string[]).join(','),
            textOf(facts.interval),
            percent(returns.totalReturn),
            shownStatistic(returns.sharpe),
            String(trades.count),
          ]),
          style,
        ),
  );
}

/** The figures that a comparison shows. */
const FIGURES: readonly (readonly [string, (result: BacktestResult) => string])[] = [
  ['net return', ({ performance }) => percent(performance.returns.totalReturn)],
  ['buy and hold', ({ performance }) => percent(performance.buyAndHold.totalReturn)],
  ['Sharpe', ({ performance }) => shownStatistic(performance.returns.sharpe)],
  ['Sortino', ({ performance }) => shownStatistic(performance.returns.sortino)],
  ['calmar', ({ performance }) => shownStatistic(performance.calmar)],
  ['largest drawdown', ({ performance: { drawdown } }) => percent(drawdown.max ?? Number.NaN)],
  ['trades', ({ performance }) => String(performance.trades.count)],
  ['win rate', ({ performance }) => shownStatistic(performance.trades.winRate, percent)],
  ['profit factor', ({ performance }) => shownStatistic(performance.trades.profitFactor)],
  ['fees, USD', ({ performance }) => dollars(performance.costs.feesUsd)],
  ['spread and depth, USD', ({ performance }) => dollars(performance.costs.slippageUsd)],
  ['funding, USD', ({ performance }) => dollars(performance.costs.fundingUsd)],
  ['result', ({ resultHash }) => resultHash.slice(0, 12)],
];

/** @throws CliFailure unless two kept results are named */
export function compareBacktests(dataDir: string, ids: readonly string[]): Report {
  const [one, other, ...more] = ids.map((id) => readResult(dataDir, id));
  if (one === undefined || other === undefined || more.length > 0) {
    throw usageFailure({ field: 'ids', value: ids.join(' '), rule: 'must be two ids' });
  }
  const inputs = { ...one.facts, code: one.codeHash };
  const others: Readonly<Record<string, unknown>> = { ...other.facts, code: other.codeHash };
  const changed = Object.entries(inputs)
    .map(([name, value]) => [name, textOf(value), textOf(others[name])] as const)
    .filter(([, before, after]) => before !== after);
  const figures = FIGURES.map(([name, read]) => [name, read(one), read(other)] as const);
  const rowOf = ([name, before, after]: readonly [string, string, string]) => ({
    name,
    before,
    after,
  });
  const columns = [{ header: '' }, { header: one.id }, { header: other.id }];
  return report({ changed: changed.map(rowOf), figures: figures.map(rowOf) }, (style) =>
    [
      changed.length === 0 ? 'the same inputs' : renderTable(columns, changed, style),
      renderTable(columns, figures, style),
    ].join('\n\n'),
  );
}
