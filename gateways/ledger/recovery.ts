/** What recovery reads of the ledger; see `RecoveryPort`. It only selects. */
import type { Pool } from 'pg';
import type { SessionRow } from '../../activities/ports/ledger.ts';
import type { BalanceMark, KnownSession, RecoveryPort } from '../../activities/ports/recovery.ts';
import { usd } from '../../domain/kernel/decimal.ts';
import { objectOf, type Row, textOf } from './rows.ts';

function sessionOf(row: Row): KnownSession {
  const { assets } = objectOf(row, 'config');
  return {
    name: textOf(row, 'name'),
    workflowId: textOf(row, 'workflow_id'),
    status: textOf(row, 'status') as SessionRow['status'],
    assets: Array.isArray(assets) ? assets.filter((asset) => typeof asset === 'string') : [],
  };
}

function balanceOf(row: Row): BalanceMark {
  return {
    cashUsd: usd(textOf(row, 'cash_usd')),
    flowsUsd: usd(textOf(row, 'flows_usd')),
  };
}

const LAST_BALANCE = `
select statement->'balance'->>'cashUsd' as cash_usd, statement->'balance'->>'flowsUsd' as flows_usd
from reconciliations
where account = $1 and statement->'balance' is not null
  and (abs(coalesce((statement->'balance'->>'unexplainedUsd')::numeric, 0)) <= $2::numeric
       or statement->'differences' @> '[{"kind":"balanceMismatch"}]')
order by at_ms desc limit 1`;

const FORGOTTEN = `
select distinct asset from fills
where account = $1 and left(cloid, 10) = $2
  and not exists (select 1 from envelopes where envelopes.cloid = fills.cloid)
order by asset`;

const FLOWS = `
select ((select coalesce(sum(closed_pnl_usd - fee_usd), 0) from fills where account = $1)
  + (select coalesce(sum(amount_usd), 0) from funding where account = $1))::text as flows_usd`;

/** The pool stays the caller's: whoever opened it ends it. */
export function createRecoveryReader(pool: Pool): RecoveryPort {
  const select = async (sql: string, ...values: string[]): Promise<readonly Row[]> =>
    (await pool.query<Row>(sql, values)).rows;
  return {
    sessions: async (account) =>
      (await select('select * from sessions where account = $1 order by name', account)).map(
        sessionOf,
      ),
    forgottenAssets: async (account, tag) =>
      (await select(FORGOTTEN, account, `0x${tag}`)).map((row) => textOf(row, 'asset')),
    cashFlowsUsd: async (account) =>
      usd(textOf((await select(FLOWS, account))[0] ?? {}, 'flows_usd')),
    lastBalance: async (account, toleranceUsd) =>
      (await select(LAST_BALANCE, account, toleranceUsd)).map(balanceOf)[0],
  };
}
