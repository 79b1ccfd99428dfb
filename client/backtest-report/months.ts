/** Net returns by UTC month, a row per year, as an HTML table. */
import type { BacktestRun } from '../../domain/evolution/backtest/backtest-run.ts';

const NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Equity at the end of each month that has a bar, oldest first. */
function monthEnds({ closeTimeMs, equityUsd }: BacktestRun): Map<string, number> {
  const ends = new Map<string, number>();
  for (let i = 0; i < closeTimeMs.length; i += 1) {
    // A bar that closes at midnight belongs to the day that it ends.
    const month = new Date((closeTimeMs[i] ?? 0) - 1).toISOString().slice(0, 7);
    ends.set(month, equityUsd[i] ?? Number.NaN);
  }
  return ends;
}

const cell = (value: number | undefined): string => {
  if (value === undefined) return '<td></td>';
  const look = value > 0 ? 'gain' : value < 0 ? 'loss' : '';
  return `<td class="number ${look}">${(value * 100).toFixed(1)}</td>`;
};

/** Percent; empty where the run has no bar. */
export function monthTable(run: BacktestRun, startEquityUsd: number): string {
  const years = new Map<string, (number | undefined)[]>();
  const growth = new Map<string, number>();
  let before = startEquityUsd;
  for (const [month, equity] of monthEnds(run)) {
    const [year = '', number = ''] = month.split('-');
    const row = years.get(year) ?? Array.from({ length: 12 }, () => undefined);
    row[Number(number) - 1] = equity / before - 1;
    years.set(year, row);
    growth.set(year, (growth.get(year) ?? 1) * (equity / before));
    before = equity;
  }
  const rows = [...years].map(
    ([year, row]) =>
      `<tr><th scope="row">${year}</th>${row.map(cell).join('')}${cell((growth.get(year) ?? 1) - 1)}</tr>`,
  );
  const head = ['', ...NAMES, 'Year'].map((name) => `<th>${name}</th>`).join('');
  return `<div class="scroll"><table class="months"><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
