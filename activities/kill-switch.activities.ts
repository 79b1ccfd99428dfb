/**
 * The kill switch: halts entries, and takes those that rest out of the market. Orders that reduce,
 * protective stops above all, and orders that are not ours are never touched.
 */
import type { AccountAddress, Cloid, DeploymentTag } from '../domain/kernel/ids.ts';
import { carriesTag } from '../domain/kernel/ids.ts';
import { type CancelManyPorts, cancelTogether } from './cancel-together.ts';
import { withFailures } from './failures.ts';
import type { EntriesCancelled, KillSwitchActivities } from './interfaces/kill-switch.ts';
import type { KillSwitchPort } from './ports/kill-switch.ts';
import type { VenueOrder, VenuePort } from './ports/venue.ts';

export interface EntryPorts extends CancelManyPorts {
  readonly venue: Pick<VenuePort, 'openOrders'>;
  readonly tag: DeploymentTag;
  readonly pause: (ms: number) => Promise<void>;
}

export interface KillSwitchPorts extends EntryPorts {
  readonly killSwitch: KillSwitchPort;
}

/** Looks at the book at most: an entry that was on its way may land between two of them. */
const MOST_LOOKS = 10;
const BETWEEN_LOOKS_MS = 500;

type Ours = VenueOrder & { readonly cloid: Cloid };

/** Whether the order is ours and may add to a position. */
export const isOurEntry =
  (tag: DeploymentTag) =>
  (order: VenueOrder): order is Ours =>
    carriesTag(order.cloid, tag) && !order.reduceOnly;

/**
 * Cancels our resting entries until two looks in a row show none.
 * @param reason for the stories of the orders
 * @throws VenueUnreachable when the venue does not answer
 */
export async function cancelEntries(
  ports: EntryPorts,
  account: AccountAddress,
  reason: string,
): Promise<EntriesCancelled> {
  let cancelled = 0;
  let left: readonly Ours[] = [];
  let emptyLooks = 0;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    if (looks > 0) await ports.pause(BETWEEN_LOOKS_MS);
    left = (await ports.venue.openOrders(account)).filter(isOurEntry(ports.tag));
    emptyLooks = left.length === 0 ? emptyLooks + 1 : 0;
    if (emptyLooks === 2) break;
    cancelled += await cancelTogether(ports, left, reason);
  }
  return { cancelled, left: left.map(({ cloid }) => cloid) };
}

/** @param ports the outside world, built in `workers/compose.ts` */
export function createKillSwitchActivities(ports: KillSwitchPorts): KillSwitchActivities {
  return withFailures<KillSwitchActivities>({
    async haltEntries({ account, reason, cancelEntries: alsoCancel }) {
      ports.killSwitch.trip(reason, 'signal');
      return alsoCancel ? cancelEntries(ports, account, `halted: ${reason}`) : undefined;
    },
  });
}
