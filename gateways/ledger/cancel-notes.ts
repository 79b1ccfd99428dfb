/** Notes in the stories of orders that they were cancelled with others: see `NoteCancels`. */
import type { Pool } from 'pg';
import type { NoteCancels } from '../../activities/ports/kill-switch.ts';
import { canonicalJson, sha256Hex } from '../../domain/kernel/ids.ts';

/** The same words as the order's own cancel has; every epoch of an order has an envelope. */
const NOTE = `
insert into order_steps (account, intent_id, step_id, position, at_ms, what, detail)
select account, intent_id, $2, 0, $3, 'cancelSent', $4 from envelopes where cloid = any($1::text[])
on conflict do nothing`;

/** The pool stays the caller's. */
export function createNoteCancels(pool: Pool): NoteCancels {
  return async (cloids, { atMs, reason, together }) => {
    const stepId = sha256Hex(canonicalJson({ atMs, reason, together })).slice(0, 32);
    await pool.query(NOTE, [cloids, stepId, atMs, JSON.stringify({ reason, together })]);
  };
}
