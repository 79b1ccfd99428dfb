/** Decisions, sessions, reconciliations and watermarks: what our own workflows report. */
import type { Pool } from 'pg';
import type { DecisionRecord, SessionRow } from '../../activities/ports/ledger.ts';
import { assertInvariant } from '../../domain/kernel/assert.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import { integerOf, objectOf, type Row, textOf } from './rows.ts';

export function decisionOf(row: Row): DecisionRecord {
  return {
    decisionId: textOf(row, 'decision_id'),
    account: textOf(row, 'account') as AccountAddress,
    session: textOf(row, 'session'),
    asset: textOf(row, 'asset'),
    barOpenTimeMs: integerOf(row, 'bar_open_time_ms'),
    inputsHash: textOf(row, 'inputs_hash'),
    decidedMs: integerOf(row, 'decided_ms'),
    plan: objectOf(row, 'plan'),
  };
}

const RECORD_DECISIONS = `
insert into decisions (decision_id, account, session, asset, bar_open_time_ms, inputs_hash,
                       decided_ms, plan)
select d."decisionId", d.account, d.session, d.asset, d."barOpenTimeMs", d."inputsHash",
       d."decidedMs", d.plan
from json_to_recordset($1::json) as d("decisionId" text, account text, session text,
  asset text, "barOpenTimeMs" bigint, "inputsHash" text, "decidedMs" bigint, plan jsonb)
on conflict do nothing
returning *`;

/** See `LedgerPort.recordDecisions`. */
export async function recordDecisions(
  pool: Pool,
  records: readonly DecisionRecord[],
): Promise<readonly DecisionRecord[]> {
  if (records.length === 0) return [];
  const added = await pool.query<Row>({
    name: 'record-decisions',
    text: RECORD_DECISIONS,
    values: [JSON.stringify(records)],
  });
  const rows = [...added.rows];
  if (rows.length < records.length) {
    // A second statement, since a racing writer's rows are not visible to the one that lost.
    const known = await pool.query<Row>(
      'select * from decisions where decision_id = any($1::text[])',
      [records.map((record) => record.decisionId)],
    );
    rows.push(...known.rows);
  }
  const stored = new Map(rows.map((row) => [textOf(row, 'decision_id'), decisionOf(row)]));
  return records.map((record) => {
    const found = stored.get(record.decisionId);
    assertInvariant(found !== undefined, `decision ${record.decisionId}: must be stored`);
    return found;
  });
}

/** See `LedgerPort.decision`. */
export async function findDecision(
  pool: Pool,
  decisionId: string,
): Promise<DecisionRecord | undefined> {
  const { rows } = await pool.query<Row>('select * from decisions where decision_id = $1', [
    decisionId,
  ]);
  return rows[0] && decisionOf(rows[0]);
}

/** See `LedgerPort.recordSession`. */
export async function recordSession(pool: Pool, row: SessionRow): Promise<void> {
  await pool.query(
    `insert into sessions (account, name, workflow_id, status, config, started_ms, updated_ms)
     values ($1, $2, $3, $4, $5::jsonb, $6::bigint, $6::bigint)
     on conflict (account, name) do update set
       workflow_id = excluded.workflow_id, status = excluded.status, config = excluded.config,
       updated_ms = excluded.updated_ms
     where sessions.updated_ms <= excluded.updated_ms`,
    [row.account, row.name, row.workflowId, row.status, JSON.stringify(row.config), row.updatedMs],
  );
}

/** See `LedgerPort.recordReconciliation`. */
export async function recordReconciliation(
  pool: Pool,
  account: AccountAddress,
  atMs: number,
  statement: Readonly<Record<string, unknown>>,
): Promise<void> {
  await pool.query(
    `insert into reconciliations (account, at_ms, statement) values ($1, $2, $3::jsonb)
     on conflict do nothing`,
    [account, atMs, JSON.stringify(statement)],
  );
}

/** See `LedgerPort.watermark`. */
export async function watermark(
  pool: Pool,
  account: AccountAddress,
  kind: string,
): Promise<number | undefined> {
  const { rows } = await pool.query<Row>(
    'select to_ms from watermarks where account = $1 and kind = $2',
    [account, kind],
  );
  return rows[0] && integerOf(rows[0], 'to_ms');
}

/** See `LedgerPort.advanceWatermark`. */
export async function advanceWatermark(
  pool: Pool,
  account: AccountAddress,
  kind: string,
  toMs: number,
): Promise<void> {
  await pool.query(
    `insert into watermarks (account, kind, to_ms) values ($1, $2, $3)
     on conflict (account, kind) do update
       set to_ms = greatest(watermarks.to_ms, excluded.to_ms)`,
    [account, kind, toMs],
  );
}
