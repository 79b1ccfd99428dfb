/**
 * Makes the projection (orders, their steps, parents, sessions, fills, funding, positions) what the
 * histories and the venue say it is, and reports every difference it found. Intents, envelopes,
 * nonces and decisions are the authority: they are read, and never written. What only the ledger has
 * is reported and kept. Doing it twice changes nothing the second time.
 */
import type { Pool } from 'pg';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import { createLedger } from './ledger.ts';
import { rebuildFills, rebuildFunding, rebuildPositions } from './rebuild-facts.ts';
import { rebuildOrders, rebuildParents, rebuildSessions, recallLost } from './rebuild-orders.ts';
import type {
  Rebuild,
  RebuildDifference,
  RebuildReport,
  ToldRecords,
  VenueReads,
} from './rebuild-types.ts';

/** @throws what ledger or venue throw; a rebuild that was cut short is simply run again */
export async function rebuildProjection(
  pool: Pool,
  venue: VenueReads,
  account: AccountAddress,
  told: ToldRecords,
  dryRun: boolean,
): Promise<RebuildReport> {
  const differences: RebuildDifference[] = [];
  const apply = async (write: () => Promise<unknown>): Promise<void> => {
    if (!dryRun) await write();
  };
  const rebuild: Rebuild = { pool, ledger: createLedger(pool), account, differences, apply };
  const fills = await venue.fillsSince(account, 0);
  const { orders, steps } = await rebuildOrders(rebuild, told.orders);
  const recalled = await recallLost(rebuild, venue, told.orders, fills);
  return {
    account,
    dryRun,
    compared: {
      orders: orders + recalled.length,
      order_steps: steps,
      parents: await rebuildParents(rebuild, told.parents),
      sessions: await rebuildSessions(rebuild, told.sessions),
      fills: await rebuildFills(rebuild, fills),
      funding: await rebuildFunding(rebuild, await venue.fundingSince(account, 0)),
      positions: await rebuildPositions(rebuild, await venue.account(account)),
    },
    differences,
    recalled,
  };
}
