/**
 * `reconcile`: compares venue, ledger and workflows now, and prints the statement that came of it:
 * signed off as equal, or naming what differs. Mends nothing by itself; the account's workflow does.
 */
import type { Command } from 'commander';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { accountWorkflowId } from '../../domain/kernel/ids.ts';
import type { ReconciliationStatement } from '../../workflows/account/account.messages.ts';
import { addLeaf } from './command.ts';
import { formatTime, formatUsd } from './format.ts';
import { withProgress } from './progress.ts';
import { type Report, report, type Tell } from './report.ts';
import type { Style } from './style.ts';
import { renderFields, renderTable } from './table.ts';
import { readDurationMs } from './values.ts';
import type { World } from './world.ts';

export async function reconcile(world: World, options: { timeout: string }): Promise<Report> {
  const timeoutMs = readDurationMs('--timeout', options.timeout);
  const { account, network } = await world.target();
  const { reconcileEveryMs, equitySampleMs } = await world.settings();
  const workflows = await world.workflows();
  // A Temporal that has lost everything knows of no account either.
  await workflows.ensureAccount({ account, network, reconcileEveryMs, equitySampleMs });
  const statement = await withProgress(world, 'comparing venue, ledger and workflows', () =>
    workflows.reconcile(accountWorkflowId(account), timeoutMs),
  );
  const exit = statement.ok ? EXIT.done : EXIT.failed;
  return report(statement, (style) => renderStatement(statement, style), exit);
}

function verdictOf({ ok, differences }: ReconciliationStatement) {
  const open = differences.filter(({ action }) => action === 'reported').length;
  const mended = differences.length - open;
  if (!ok) return { text: `${open} differences, ${mended} mended`, tone: 'bad' } as const;
  const text = `venue state = our state${mended === 0 ? '' : `, ${mended} differences mended`}`;
  return { text, tone: 'good' } as const;
}

const explanationOf = ({ unexplainedUsd }: ReconciliationStatement['balance']): string =>
  unexplainedUsd === undefined
    ? 'the first statement of this ledger'
    : `${unexplainedUsd} USD of its change unexplained`;

const markOf = (atMs: number | undefined): string =>
  atMs === undefined ? 'the beginning' : formatTime(atMs);

function renderStatement(statement: ReconciliationStatement, style: Style): string {
  const { openOrders, fills, balance, watermarks } = statement;
  const parts = [
    renderFields(
      [
        ['account', statement.account],
        ['at', formatTime(statement.atMs)],
        ['verdict', verdictOf(statement)],
        ['equity', `${formatUsd(statement.equityUsd)} USD`],
        ['cash', `${formatUsd(balance.cashUsd)} USD, ${explanationOf(balance)}`],
        ['fills', `${fills.checked} compared, ${fills.added} added to the ledger`],
        ['fills read', `up to ${markOf(watermarks.fillsMs)}`],
        ['funding read', `up to ${markOf(watermarks.fundingMs)}`],
        ['sha-256', statement.digest],
      ],
      style,
    ),
    renderTable(
      [
        { header: '' },
        { header: 'venue', align: 'right' },
        { header: 'ledger', align: 'right' },
        { header: 'workflows', align: 'right' },
      ],
      [
        [
          'open orders',
          String(openOrders.venue),
          String(openOrders.ledger),
          String(openOrders.workflows),
        ],
        ...statement.positions.map((position) => [
          `position ${position.asset}`,
          position.venueBase,
          position.ledgerBase,
          '',
        ]),
      ],
      style,
    ),
    ...(statement.differences.length === 0 ? [] : [renderDifferences(statement, style)]),
  ];
  return parts.join('\n\n');
}

function renderDifferences(statement: ReconciliationStatement, style: Style): string {
  return renderTable(
    ['difference', 'subject', 'detail', 'done about it'].map((header) => ({ header })),
    statement.differences.map((difference) => [
      { text: difference.kind, tone: 'warn' },
      difference.subject,
      difference.detail,
      difference.action,
    ]),
    style,
  );
}

export function addReconcileCommand(program: Command, world: World, tell: Tell): void {
  addLeaf(program, 'reconcile', 'Compare venue, ledger and workflows now; exit 1 if they differ', [
    'perpetua reconcile',
    'perpetua reconcile --json',
  ])
    .option('--timeout <duration>', 'how long to wait for the statement', '60s')
    .action(async (options: { timeout: string }) => tell(await reconcile(world, options)));
}
