/**
 * One look at the three parties of a reconciliation: what the venue, the ledger and Temporal say of
 * an account now. Reads only; the reads are not of one instant, so one look proves nothing yet.
 */
import type { VenueTwap } from '../domain/execution/venue-twap/twap-facts.ts';
import type { AccountAddress, Cloid, DeploymentTag, Network } from '../domain/kernel/ids.ts';
import { carriesTag } from '../domain/kernel/ids.ts';
import type { AccountPorts } from './account-stream.ts';
import { FILLS_MARK, FUNDING_MARK } from './account-stream.ts';
import type { OpenOrderRow, ParentRow } from './ports/ledger.ts';
import type { KnownSession, RecoveryPort } from './ports/recovery.ts';
import type { VenueAccount, VenueOrder } from './ports/venue.ts';
import type { TwapLedgerPort, VenueTwapPort } from './ports/venue-twap.ts';
import type { ParentsPort } from './ports/workflows.ts';

/**
 * Whose open positions get a stop when none rests: nobody's; those that only a lost session or a
 * lost ledger explains; or every one of the account, foreign ones included.
 */
export const PROTECT_POLICIES = ['none', 'sessions', 'all'] as const;
export type ProtectPolicy = (typeof PROTECT_POLICIES)[number];

export interface ReconcilePorts extends AccountPorts {
  readonly recovery: RecoveryPort;
  readonly parents: ParentsPort;
  readonly twaps: Pick<VenueTwapPort, 'runningTwaps'>;
  readonly twapLedger: Pick<TwapLedgerPort, 'ourTwaps'>;
  readonly network: Network;
  readonly tag: DeploymentTag;
  readonly signer: AccountAddress;
  readonly protect: ProtectPolicy;
  /** Waits between the two looks. */
  readonly pause: (ms: number) => Promise<void>;
}

export interface Look {
  readonly account: VenueAccount;
  readonly venueOrders: readonly VenueOrder[];
  /** The venue's own TWAPs that run, and which of them the ledger knows for ours. */
  readonly venueTwaps: readonly VenueTwap[];
  readonly ourTwaps: ReadonlySet<number>;
  readonly ledgerOrders: readonly OpenOrderRow[];
  /** Workflows that run, of those that orders, parents and sessions name. */
  readonly running: ReadonlySet<string>;
  /** The workflow of every order of ours that the venue shows and the ledger knows. */
  readonly owners: ReadonlyMap<Cloid, string>;
  readonly netFills: ReadonlyMap<string, string>;
  readonly sessions: readonly KnownSession[];
  /** Parents that have not ended, by the ledger. */
  readonly openParents: readonly ParentRow[];
  readonly forgottenAssets: ReadonlySet<string>;
  readonly flowsUsd: string;
  readonly marks: { readonly fillsMs?: number; readonly fundingMs?: number };
  readonly exchangeTimeMs: number;
}

/** Sessions that the ledger believes to be under way. */
export const liveSessions = (seen: Pick<Look, 'sessions'>): readonly KnownSession[] =>
  seen.sessions.filter((session) => session.status !== 'stopped');

async function readMarks(ports: ReconcilePorts, address: AccountAddress): Promise<Look['marks']> {
  const fillsMs = await ports.ledger.watermark(address, FILLS_MARK);
  const fundingMs = await ports.ledger.watermark(address, FUNDING_MARK);
  return {
    ...(fillsMs === undefined ? {} : { fillsMs }),
    ...(fundingMs === undefined ? {} : { fundingMs }),
  };
}

export async function look(ports: ReconcilePorts, address: AccountAddress): Promise<Look> {
  const [account, venueOrders, venueTwaps, ledgerOrders, sessions, parents] = await Promise.all([
    ports.venue.account(address),
    ports.venue.openOrders(address),
    ports.twaps.runningTwaps(address),
    ports.ledger.openOrders(address),
    ports.recovery.sessions(address),
    ports.ledger.openParents(address),
  ]);
  const ours = venueOrders.flatMap(({ cloid }) =>
    cloid && carriesTag(cloid, ports.tag) ? [cloid] : [],
  );
  const owners = await ports.ledger.workflowsOf(ours);
  const named = [...ledgerOrders, ...liveSessions({ sessions }), ...parents].map(
    (row) => row.workflowId,
  );
  return {
    account,
    venueOrders,
    venueTwaps,
    ourTwaps: await ports.twapLedger.ourTwaps(
      address,
      venueTwaps.map(({ twapId }) => twapId),
    ),
    ledgerOrders,
    owners,
    sessions,
    openParents: parents,
    running: await ports.workflows.running([...new Set([...named, ...owners.values()])]),
    netFills: await ports.ledger.netFills(address),
    forgottenAssets: new Set(await ports.recovery.forgottenAssets(address, ports.tag)),
    flowsUsd: await ports.recovery.cashFlowsUsd(address),
    marks: await readMarks(ports, address),
    exchangeTimeMs: await ports.venue.exchangeTimeMs(),
  };
}
