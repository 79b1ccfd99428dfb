/**
 * The projection of parent orders. The newest version stands; which orders are a parent's legs is
 * read from the orders themselves.
 */
import type { Pool } from 'pg';
import type { ParentRow } from '../../activities/ports/ledger.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { OrderStatus } from '../../domain/execution/order-view.ts';
import type { LegNews } from '../../domain/execution/parents/leg-news.ts';
import { isOpenParent, type ParentView } from '../../domain/execution/parents/parent-view.ts';
import { sizeBase } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, IntentId } from '../../domain/kernel/ids.ts';
import { integerOf, objectOf, optionalTextOf, type Row, textOf } from './rows.ts';

/** A TWAP that the venue works reserves until it has ended: its envelope is the parent's own. */
const RECORD = `
with over as (
  update envelopes set reserves = false
   where $5 = 'venueTwap' and not $10::boolean and account = $1 and workflow_id = $3 and reserves
)
insert into parents (account, intent_id, workflow_id, version, kind, session, strategy, asset, status,
                     is_open, view, created_ms, updated_ms, twap_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $13, $14)
on conflict (account, intent_id) do update set
  workflow_id = excluded.workflow_id, version = excluded.version, status = excluded.status,
  is_open = excluded.is_open, view = excluded.view, updated_ms = excluded.updated_ms,
  twap_id = excluded.twap_id
where parents.version < excluded.version`;

/** See `LedgerPort.recordParent`. */
export async function recordParent(
  pool: Pool,
  view: ParentView,
  workflowId: string,
  version: number,
  atMs: number,
): Promise<void> {
  const { intent, status } = view;
  const values = [
    intent.account,
    intent.intentId,
    workflowId,
    version,
    intent.spec.kind,
    intent.session ?? null,
    intent.strategy,
    intent.asset,
    status,
    isOpenParent(status),
    JSON.stringify(view),
    view.startedMs,
    atMs,
    view.venueTwap?.twapId ?? null,
  ];
  await pool.query({ name: 'record-parent', text: RECORD, values });
}

const parentOf = (row: Row): ParentRow => ({
  view: objectOf(row, 'view') as unknown as ParentView,
  workflowId: textOf(row, 'workflow_id'),
  createdMs: integerOf(row, 'created_ms'),
  updatedMs: integerOf(row, 'updated_ms'),
});

/** See `LedgerPort.parent`. */
export async function findParent(
  pool: Pool,
  account: AccountAddress,
  intentId: IntentId,
): Promise<ParentRow | undefined> {
  const { rows } = await pool.query<Row>(
    'select * from parents where account = $1 and intent_id = $2',
    [account, intentId],
  );
  return rows[0] && parentOf(rows[0]);
}

/** See `LedgerPort.openParents`. */
export async function openParents(
  pool: Pool,
  account: AccountAddress,
): Promise<readonly ParentRow[]> {
  const { rows } = await pool.query<Row>(
    'select * from parents where account = $1 and is_open order by created_ms',
    [account],
  );
  return rows.map(parentOf);
}

/** Most recently changed first. */
export async function listParents(
  pool: Pool,
  filter: {
    readonly account: AccountAddress;
    readonly session?: string;
    readonly asset?: string;
    readonly openOnly?: boolean;
    readonly limit: number;
  },
): Promise<readonly ParentRow[]> {
  const { rows } = await pool.query<Row>(
    `select * from parents
      where account = $1 and ($2::text is null or session = $2) and ($3::text is null or asset = $3)
        and (not $4::boolean or is_open)
      order by updated_ms desc, intent_id limit $5`,
    [
      filter.account,
      filter.session ?? null,
      filter.asset ?? null,
      filter.openOnly ?? false,
      filter.limit,
    ],
  );
  return rows.map(parentOf);
}

/**
 * See `LedgerPort.legsOf`. A leg that was prepared and not recorded yet may have been sent: it is one.
 */
export async function legsOf(
  pool: Pool,
  account: AccountAddress,
  parent: IntentId,
  named?: readonly IntentId[],
): Promise<readonly LegNews[]> {
  const { rows } = await pool.query<Row>(
    `select view -> 'intent' as intent, status, filled_base, version, created_ms, reason, intent_id
       from orders
      where account = $1 and parent = $2
        and ($3::text[] is null or is_open or intent_id = any($3))
     union all
     select i.intent, 'PENDING', 0, 0, i.created_ms, null, i.intent_id from intents i
       left join orders o on o.account = i.account and o.intent_id = i.intent_id
      where i.account = $1 and i.intent ->> 'parent' = $2 and o.intent_id is null
      order by created_ms, intent_id`,
    [account, parent, named ?? null],
  );
  return rows.map((row) => {
    const reason = optionalTextOf(row, 'reason');
    return {
      intent: objectOf(row, 'intent') as unknown as OrderIntent,
      status: textOf(row, 'status') as OrderStatus,
      filledBase: sizeBase(textOf(row, 'filled_base')),
      version: integerOf(row, 'version'),
      startedMs: integerOf(row, 'created_ms'),
      ...(reason === undefined ? {} : { reason }),
    };
  });
}
