/**
 * The quality of orders, from what the ledger keeps: the orders with their fills, the market at their
 * arrival, the prices after their fills and at their end. Read only.
 */
import type { Pool } from 'pg';
import type { ParentRow } from '../../activities/ports/ledger.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { type FillFact, fillFact } from '../../domain/execution/order-facts.ts';
import { type OrderView, TERMINAL_STATUSES } from '../../domain/execution/order-view.ts';
import { isOpenParent } from '../../domain/execution/parents/parent-view.ts';
import type { Arrival } from '../../domain/execution/quality/arrival.ts';
import type { Markout, PriceMark } from '../../domain/execution/quality/markout.ts';
import {
  type OrderEvidence,
  type OrderQuality,
  orderQuality,
} from '../../domain/execution/quality/order-quality.ts';
import type { QualityRow } from '../../domain/execution/quality/summary.ts';
import type { AccountAddress, IntentId } from '../../domain/kernel/ids.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import { markoutOf, priceMarkOf } from './quality.ts';
import { fillOf, integerOf, objectOf, optionalTextOf, type Row, textOf } from './rows.ts';

export interface QualityFilter {
  readonly account: AccountAddress;
  readonly strategy?: string;
  readonly asset?: string;
  readonly session?: string;
  /** Only legs of this parent order. */
  readonly parent?: IntentId;
  readonly intentId?: IntentId;
  /** Only orders that were created at or after this moment. */
  readonly sinceMs?: number;
  /** The newest ones; 10,000 when absent. */
  readonly limit?: number;
}

export interface MeasuredOrder extends QualityRow {
  readonly intent: OrderIntent;
  readonly createdMs: number;
  readonly arrival?: Arrival;
  /** The price when it ended; kept for orders that left something unfilled. */
  readonly end?: PriceMark;
  /** What the measures were computed from. */
  readonly evidence: OrderEvidence;
  readonly quality: OrderQuality;
}

const LIMIT = 10_000;

const ORDERS = `
select o.*, e.arrival as drawn, p.arrival as told, s.ack_ms,
       n.source, n.px, n.price_ms, n.taken_ms
  from orders o
  left join lateral (
    select arrival from envelopes
     where account = o.account and intent_id = o.intent_id order by epoch limit 1) e on true
  left join lateral (
    select detail -> 'arrival' as arrival from order_steps
     where account = o.account and intent_id = o.intent_id and what = 'prepared'
     order by at_ms limit 1) p on e.arrival is null
  left join lateral (
    select detail ->> 'ackMs' as ack_ms from order_steps
     where account = o.account and intent_id = o.intent_id and what = 'sent'
     order by at_ms limit 1) s on true
  left join order_ends n on n.account = o.account and n.intent_id = o.intent_id
 where o.account = $1 and ($2::text is null or o.strategy = $2)
   and ($3::text is null or o.asset = $3) and ($4::text is null or o.session = $4)
   and ($5::text is null or o.parent = $5) and ($6::text is null or o.intent_id = $6)
   and o.created_ms >= $7
 order by o.created_ms desc, o.intent_id limit $8`;

const MARKOUTS = `
select * from markouts
 where account = $1 and time_ms between $2 and $3 and oid = any($4::bigint[])`;

const fillKeyOf = (asset: string, timeMs: number, tid: number, oid: number): string =>
  `${asset}:${timeMs}:${tid}:${oid}`;

const viewOf = (row: Row): OrderView => objectOf(row, 'view') as unknown as OrderView;

/** The markouts of all of the fills. */
async function markoutsAt(
  pool: Pool,
  account: AccountAddress,
  fills: readonly FillFact[],
): Promise<ReadonlyMap<string, readonly Markout[]>> {
  if (fills.length === 0) return new Map();
  const times = fills.map((fill) => fill.timeMs).sort((a, b) => a - b);
  const oids = [...new Set(fills.map((fill) => fill.oid))];
  const span = [times[0], times.at(-1)];
  const { rows } = await pool.query<Row>(MARKOUTS, [account, ...span, oids]);
  const byFill = Map.groupBy(rows, (row) =>
    fillKeyOf(
      textOf(row, 'asset'),
      integerOf(row, 'time_ms'),
      integerOf(row, 'tid'),
      integerOf(row, 'oid'),
    ),
  );
  return new Map([...byFill].map(([key, of]) => [key, of.map(markoutOf)]));
}

