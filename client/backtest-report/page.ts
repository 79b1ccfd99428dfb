/**
 * A backtest as one HTML file that needs nothing else: figures, equity with drawdown, months, costs,
 * trades on the price, and everything that was assumed. Dark or light as the reader's system is.
 */
import type { BacktestMarket } from '../../domain/evolution/backtest/backtest-market.ts';
import type { BacktestRun } from '../../domain/evolution/backtest/backtest-run.ts';
import { AT_TARGET, type Trade } from '../../domain/evolution/backtest/trade-book.ts';
import { drawdownSeries } from '../../domain/evolution/metrics/drawdown.ts';
import type { Performance } from '../../domain/evolution/metrics/performance.ts';
import { returnsOf } from '../../domain/evolution/metrics/returns.ts';
import type { Statistic } from '../../domain/evolution/metrics/statistic.ts';
import { monthTable } from './months.ts';
import { STYLE } from './style.ts';
import { chartSvg, escapeXml, type Mark } from './svg-chart.ts';

export interface ReportInput {
  readonly title: string;
  /** What was run, by name: strategy, genes, sizing, limits, hashes. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** Everything that the result rests on and that may be otherwise in life. */
  readonly assumptions: readonly string[];
  readonly run: BacktestRun;
  readonly markets: readonly BacktestMarket[];
  readonly performance: Performance;
}

/** Most trades listed one by one; all are on the charts. */
const LISTED_TRADES = 200;
/** Most trades marked on a chart: beyond it they hide each other. */
const MARKED_TRADES = 300;

const REASON_WORDS: Readonly<Record<string, string>> = {
  tooFew: 'too few',
  zeroVariance: 'no variance',
  noLoss: 'no loss',
  noWin: 'no win',
  noDrawdown: 'no drawdown',
  noTurnover: 'no turnover',
  notFinite: 'not finite',
  ruined: 'ruined',
  tooShort: 'under 90 days',
};

export const percent = (value: number, places = 2): string => `${(value * 100).toFixed(places)} %`;
export const dollars = (value: number): string =>
  `${value < 0 ? '−' : ''}${Math.abs(value).toLocaleString('en-US', { maximumFractionDigits: 2, minimumFractionDigits: 2 })}`;
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const minute = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

/** A statistic, or in words why it has no value. */
export const shownStatistic = (
  statistic: Statistic,
  format: (value: number) => string = (value) => value.toFixed(2),
): string =>
  statistic.value === null
    ? `– (${REASON_WORDS[statistic.reason] ?? statistic.reason})`
    : format(statistic.value);

const tone = (value: number): string => (value > 0 ? 'gain' : value < 0 ? 'loss' : '');

function figure(label: string, value: string, look = ''): string {
  const size = value.startsWith('–') ? ' small' : '';
  return `<div class="figure"><span>${escapeXml(label)}</span><strong class="${look}${size}">${escapeXml(value)}</strong></div>`;
}

