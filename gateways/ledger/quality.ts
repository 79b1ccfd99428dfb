/** Prices that stand for a moment: after fills, and when orders ended. Implements `QualityPort`. */
import type { Pool } from 'pg';
import type { QualityPort } from '../../activities/ports/quality.ts';
import {
  HORIZONS_MS,
  type HorizonMs,
  type Markout,
  PRICE_SOURCES,
  type PriceMark,
} from '../../domain/execution/quality/markout.ts';
import { assertInvariant } from '../../domain/kernel/assert.ts';
import { px } from '../../domain/kernel/decimal.ts';
import type { IntentId } from '../../domain/kernel/ids.ts';
import { integerOf, optionalTextOf, type Row, textOf } from './rows.ts';

const UNMARKED_FILLS = `
select f.asset, f.time_ms, f.tid, f.oid, coalesce(json_agg(m.horizon_ms)
         filter (where m.horizon_ms is not null), '[]'::json) as known
  from fills f left join markouts m using (account, asset, time_ms, tid, oid)
 where f.account = $1 and f.time_ms >= $2
 group by f.asset, f.time_ms, f.tid, f.oid
having count(m.horizon_ms) < ${HORIZONS_MS.length}
 order by f.time_ms, f.tid limit $3`;

const RECORD_MARKOUTS = `
insert into markouts (account, asset, time_ms, tid, oid, horizon_ms, source, px, price_ms, taken_ms)
select $1, m.asset, m."timeMs", m.tid, m.oid, m."horizonMs", m.source, m.px, m."priceMs", m."takenMs"
  from jsonb_to_recordset($2::jsonb) as m(asset text, "timeMs" bigint, tid bigint, oid bigint,
    "horizonMs" integer, source text, px numeric, "priceMs" bigint, "takenMs" bigint)
on conflict do nothing`;

/** Denied and withdrawn orders were never sent: they have no envelope, and nothing to be measured. */
const UNMARKED_ENDS = `
select o.intent_id, o.asset, o.updated_ms
  from orders o left join order_ends e using (account, intent_id)
 where o.account = $1 and o.updated_ms >= $2 and not o.is_open and o.filled_base < o.size_base
   and o.cloid is not null and e.intent_id is null
 order by o.updated_ms limit $3`;

/** The price mark of a row. */
export function priceMarkOf(row: Row): PriceMark {
  const source = PRICE_SOURCES.find((each) => each === row.source);
  assertInvariant(source !== undefined, `ledger column source: ${String(row.source)}`);
  const price = optionalTextOf(row, 'px');
  return {
    source,
    ...(price === undefined ? {} : { px: px(price) }),
    ...(row.price_ms === null ? {} : { priceMs: integerOf(row, 'price_ms') }),
    takenMs: integerOf(row, 'taken_ms'),
  };
}

function horizonOf(value: unknown): HorizonMs {
  const horizon = HORIZONS_MS.find((each) => each === value);
  assertInvariant(horizon !== undefined, `ledger column horizon_ms: ${String(value)}`);
  return horizon;
}

export const markoutOf = (row: Row): Markout => ({
  ...priceMarkOf(row),
  horizonMs: horizonOf(row.horizon_ms),
});

/** The pool stays the caller's. */
export function createQualityStore(pool: Pool): QualityPort {
  return {
    async unmarkedFills(account, sinceMs, limit) {
      const { rows } = await pool.query<Row>(UNMARKED_FILLS, [account, sinceMs, limit]);
      return rows.map((row) => ({
        fill: {
          asset: textOf(row, 'asset'),
          timeMs: integerOf(row, 'time_ms'),
          tid: integerOf(row, 'tid'),
          oid: integerOf(row, 'oid'),
        },
        known: (row.known as readonly unknown[]).map(horizonOf),
      }));
    },
    async recordMarkouts(account, markouts) {
      if (markouts.length === 0) return;
      const rows = markouts.map(({ fill, markout }) => ({ ...fill, ...markout }));
      const values = [account, JSON.stringify(rows)];
      await pool.query({ name: 'record-markouts', text: RECORD_MARKOUTS, values });
    },
    async unmarkedEnds(account, sinceMs, limit) {
      const { rows } = await pool.query<Row>(UNMARKED_ENDS, [account, sinceMs, limit]);
      return rows.map((row) => ({
        intentId: textOf(row, 'intent_id') as IntentId,
        asset: textOf(row, 'asset'),
        endedMs: integerOf(row, 'updated_ms'),
      }));
    },
    async recordEnd(account, intentId, { source, px: price, priceMs, takenMs }) {
      await pool.query(
        `insert into order_ends (account, intent_id, source, px, price_ms, taken_ms)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
        [account, intentId, source, price ?? null, priceMs ?? null, takenMs],
      );
    },
  };
}
