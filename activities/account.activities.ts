/** The account's dealings with the world: the user stream and the three-way reconciliation. */
import { runAccountStream } from './account-stream.ts';
import { withFailures } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { AccountActivities } from './interfaces/account.ts';
import { createMarkoutWatch, type MarkoutPorts } from './markouts.ts';
import { reconcileAccount } from './reconcile.ts';
import type { ReconcilePorts } from './reconcile-look.ts';

/** Streams, and captures prices after fills beside it for as long as the stream lives. */
async function streamAndCapture(
  ports: ReconcilePorts & MarkoutPorts,
  request: Parameters<AccountActivities['streamAccount']>[0],
  signal: AbortSignal,
): Promise<void> {
  const watch = createMarkoutWatch(ports, request.account);
  const ended = new AbortController();
  const capturing = watch.run(AbortSignal.any([signal, ended.signal]));
  try {
    await runAccountStream({ ...ports, recorded: watch.note }, request, signal);
  } finally {
    ended.abort();
    await capturing;
  }
}

/** @param ports the outside world, built in `workers/compose.ts` */
export function createAccountActivities(ports: ReconcilePorts & MarkoutPorts): AccountActivities {
  return withFailures<AccountActivities>({
    streamAccount: (request) => withHeartbeat((signal) => streamAndCapture(ports, request, signal)),
    reconcileAccount: ({ account, trigger }) => reconcileAccount(ports, account, trigger),
  });
}