function headline({ performance }: ReportInput): string {
  const { returns, drawdown, trades, calmar, buyAndHold } = performance;
  const fall = drawdown.max === null ? '–' : percent(drawdown.max);
  return `<section class="figures">${[
    figure('Net return', percent(returns.totalReturn), tone(returns.totalReturn)),
    figure('Buy and hold', percent(buyAndHold.totalReturn)),
    figure('A year', shownStatistic(returns.annualGrowth, percent)),
    figure('Sharpe (daily, ×√365)', shownStatistic(returns.sharpe)),
    figure('Sortino', shownStatistic(returns.sortino)),
    figure('Largest drawdown', fall),
    figure('Calmar', shownStatistic(calmar)),
    figure('Trades', String(trades.count)),
    figure(
      'Win rate',
      shownStatistic(trades.winRate, (value) => percent(value, 1)),
    ),
    figure('Profit factor', shownStatistic(trades.profitFactor)),
  ].join('')}</section>`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<div class="scroll"><table><thead><tr>${head.map((text) => `<th>${escapeXml(text)}</th>`).join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${escapeXml(cell)}</td>`).join('')}</tr>`)
    .join('')}</tbody></table></div>`;

const card = (title: string, body: string, note = ''): string =>
  `<section class="card"><h2>${escapeXml(title)}</h2>${note === '' ? '' : `<p class="note">${escapeXml(note)}</p>`}${body}</section>`;

function equityCard({ run, performance }: ReportInput): string {
  const { closeTimeMs, equityUsd } = run;
  const marks = new Float64Array(equityUsd.length + 1);
  marks[0] = performance.startEquityUsd;
  marks.set(equityUsd, 1);
  const below = drawdownSeries(returnsOf(marks)).map((depth) => -depth);
  const equity = chartSvg({
    timesMs: closeTimeMs,
    lines: [{ values: equityUsd, look: 'equity' }],
    height: 260,
    label: 'Equity in USD over time',
    format: (value) => Math.round(value).toLocaleString('en-US'),
  });
  const depth = chartSvg({
    timesMs: closeTimeMs,
    lines: [{ values: below, look: 'depth', fillTo: 0 }],
    height: 130,
    label: 'Drawdown in percent over time',
    format: (value) => percent(value, 1),
  });
  const longest =
    'reason' in performance.drawdown
      ? 'The account was ruined.'
      : `Longest time below a former peak: ${performance.drawdown.longestUnderwaterPeriods} bars.`;
  return card('Equity and drawdown', equity + depth, `USD, at the close of every bar. ${longest}`);
}

function priceCards({ run, markets }: ReportInput): string {
  const [first = 0, last = 0] = [run.closeTimeMs[0], run.closeTimeMs.at(-1)];
  return markets
    .map(({ asset, bars, intervalMs }) => {
      const from = bars.openTimeMs.findIndex((time) => time + intervalMs >= first);
      const times = bars.openTimeMs.subarray(Math.max(0, from)).map((time) => time + intervalMs);
      const marks = run.trades
        .filter((trade) => trade.asset === asset.name)
        .sort((one, other) => Math.abs(other.netUsd) - Math.abs(one.netUsd))
        .slice(0, MARKED_TRADES)
        .flatMap(marksOf)
        .filter(({ timeMs }) => timeMs >= first && timeMs <= last);
      const svg = chartSvg({
        timesMs: times,
        lines: [{ values: bars.close.subarray(Math.max(0, from)), look: 'price' }],
        marks,
        height: 260,
        label: `${asset.name}: closes and trades`,
        format: (value) => Number(value.toPrecision(6)).toLocaleString('en-US'),
        isLogarithmic: true,
      });
      return card(
        `${asset.name}: price and trades`,
        svg,
        `Closes on a logarithmic scale. Triangles are entries, long up and short down; dots are exits, green with a profit. At most the ${MARKED_TRADES} trades with the largest results are marked.`,
      );
    })
    .join('');
}

const shortPx = (value: number): string => String(Number(value.toPrecision(7)));

/** The price of what targets left: a trade's exit price is the average of all its exits. */
export function lastExitPx({ exitPx, exitTimeMs, sizeBase, targets = [] }: Trade): number {
  let [left, value] = [sizeBase, sizeBase * exitPx];
  for (const taken of targets) {
    if (taken.timeMs === exitTimeMs) continue;
    left -= taken.sizeBase;
    value -= taken.sizeBase * taken.px;
  }
  return value / left;
}

/** How a trade was left: `target 0.5 at 101.2, then stop`. */
export function describeExits({ cause, exitTimeMs, targets = [] }: Trade): string {
  const parts = targets
    .filter(({ timeMs }) => timeMs !== exitTimeMs)
    .map(({ sizeBase, px }) => `target ${shortPx(sizeBase)} at ${shortPx(px)}`);
  return [...parts, cause].join(', then ');
}

const marksOf = (trade: Trade): readonly Mark[] => [
  {
    timeMs: trade.entryTimeMs,
    value: trade.entryPx,
    look: trade.side,
    shape: trade.side === 'long' ? 'up' : 'down',
    title: `${minute(trade.entryTimeMs)} ${trade.entryReason}`,
  },
  // One that ended the trade has the mark of its end.
  ...(trade.targets ?? [])
    .filter(({ timeMs }) => timeMs !== trade.exitTimeMs)
    .map(
      ({ timeMs, px, sizeBase }): Mark => ({
        timeMs,
        value: px,
        look: 'gain',
        shape: 'dot',
        title: `${minute(timeMs)} ${AT_TARGET}: ${sizeBase} of ${trade.sizeBase} at ${shortPx(px)}`,
      }),
    ),
  {
    timeMs: trade.exitTimeMs,
    value: lastExitPx(trade),
    look: trade.netUsd >= 0 ? 'gain' : 'loss',
    shape: 'dot',
    title: `${minute(trade.exitTimeMs)} ${trade.exitReason}: ${dollars(trade.netUsd)} USD`,
  },
];

function costCard({
  performance: { costs, trades, activity, startEquityUsd },
}: ReportInput): string {
  const net = costs.grossUsd - costs.feesUsd + costs.fundingUsd;
  const share = (amount: number): string => percent(amount / startEquityUsd);
  const rows = [
    ['Prices, before fees and funding', dollars(costs.grossUsd), share(costs.grossUsd)],
    ['  of which spread and depth', dollars(-costs.slippageUsd), share(-costs.slippageUsd)],
    ['Fees', dollars(-costs.feesUsd), share(-costs.feesUsd)],
    ['Funding', dollars(costs.fundingUsd), share(costs.fundingUsd)],
    ['Net', dollars(net), share(net)],
  ];
  const note = `Turnover ${activity.turnover.toFixed(1)} times equity; in the market ${percent(activity.exposureTime, 1)} of the time; mean result of a trade ${shownStatistic(trades.expectancy, (value) => percent(value, 3))} of equity.`;
  return card('Where the money went', table(['', 'USD', 'of start equity'], rows), note);
}

function splitCard({ performance }: ReportInput): string {
  const rows: string[][] = [];
  for (const [name, own] of Object.entries(performance.byAsset)) {
    rows.push([
      name,
      String(own.count),
      shownStatistic(own.winRate, (value) => percent(value, 1)),
      shownStatistic(own.profitFactor),
      dollars(own.netUsd),
    ]);
  }
  for (const [side, own] of Object.entries(performance.bySide)) {
    rows.push([
      side,
      String(own.count),
      shownStatistic(own.winRate, (value) => percent(value, 1)),
      shownStatistic(own.profitFactor),
      '',
    ]);
  }
  const regimes = Object.entries(performance.byRegime).map(([regime, own]) => [
    regime,
    String(own.days),
    percent(own.totalReturn),
    shownStatistic(own.sharpe),
  ]);
  const causes = Object.entries(performance.byCause)
    .map(([cause, count]) => `${cause} ${count}`)
    .join(', ');
  const parts = table(['', 'trades', 'win rate', 'profit factor', 'net USD'], rows);
  const moods =
    regimes.length === 0
      ? '<p class="note">Too few days for regimes of volatility.</p>'
      : table(['volatility', 'days', 'return', 'Sharpe'], regimes);
  return card('Where it earned', parts + moods, `Trades ended by: ${causes || 'none'}.`);
}

function tradeCard({ run }: ReportInput): string {
  const rows = run.trades
    .slice(-LISTED_TRADES)
    .reverse()
    .map((trade) => [
      minute(trade.entryTimeMs),
      minute(trade.exitTimeMs),
      trade.asset,
      trade.side,
      String(trade.sizeBase),
      shortPx(trade.entryPx),
      shortPx(trade.exitPx),
      dollars(trade.netUsd),
      describeExits(trade),
      trade.entryReason,
    ]);
  const note =
    run.trades.length > LISTED_TRADES
      ? `The newest ${LISTED_TRADES} of ${run.trades.length}; all are in the JSON document.`
      : '';
  const head = [
    'entry',
    'exit',
    'asset',
    'side',
    'size',
    'entry price',
    'exit price',
    'net USD',
    'ended by',
    'why',
  ];
  return card('Trades', table(head, rows), note);
}

/** The whole page. */
export function backtestPage(input: ReportInput): string {
  const { title, facts, assumptions, performance } = input;
  const rows = facts.map(([label, value]) => [label, value]);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title><style>${STYLE}</style></head><body><main>
<header><h1>${escapeXml(title)}</h1><p>${day(performance.fromMs)} to ${day(performance.toMs)}, ${performance.bars.toLocaleString('en-US')} bars, ${performance.returns.days} days. Equity ${dollars(performance.startEquityUsd)} to ${dollars(performance.endEquityUsd)} USD.</p></header>
${headline(input)}
${equityCard(input)}
${card('Months', monthTable(input.run, performance.startEquityUsd), 'Net return of every UTC month and year.')}
<div class="pair">${costCard(input)}${splitCard(input)}</div>
${priceCards(input)}
${card('What this rests on', `<ul>${assumptions.map((text) => `<li>${escapeXml(text)}</li>`).join('')}</ul>`)}
${card('What was run', table(['', ''], rows))}
${tradeCard(input)}
</main></body></html>
`;
}
