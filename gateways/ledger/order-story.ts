/** One order from the bar that caused it to its last fill: what `perpetua why` tells. Read only. */
import type { Pool } from 'pg';
import { type Envelope, isSealed } from '../../activities/ports/envelope.ts';
import type { DecisionRecord, OrderStep } from '../../activities/ports/ledger.ts';
import type { VenueFill } from '../../activities/ports/venue.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import type { AccountAddress, IntentId } from '../../domain/kernel/ids.ts';
import { envelopeOf, fillOf, integerOf, objectOf, type Row, textOf } from './rows.ts';
import { decisionOf } from './sessions.ts';

export interface OrderStory {
  readonly account: AccountAddress;
  readonly intentId: IntentId;
  readonly workflowId: string;
  readonly intent: OrderIntent;
  /** Absent when the intent was prepared, but no state of the order was recorded yet. */
  readonly view?: OrderView;
  /** In the order of their moments. */
  readonly steps: readonly OrderStep[];
  /** One per epoch, oldest first; empty for an order that was denied. */
  readonly envelopes: readonly Envelope[];
  readonly fills: readonly VenueFill[];
  /** The decision that caused the order; of a stop, the one that opened what it protects. */
  readonly decision?: DecisionRecord;
}

const WORKFLOW_ID = /^order:(0x[0-9a-f]{40}):(.+)$/;

/** Names are tried from the most to the least specific; the newest order of a name wins. */
const RESOLVE = `
select account, intent_id, workflow_id from (
  select account, intent_id, workflow_id, created_ms, 1 as rank from orders
    where intent_id = $1 or cloid = $1 or oid::text = $1
  union all
  select account, intent_id, workflow_id, created_ms, 2 from envelopes
    where intent_id = $1 or cloid = $1
) found
where $2::text is null or account = $2
order by rank, created_ms desc limit 1`;

/**
 * A stop and a closing order come from no bar of their own: what caused them is the decision that
 * sized the position, the newest one of the session and asset at that moment.
 */
const DECISION = `
select * from decisions where decision_id = $1
union all
(select * from decisions
  where $1::text is null and account = $2 and session = $3 and asset = $4 and decided_ms <= $5
    and plan->'sizing'->>'kind' = 'sized'
  order by decided_ms desc limit 1)`;

/** The order with this intent key, cloid, venue order id or workflow id, or undefined. */
export async function readOrderStory(
  pool: Pool,
  reference: string,
  account?: AccountAddress,
): Promise<OrderStory | undefined> {
  const byWorkflow = WORKFLOW_ID.exec(reference);
  const { rows } = await pool.query<Row>(RESOLVE, [
    byWorkflow?.[2] ?? reference,
    byWorkflow?.[1] ?? account ?? null,
  ]);
  const row = rows[0];
  if (row === undefined) return undefined;
  const key = [textOf(row, 'account'), textOf(row, 'intent_id')];
  const one = (sql: string, values: readonly unknown[] = key): Promise<readonly Row[]> =>
    pool.query<Row>(sql, [...values]).then((result) => result.rows);
  const [order] = await one('select * from orders where account = $1 and intent_id = $2');
  const [intentRow] = await one('select * from intents where account = $1 and intent_id = $2');
  const view = order && (objectOf(order, 'view') as unknown as OrderView);
  const intent = view?.intent ?? (objectOf(intentRow ?? {}, 'intent') as unknown as OrderIntent);
  const drawn = await one(
    'select * from envelopes where account = $1 and intent_id = $2 order by epoch',
  );
  const envelopes = drawn.map(envelopeOf).filter((envelope) => !isSealed(envelope));
  const steps = await one(
    `select * from order_steps where account = $1 and intent_id = $2
     order by at_ms, position`,
  );
  const cloids = envelopes.map(({ cloid }) => cloid);
  const fills = await one(
    `select * from fills where account = $1 and (cloid = any($2::text[]) or oid = $3)
     order by time_ms, tid`,
    [key[0], cloids, view?.oid ?? null],
  );
  const [decision] = await one(DECISION, [
    intent.decisionId ?? null,
    key[0],
    intent.session ?? null,
    intent.asset,
    integerOf(order ?? intentRow ?? {}, 'created_ms'),
  ]);
  return {
    account: textOf(row, 'account') as AccountAddress,
    intentId: textOf(row, 'intent_id') as IntentId,
    workflowId: textOf(row, 'workflow_id'),
    intent,
    ...(view === undefined ? {} : { view }),
    steps: steps.map((step) => ({
      atMs: integerOf(step, 'at_ms'),
      what: textOf(step, 'what'),
      detail: objectOf(step, 'detail'),
    })),
    envelopes,
    fills: fills.map(fillOf),
    ...(decision === undefined ? {} : { decision: decisionOf(decision) }),
  };
}
