/**
 * Cancels many orders at once. Each order could cancel itself, which costs it a turn of its workflow
 * and Temporal two tasks: with thousands open that takes minutes, and the venue takes seconds.
 */
import { type CancelManyPorts, cancelTogether } from './cancel-together.ts';
import { withFailures } from './failures.ts';
import type {
  CancelRestingActivities,
  CancelRestingRequest,
  RestingCancelled,
} from './interfaces/cancel-resting.ts';
import type { LedgerPort, OpenOrderRow } from './ports/ledger.ts';
import type { VenuePort } from './ports/venue.ts';

export interface CancelRestingPorts extends CancelManyPorts {
  readonly venue: Pick<VenuePort, 'openOrders'>;
  readonly ledger: Pick<LedgerPort, 'openOrders'>;
}

/** A parent answers for its legs: those are not cancelled behind its back. */
const isChosen =
  ({ asset, session }: CancelRestingRequest) =>
  ({ intent }: OpenOrderRow): boolean =>
    intent.parent === undefined &&
    (asset === undefined || intent.asset === asset) &&
    (session === undefined || intent.session === session);

function reasonOf({ asset, session }: CancelRestingRequest): string {
  const whose = session === undefined ? '' : ` of session ${session}`;
  return `all orders${whose}${asset === undefined ? '' : ` in ${asset}`} were to be cancelled`;
}

async function cancelResting(
  ports: CancelRestingPorts,
  request: CancelRestingRequest,
): Promise<RestingCancelled> {
  const rows = (await ports.ledger.openOrders(request.account)).filter(isChosen(request));
  const ours = new Set(rows.map(({ cloid }) => cloid));
  const resting = (await ports.venue.openOrders(request.account)).flatMap(({ asset, cloid }) =>
    cloid !== undefined && ours.has(cloid) ? [{ asset, cloid }] : [],
  );
  const cancelled = await cancelTogether(ports, resting, reasonOf(request));
  return { cancelled, left: resting.length - cancelled };
}

/** @param ports the outside world, built in `workers/compose.ts` */
export const createCancelRestingActivities = (ports: CancelRestingPorts): CancelRestingActivities =>
  withFailures<CancelRestingActivities>({
    cancelResting: (request) => cancelResting(ports, request),
  });
