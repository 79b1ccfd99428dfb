/** TWAPs that the venue works: which one is on its way, and whose they are. See `TwapLedgerPort`. */
import type { Pool } from 'pg';
import type { TwapLedgerPort } from '../../activities/ports/venue-twap.ts';
import { integerOf, type Row } from './rows.ts';

/**
 * The lane is given up by what is recorded of its holder: a parent that has ended, or whose id is
 * known, is not on its way any more. A holder that is not recorded at all keeps it.
 */
const TAKE = `
insert into twap_lanes (account, asset, intent_id) values ($1, $2, $3)
on conflict (account, asset) do update set intent_id = excluded.intent_id
 where twap_lanes.intent_id = excluded.intent_id or exists (
   select 1 from parents p where p.account = twap_lanes.account
      and p.intent_id = twap_lanes.intent_id and (not p.is_open or p.twap_id is not null))
returning intent_id`;

/** The pool stays the caller's. */
export function createTwapLedger(pool: Pool): TwapLedgerPort {
  return {
    async takeTwapLane(account, asset, intentId) {
      const { rows } = await pool.query<Row>(TAKE, [account, asset, intentId]);
      return rows.length > 0;
    },
    async ourTwaps(account, twapIds) {
      const { rows } = await pool.query<Row>(
        'select twap_id from parents where account = $1 and twap_id = any($2::bigint[])',
        [account, twapIds],
      );
      return new Set(rows.map((row) => integerOf(row, 'twap_id')));
    },
    async twapsOfOthers(account, intentId, twapIds) {
      const { rows } = await pool.query<Row>(
        `select twap_id from parents
          where account = $1 and intent_id <> $2 and twap_id = any($3::bigint[])`,
        [account, intentId, twapIds],
      );
      return new Set(rows.map((row) => integerOf(row, 'twap_id')));
    },
  };
}
