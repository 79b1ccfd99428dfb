/** The account's dealings with the world: the user stream and the three-way reconciliation. */
import { runAccountStream } from './account-stream.ts';
import { withFailures } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { AccountActivities } from './interfaces/account.ts';
import { reconcileAccount } from './reconcile.ts';
import type { ReconcilePorts } from './reconcile-look.ts';

/** @param ports the outside world, built in `workers/compose.ts` */
export function createAccountActivities(ports: ReconcilePorts): AccountActivities {
  return withFailures<AccountActivities>({
    streamAccount: (request) => withHeartbeat((signal) => runAccountStream(ports, request, signal)),
    reconcileAccount: ({ account, trigger }) => reconcileAccount(ports, account, trigger),
  });
}
