/** One order and lists of orders, as JSON documents and as text. */
import type { OrderView } from '../../domain/execution/order-view.ts';
import type { ExitCode } from '../../domain/kernel/exit-codes.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import { formatSignedUsd, formatTime, formatUsd, toneOfAmount, toneOfStatus } from './format.ts';
import type { Style } from './style.ts';
import { renderFields, renderTable } from './table.ts';

/** The document of one order. Every key is always there; what is not known is null. */
export function orderDocument(
  view: OrderView,
  workflowId: string,
): Readonly<Record<string, unknown>> {
  return {
    intentId: view.intent.intentId,
    workflowId,
    parent: view.intent.parent ?? null,
    status: view.status,
    cloid: view.cloid ?? null,
    oid: view.oid ?? null,
    filledBase: view.filledBase,
    averagePx: view.averagePx ?? null,
    feeUsd: view.feeUsd,
    closedPnlUsd: view.closedPnlUsd,
    fills: view.fills,
    reason: view.reason ?? null,
    denial: view.denial ?? null,
    intent: view.intent,
    placedAs: view.placedAs ?? null,
  };
}

/** What a placed order's state means to a script. A cancelled order did what was asked of it. */
export function exitOfOrder(view: OrderView): ExitCode {
  switch (view.status) {
    case 'DENIED':
      return view.denial?.kind === 'invalid' ? EXIT.usage : EXIT.refused;
    case 'REJECTED':
    case 'EXPIRED':
      return EXIT.failed;
    default:
      return EXIT.done;
  }
}

/** `buy 0.01 BTC limit at 60000`. */
export function describeOrder({ intent }: OrderView): string {
  const trigger = intent.triggerPx === undefined ? '' : ` when the mark is ${intent.triggerPx}`;
  const price = intent.limitPx === undefined ? '' : ` at ${intent.limitPx}`;
  const type = intent.type.toLowerCase().replace('_', ' ');
  return `${intent.side} ${intent.sizeBase} ${intent.asset} ${type}${price}${trigger}`;
}

/** One order for people. */
export function renderOrder(view: OrderView, workflowId: string, style: Style): string {
  const why = view.denial === undefined ? view.reason : describeViolation(view.denial);
  const isFilled = view.fills.length > 0;
  return renderFields(
    [
      ['order', describeOrder(view)],
      ['status', { text: view.status, tone: toneOfStatus(view.status) }],
      ...(why === undefined ? [] : [['reason', why] as const]),
      ...(isFilled
        ? ([
            ['filled', `${view.filledBase} of ${view.intent.sizeBase} at ${view.averagePx ?? '?'}`],
            ['fee', `${view.feeUsd} USD`],
            [
              'closed PnL',
              {
                text: `${formatSignedUsd(view.closedPnlUsd)} USD`,
                tone: toneOfAmount(view.closedPnlUsd),
              },
            ],
          ] as const)
        : []),
      ['intent key', view.intent.intentId],
      ...(view.intent.parent === undefined ? [] : [['leg of', view.intent.parent] as const]),
      ...(view.cloid === undefined ? [] : [['cloid', view.cloid] as const]),
      ...(view.oid === undefined ? [] : [['venue id', String(view.oid)] as const]),
      ['workflow', workflowId],
    ],
    style,
  );
}

export interface ListedOrder {
  readonly view: OrderView;
  readonly updatedMs: number;
}

const COLUMNS = [
  { header: 'changed' },
  { header: 'asset' },
  { header: 'side' },
  { header: 'type' },
  { header: 'size', align: 'right' },
  { header: 'price', align: 'right' },
  { header: 'filled', align: 'right' },
  { header: 'PnL', align: 'right' },
  { header: 'status' },
  { header: 'intent key' },
] as const;

/** @param none what is said when there are none */
export function renderOrders(orders: readonly ListedOrder[], none: string, style: Style): string {
  if (orders.length === 0) return style.paint('muted', none);
  const rows = orders.map(({ view, updatedMs }) => [
    formatTime(updatedMs),
    view.intent.asset,
    view.intent.side,
    view.intent.type,
    view.intent.sizeBase,
    view.averagePx ?? view.intent.limitPx ?? view.intent.triggerPx ?? 'market',
    view.filledBase,
    { text: formatUsd(view.closedPnlUsd), tone: toneOfAmount(view.closedPnlUsd) },
    { text: view.status, tone: toneOfStatus(view.status) },
    view.intent.intentId,
  ]);
  return renderTable(COLUMNS, rows, style);
}
