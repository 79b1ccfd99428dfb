/** `reconcile`: compares venue, ledger and workflows now, and says what differs. */
import type { Command } from 'commander';
import { accountWorkflowId } from '../../domain/kernel/ids.ts';
import type { ReconciliationStatement } from '../../workflows/account/account.messages.ts';
import { addLeaf } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { formatTime, formatUsd } from './format.ts';
import { withProgress } from './progress.ts';
import { type Report, report, type Tell } from './report.ts';
import type { Style } from './style.ts';
import { renderFields, renderTable } from './table.ts';
import { readDurationMs } from './values.ts';
import type { World } from './world.ts';

export async function reconcile(world: World, options: { timeout: string }): Promise<Report> {
  const timeoutMs = readDurationMs('--timeout', options.timeout);
  const { account } = await world.target();
  const workflows = await world.workflows();
  const statement = await withProgress(world, 'comparing venue, ledger and workflows', () =>
    workflows.reconcile(accountWorkflowId(account), timeoutMs),
  );
  const exit = statement.ok ? EXIT.done : EXIT.failed;
  return report(statement, (style) => renderStatement(statement, style), exit);
}

function renderStatement(statement: ReconciliationStatement, style: Style): string {
  const { openOrders, fills } = statement;
  const verdict = statement.ok
    ? ({ text: 'nothing differs', tone: 'good' } as const)
    : ({ text: `${statement.differences.length} differences`, tone: 'bad' } as const);
  const parts = [
    renderFields(
      [
        ['account', statement.account],
        ['at', formatTime(statement.atMs)],
        ['verdict', verdict],
        ['equity', `${formatUsd(statement.equityUsd)} USD`],
        ['fills', `${fills.checked} compared, ${fills.added} added to the ledger`],
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
