/**
 * Intents, envelopes and nonces: the part of the ledger that is the authority. An envelope and its
 * nonce are born in one statement, so no crash and no race can give an order two nonces or a nonce to
 * two orders. Nothing here signs or sends.
 */
import type { Pool } from 'pg';
import { type Envelope, isSealed } from '../../activities/ports/envelope.ts';
import { OverLimit, SessionOver } from '../../activities/ports/errors.ts';
import type { EnvelopeDraft } from '../../activities/ports/ledger.ts';
import { assertInvariant } from '../../domain/kernel/assert.ts';
import { decimal, plain } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, Cloid } from '../../domain/kernel/ids.ts';
import { describeBreach, type ExposureBreach } from '../../domain/risk/reservation.ts';
import { envelopeOf, integerOf, objectOf, type Row, textOf } from './rows.ts';

/**
 * A session's entry holds on to the session's row: either the session was recorded as stopping before, or
 * it is afterwards, and then sees this envelope.
 * The lane's row lock puts racing writers in line. One that loses the race for the cloid has drawn a
 * nonce that nobody uses, inserts nothing, and reads the winner's envelope. A claim is judged before
 * anything is written, and nothing is when it does not fit: `migrations/0004-reservations.sql`.
 */
const PREPARE = `
with known as (
  select * from envelopes where cloid = $1
), gate as materialized (
  select status from sessions
   where account = $2 and name = $5 and $25::boolean and not exists (select 1 from known)
     for share
), judged as materialized (
  select coalesce(
    (select json_build_object('check', 'session', 'value', status) from gate
      where status in ('stopping', 'stopped')),
    exposure_breach($2, $3, $7, $18, $19::numeric, $20::numeric, $21::numeric, $22::numeric,
                    $23::numeric, $24::integer)) as breach
  where not exists (select 1 from known)
), fitting as (
  select 1 from judged where breach is null
), intent as (
  insert into intents (account, intent_id, workflow_id, session, strategy, asset, decision_id,
                       intent, created_ms)
  select $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::bigint from fitting
  on conflict (account, intent_id) do nothing
), lane as (
  insert into signer_lanes (signer, last_nonce)
  select $11, $10::bigint from fitting
  on conflict (signer) do update
    set last_nonce = greatest(signer_lanes.last_nonce + 1, excluded.last_nonce)
  returning last_nonce
), former as (
  update envelopes set reserves = false
   where $13::integer > 0 and account = $2 and intent_id = $3 and epoch < $13::integer and reserves
     and exists (select 1 from fitting)
), added as (
  insert into envelopes (cloid, account, intent_id, network, epoch, workflow_id, signer, nonce,
                         expires_after_ms, action, created_ms, sends, arrival, asset, side, asked_base,
                         reserved_px, reserves)
  select $1, $2, $3, $12, $13::integer, $4, $11, last_nonce, $14::bigint, $15::json, $10::bigint,
         $16::integer, $17::jsonb, $7, $18, $19::numeric, $20::numeric, $18 is not null
  from lane
  on conflict (cloid) do nothing
  returning *
)
select true as inserted, null::json as breach, added.* from added
union all
select false, null, known.* from known
union all
select false, breach, known.* from judged left join known on true where breach is not null`;

/** Of a claim: side, size, price, mark, and the ceilings; nothing of what claims nothing. */
function claimValues({ claim }: EnvelopeDraft): unknown[] {
  if (claim === undefined) return Array.from({ length: 7 }, () => null);
  const { side, sizeBase, px, markPx, ceilings } = claim;
  const amounts = [ceilings?.assetUsd, ceilings?.grossUsd, ceilings?.assets];
  return [side, sizeBase, px, markPx, ...amounts.map((amount) => amount ?? null)];
}

function draftValues(draft: EnvelopeDraft): unknown[] {
  const { intent } = draft;
  return [
    draft.cloid,
    draft.account,
    draft.intentId,
    draft.workflowId,
    intent.session ?? null,
    intent.strategy,
    intent.asset,
    intent.decisionId ?? null,
    JSON.stringify(intent),
    draft.nowMs,
    draft.signer,
    draft.network,
    draft.epoch,
    draft.expiresAfterMs,
    JSON.stringify(draft.action),
    draft.countsAsSent === true ? 1 : 0,
    draft.arrival === undefined ? null : JSON.stringify(draft.arrival),
    ...claimValues(draft),
    intent.session !== undefined && intent.leg === 'entry' && !isSealed(draft),
  ];
}

