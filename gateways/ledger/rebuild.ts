/**
 * Makes the projection (orders, their steps, parents, sessions, fills, funding, positions) what the
 * histories and the venue say it is, and reports every difference it found. Intents, envelopes,
 * nonces and decisions are the authority: they are read, and never written. What only the ledger has
 * is reported and kept. Doing it twice changes nothing the second time.
 */
import type { Pool } from 'pg';
import type { LedgerPort, OrderStep, SessionRow } from '../../activities/ports/ledger.ts';
import type { VenuePort } from '../../activities/ports/venue.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import { createLedger } from './ledger.ts';
import { rebuildFills, rebuildFunding, rebuildPositions } from './rebuild-facts.ts';
import { rebuildOrders, rebuildParents, rebuildSessions, recallLost } from './rebuild-orders.ts';

/** What a workflow told the ledger, as its history has it. */
export interface OrderRecord {
  readonly view: OrderView;
  readonly workflowId: string;
  readonly version: number;
  readonly steps: readonly OrderStep[];
  readonly atMs: number;
}

export interface ParentRecord {
  readonly view: ParentView;
  readonly workflowId: string;
  readonly version: number;
  readonly atMs: number;
}

/** Everything that the histories of one account told. */
export interface ToldRecords {
  readonly orders: readonly OrderRecord[];
  readonly parents: readonly ParentRecord[];
  readonly sessions: readonly SessionRow[];
}

export type VenueReads = Pick<VenuePort, 'account' | 'fillsSince' | 'fundingSince' | 'orderStatus'>;

/** One row that is not what its source says. */
export interface RebuildDifference {
  readonly table:
    | 'orders'
    | 'order_steps'
    | 'parents'
    | 'sessions'
    | 'fills'
    | 'funding'
    | 'positions';
  readonly key: string;
  /** `onlyInLedger` is kept; the others are mended unless it is a dry run. */
  readonly kind: 'missing' | 'differs' | 'onlyInLedger';
}

export interface RebuildReport {
  readonly account: AccountAddress;
  readonly dryRun: boolean;
  readonly compared: Readonly<Record<RebuildDifference['table'], number>>;
  readonly differences: readonly RebuildDifference[];
  /** Orders without a history, put together from their envelopes and the venue. */
  readonly recalled: readonly string[];
}

/** One rebuild under way. `apply` runs a write, or does not when it is a dry run. */
export interface Rebuild {
  readonly pool: Pool;
  readonly ledger: LedgerPort;
  readonly account: AccountAddress;
  readonly differences: RebuildDifference[];
  readonly apply: (write: () => Promise<unknown>) => Promise<void>;
}

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
