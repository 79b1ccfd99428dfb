/**
 * What the venue said of an account: fills, funding, equity and positions. Every write may come
 * twice and late; what is stored is the same as if it had come once and in order.
 */
import type { Pool } from 'pg';
import type { FundingPayment, VenueAccount, VenueFill } from '../../activities/ports/venue.ts';
import { sizeBase, usd } from '../../domain/kernel/decimal.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import { fillOf, type Row, textOf } from './rows.ts';

const RECORD_FILLS = `
insert into fills (account, asset, time_ms, tid, oid, cloid, side, px, size_base, fee_usd, fee_token,
                   closed_pnl_usd, direction, start_position_base, crossed, hash, twap_id)
select $1, f.asset, f."timeMs", f.tid, f.oid, f.cloid, f.side, f.px, f."sizeBase", f."feeUsd",
       f."feeToken", f."closedPnlUsd", f.direction, f."startPositionBase", f.crossed, f.hash,
       f."twapId"
from jsonb_to_recordset($2::jsonb) as f(asset text, "timeMs" bigint, tid bigint, oid bigint,
  cloid text, side text, px numeric, "sizeBase" numeric, "feeUsd" numeric, "feeToken" text,
  "closedPnlUsd" numeric, direction text, "startPositionBase" numeric, crossed boolean,
  hash text, "twapId" bigint)
on conflict do nothing`;

/** See `LedgerPort.recordFills`. */
export async function recordFills(
  pool: Pool,
  account: AccountAddress,
  fills: readonly VenueFill[],
): Promise<number> {
  if (fills.length === 0) return 0;
  const values = [account, JSON.stringify(fills)];
  const { rowCount } = await pool.query({ name: 'record-fills', text: RECORD_FILLS, values });
  return rowCount ?? 0;
}

/** See `LedgerPort.fillsOf`; oldest first. */
export async function fillsOf(
  pool: Pool,
  account: AccountAddress,
  sinceMs: number,
): Promise<readonly VenueFill[]> {
  const { rows } = await pool.query<Row>(
    'select * from fills where account = $1 and time_ms >= $2 order by time_ms, tid, oid',
    [account, sinceMs],
  );
  return rows.map(fillOf);
}

/** See `LedgerPort.netFills`. */
export async function netFills(
  pool: Pool,
  account: AccountAddress,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<Row>(
    `select asset, sum(case side when 'buy' then size_base else -size_base end)::text as net
       from fills where account = $1 group by asset order by asset`,
    [account],
  );
  return new Map(rows.map((row) => [textOf(row, 'asset'), sizeBase(textOf(row, 'net'))]));
}

/** See `LedgerPort.recordFunding`. */
export async function recordFunding(
  pool: Pool,
  account: AccountAddress,
  payments: readonly FundingPayment[],
): Promise<number> {
  if (payments.length === 0) return 0;
  const { rowCount } = await pool.query(
    `insert into funding (account, asset, time_ms, amount_usd, size_base, rate_per_hour)
     select $1, f.asset, f."timeMs", f."amountUsd", f."sizeBase", f."ratePerHour"
     from jsonb_to_recordset($2::jsonb) as f(asset text, "timeMs" bigint, "amountUsd" numeric,
       "sizeBase" numeric, "ratePerHour" numeric)
     on conflict do nothing`,
    [account, JSON.stringify(payments)],
  );
  return rowCount ?? 0;
}

/** Positions change only when no newer sample is stored: a late answer must not revive one. */
const RECORD_ACCOUNT = `
with sample as (
  insert into equity (account, at_ms, equity_usd, notional_usd, margin_used_usd, withdrawable_usd)
  values ($1, $2::bigint, $3, $4, $5, $6) on conflict do nothing
), newest as (
  select not exists (select 1 from equity where account = $1 and at_ms > $2::bigint) as is_newest
), gone as (
  delete from positions where account = $1 and (select is_newest from newest) and asset not in (
    select p.asset from jsonb_to_recordset($7::jsonb) as p(asset text))
)
insert into positions (account, asset, size_base, entry_px, value_usd, unrealized_pnl_usd,
                       margin_used_usd, liquidation_px, leverage, as_of_ms)
select $1, p.asset, p."sizeBase", p."entryPx", p."valueUsd", p."unrealizedPnlUsd",
       p."marginUsedUsd", p."liquidationPx", p.leverage, $2::bigint
from jsonb_to_recordset($7::jsonb) as p(asset text, "sizeBase" numeric, "entryPx" numeric,
  "valueUsd" numeric, "unrealizedPnlUsd" numeric, "marginUsedUsd" numeric,
  "liquidationPx" numeric, leverage integer)
where (select is_newest from newest)
on conflict (account, asset) do update set
  size_base = excluded.size_base, entry_px = excluded.entry_px, value_usd = excluded.value_usd,
  unrealized_pnl_usd = excluded.unrealized_pnl_usd, margin_used_usd = excluded.margin_used_usd,
  liquidation_px = excluded.liquidation_px, leverage = excluded.leverage,
  as_of_ms = excluded.as_of_ms
where positions.as_of_ms <= excluded.as_of_ms`;

/** See `LedgerPort.recordAccount`. */
export async function recordAccount(
  pool: Pool,
  account: AccountAddress,
  state: VenueAccount,
): Promise<void> {
  await pool.query(RECORD_ACCOUNT, [
    account,
    state.asOfMs,
    state.equityUsd,
    state.notionalUsd,
    state.marginUsedUsd,
    state.withdrawableUsd,
    JSON.stringify(state.positions),
  ]);
}

/** See `LedgerPort.equityAt`. */
export async function equityAt(
  pool: Pool,
  account: AccountAddress,
  atMs: number,
): Promise<string | undefined> {
  const { rows } = await pool.query<Row>(
    `select equity_usd from equity where account = $1 and at_ms >= $2 order by at_ms limit 1`,
    [account, atMs],
  );
  return rows[0] && usd(textOf(rows[0], 'equity_usd'));
}