const loose = (row: Row, column: string): Arrival | undefined =>
  row[column] === null || row[column] === undefined
    ? undefined
    : (objectOf(row, column) as unknown as Arrival);

function reasonOf({ denial, reason }: OrderView): string | undefined {
  return denial === undefined ? reason : describeViolation(denial);
}

function measuredOf(row: Row, marks: ReadonlyMap<string, readonly Markout[]>): MeasuredOrder {
  const view = viewOf(row);
  const { intent, status } = view;
  const { asset } = intent;
  const arrival = loose(row, 'drawn') ?? loose(row, 'told');
  const ackMs = optionalTextOf(row, 'ack_ms');
  const end = row.source === null ? undefined : priceMarkOf(row);
  const reason = reasonOf(view);
  const decisionPx = (view.placedAs ?? intent).decisionPx;
  const evidence: OrderEvidence = {
    side: intent.side,
    type: intent.type,
    sizeBase: intent.sizeBase,
    hasEnded: TERMINAL_STATUSES.includes(status),
    ...(intent.triggerPx === undefined ? {} : { triggerPx: intent.triggerPx }),
    ...(decisionPx === undefined ? {} : { decisionPx }),
    ...(arrival === undefined ? {} : { arrival }),
    ...(end === undefined ? {} : { end }),
    ...(ackMs === undefined ? {} : { ackMs: Number(ackMs) }),
    fills: view.fills.map((fill) => ({
      ...fill,
      markouts: marks.get(fillKeyOf(asset, fill.timeMs, fill.tid, fill.oid)) ?? [],
    })),
  };
  return {
    intentId: intent.intentId,
    strategy: intent.strategy,
    asset,
    status,
    intent,
    createdMs: integerOf(row, 'created_ms'),
    ...(reason === undefined ? {} : { reason }),
    ...(arrival === undefined ? {} : { arrival }),
    ...(end === undefined ? {} : { end }),
    evidence,
    quality: orderQuality(evidence),
  };
}

/** Measures orders, the newest first. */
export async function readQuality(
  pool: Pool,
  filter: QualityFilter,
): Promise<readonly MeasuredOrder[]> {
  const { account } = filter;
  const { rows } = await pool.query<Row>(ORDERS, [
    account,
    filter.strategy ?? null,
    filter.asset ?? null,
    filter.session ?? null,
    filter.parent ?? null,
    filter.intentId ?? null,
    filter.sinceMs ?? 0,
    filter.limit ?? LIMIT,
  ]);
  const fills = rows.flatMap((row) => viewOf(row).fills);
  const marks = await markoutsAt(pool, account, fills);
  return rows.map((row) => measuredOf(row, marks));
}

const TWAP_ENVELOPE = `
select arrival, created_ms from envelopes
 where account = $1 and workflow_id = $2 and arrival is not null order by epoch limit 1`;

/**
 * What is known of the execution of a TWAP that the venue works: its slices are fills that name it,
 * and have no order of ours. Undefined while its id is not known.
 */
export async function readTwapEvidence(
  pool: Pool,
  { view, workflowId }: ParentRow,
): Promise<OrderEvidence | undefined> {
  const { intent, status, venueTwap } = view;
  const { spec, account } = intent;
  if (spec.kind !== 'venueTwap' || venueTwap?.twapId === undefined) return undefined;
  const { rows } = await pool.query<Row>(
    'select * from fills where account = $1 and twap_id = $2 order by time_ms, tid',
    [account, venueTwap.twapId],
  );
  const fills = rows.map(fillOf);
  const marks = await markoutsAt(pool, account, fills);
  const [envelope] = (await pool.query<Row>(TWAP_ENVELOPE, [account, workflowId])).rows;
  const arrival = envelope && loose(envelope, 'arrival');
  return {
    side: spec.side,
    // It is worked, not taken at once: no book is a benchmark for it.
    type: 'LIMIT',
    sizeBase: spec.sizeBase,
    hasEnded: !isOpenParent(status),
    ...(arrival === undefined ? {} : { arrival }),
    fills: fills.map((fill) => ({
      ...fillFact(fill),
      markouts: marks.get(fillKeyOf(fill.asset, fill.timeMs, fill.tid, fill.oid)) ?? [],
    })),
  };
}