/** The breach as the statement found it; of a claim, with the ceilings that it broke. */
function refusalOf(breach: Row, { claim, intent }: EnvelopeDraft): OverLimit | SessionOver {
  if (textOf(breach, 'check') === 'session') {
    return new SessionOver(intent.session ?? '', textOf(breach, 'value'));
  }
  const value = plain(decimal(textOf(breach, 'value')));
  const check = textOf(breach, 'check') as ExposureBreach['check'];
  assertInvariant(claim?.ceilings !== undefined, 'what has no ceilings breaks none');
  return new OverLimit(describeBreach({ check, value }, claim.ceilings));
}

/** See `LedgerPort.prepareEnvelope`. @throws InvariantBroken when the cloid is another intent's; OverLimit, SessionOver */
export async function prepareEnvelope(
  pool: Pool,
  draft: EnvelopeDraft,
): Promise<{ envelope: Envelope; inserted: boolean }> {
  assertInvariant(
    Number.isSafeInteger(draft.nowMs) && draft.nowMs > 0,
    `nowMs ${draft.nowMs}: must be a positive integer`,
  );
  const statement = { name: 'prepare-envelope', text: PREPARE, values: draftValues(draft) };
  const { rows } = await pool.query<Row>(statement);
  const row = rows[0];
  if (row !== undefined && row.breach !== null) throw refusalOf(objectOf(row, 'breach'), draft);
  const envelope = row === undefined ? await findEnvelope(pool, draft.cloid) : envelopeOf(row);
  assertInvariant(envelope !== undefined, `envelope ${draft.cloid}: must exist after its insert`);
  assertInvariant(
    envelope.account === draft.account && envelope.intentId === draft.intentId,
    `cloid ${draft.cloid}: belongs to intent ${envelope.intentId}, not to ${draft.intentId}`,
  );
  return { envelope, inserted: row?.inserted === true };
}

/** See `LedgerPort.noteSend`. */
export async function noteSend(pool: Pool, cloid: Cloid): Promise<Envelope | undefined> {
  const { rows } = await pool.query<Row>({
    name: 'note-send',
    text: 'update envelopes set sends = sends + 1 where cloid = $1 returning *',
    values: [cloid],
  });
  return rows[0] && envelopeOf(rows[0]);
}

/** See `LedgerPort.envelope`. */
export async function findEnvelope(pool: Pool, cloid: Cloid): Promise<Envelope | undefined> {
  const { rows } = await pool.query<Row>({
    name: 'envelope',
    text: 'select * from envelopes where cloid = $1',
    values: [cloid],
  });
  return rows[0] && envelopeOf(rows[0]);
}

/** See `LedgerPort.nextNonce`. */
export async function nextNonce(
  pool: Pool,
  signer: AccountAddress,
  nowMs: number,
): Promise<number> {
  const { rows } = await pool.query<Row>({
    name: 'next-nonce',
    text: `insert into signer_lanes (signer, last_nonce) values ($1, $2)
           on conflict (signer) do update
             set last_nonce = greatest(signer_lanes.last_nonce + 1, excluded.last_nonce)
           returning last_nonce`,
    values: [signer, nowMs],
  });
  return integerOf(rows[0] ?? {}, 'last_nonce');
}

/** See `LedgerPort.workflowsOf`. */
export async function workflowsOf(
  pool: Pool,
  cloids: readonly Cloid[],
): Promise<ReadonlyMap<Cloid, string>> {
  if (cloids.length === 0) return new Map();
  const { rows } = await pool.query<Row>({
    name: 'workflows-of',
    text: 'select cloid, workflow_id from envelopes where cloid = any($1::text[])',
    values: [cloids],
  });
  return new Map(rows.map((row) => [textOf(row, 'cloid') as Cloid, textOf(row, 'workflow_id')]));
}
