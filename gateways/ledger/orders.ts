/**
 * The projection of orders and their stories. Facts about an order arrive twice and out of order;
 * the newest version stands, and every step of the story is kept once. An order's end is proven when it
 * is told, and all that it executed is recorded: it reserves nothing any more.
 */
import type { Pool } from 'pg';
import type { OpenOrderRow, OrderStep } from '../../activities/ports/ledger.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { type OrderView, TERMINAL_STATUSES } from '../../domain/execution/order-view.ts';
import {
  type AccountAddress,
  type Cloid,
  canonicalJson,
  type IntentId,
  sha256Hex,
} from '../../domain/kernel/ids.ts';
import { objectOf, optionalTextOf, type Row, textOf } from './rows.ts';

const RECORD = `
with told as (
  insert into order_steps (account, intent_id, step_id, position, at_ms, what, detail)
  select $1, $2, step.step_id, step.position, step.at_ms, step.what, step.detail
  from jsonb_to_recordset($24::jsonb)
    as step(step_id text, position integer, at_ms bigint, what text, detail jsonb)
  on conflict do nothing
), over as (
  update envelopes set reserves = false where cloid = $5 and reserves and not $14::boolean
)
insert into orders (account, intent_id, workflow_id, version, cloid, oid, session, strategy, leg,
  asset, side, type, status, is_open, reduce_only, size_base, filled_base, limit_px, trigger_px,
  average_px, fee_usd, closed_pnl_usd, reason, view, created_ms, updated_ms, parent)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
  $21, $22, $23, $25::jsonb, $26, $26, $27)
on conflict (account, intent_id) do update set
  workflow_id = excluded.workflow_id, version = excluded.version, cloid = excluded.cloid,
  oid = excluded.oid, status = excluded.status, is_open = excluded.is_open,
  filled_base = excluded.filled_base, average_px = excluded.average_px,
  fee_usd = excluded.fee_usd, closed_pnl_usd = excluded.closed_pnl_usd,
  reason = excluded.reason, view = excluded.view, updated_ms = excluded.updated_ms
where orders.version < excluded.version`;

function stepRows(steps: readonly OrderStep[]): string {
  return JSON.stringify(
    steps.map((step, position) => ({
      step_id: sha256Hex(canonicalJson(step)).slice(0, 32),
      position,
      at_ms: step.atMs,
      what: step.what,
      detail: step.detail,
    })),
  );
}

/** See `LedgerPort.recordOrder`. */
export async function recordOrder(
  pool: Pool,
  view: OrderView,
  workflowId: string,
  version: number,
  steps: readonly OrderStep[],
  atMs: number,
): Promise<void> {
  const { intent } = view;
  const values = [
    intent.account,
    intent.intentId,
    workflowId,
    version,
    view.cloid ?? null,
    view.oid ?? null,
    intent.session ?? null,
    intent.strategy,
    intent.leg,
    intent.asset,
    intent.side,
    intent.type,
    view.status,
    !TERMINAL_STATUSES.includes(view.status),
    intent.reduceOnly,
    intent.sizeBase,
    view.filledBase,
    intent.limitPx ?? null,
    intent.triggerPx ?? null,
    view.averagePx ?? null,
    view.feeUsd,
    view.closedPnlUsd,
    view.reason ?? null,
    stepRows(steps),
    JSON.stringify(view),
    atMs,
    intent.parent ?? null,
  ];
  await pool.query({ name: 'record-order', text: RECORD, values });
}

/** See `LedgerPort.endedOrder`. */
export async function endedOrder(
  pool: Pool,
  account: AccountAddress,
  intentId: IntentId,
): Promise<OrderView | undefined> {
  const { rows } = await pool.query<Row>({
    name: 'ended-order',
    text: 'select view from orders where account = $1 and intent_id = $2 and not is_open',
    values: [account, intentId],
  });
  return rows[0] && (objectOf(rows[0], 'view') as unknown as OrderView);
}

/**
 * See `LedgerPort.openOrders`. An intent that was prepared but never projected (its process died in
 * between) counts as open: it may have been sent. A TWAP of the venue is no order, but a parent.
 */
export async function openOrders(
  pool: Pool,
  account: AccountAddress,
): Promise<readonly OpenOrderRow[]> {
  const { rows } = await pool.query<Row>(
    `select view -> 'intent' as intent, workflow_id, cloid, status, created_ms
       from orders where account = $1 and is_open
     union all
     select i.intent, i.workflow_id, e.cloid, 'PENDING', i.created_ms
       from intents i
       left join orders o on o.account = i.account and o.intent_id = i.intent_id
       left join lateral (
         select cloid from envelopes
         where account = i.account and intent_id = i.intent_id order by epoch desc limit 1
       ) e on true
      where i.account = $1 and o.intent_id is null and i.workflow_id like 'order:%'
     order by created_ms`,
    [account],
  );
  return rows.map((row) => {
    const cloid = optionalTextOf(row, 'cloid') as Cloid | undefined;
    return {
      intent: objectOf(row, 'intent') as unknown as OrderIntent,
      workflowId: textOf(row, 'workflow_id'),
      ...(cloid === undefined ? {} : { cloid }),
      status: textOf(row, 'status'),
    };
  });
}
