/**
 * Reads out of histories what their workflows told the ledger: each history is replayed against the
 * present code, and a tap repeats every record. A history that does not replay is named, not guessed
 * at. Nothing is sent or started.
 */
import { fileURLToPath } from 'node:url';
import type { HistoryAndWorkflowId } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import type { SessionActivities } from '../activities/interfaces/session.ts';
import type { AccountAddress } from '../domain/kernel/ids.ts';
import type { OrderRecord, ParentRecord, ToldRecords } from '../gateways/ledger/rebuild-types.ts';
import { bundled } from './workflow-bundle.ts';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

type SessionRecord = Parameters<SessionActivities['recordSession']>[0];

export interface ReadRecords {
  readonly told: ToldRecords;
  readonly histories: number;
  readonly unreadable: readonly { readonly workflowId: string; readonly problem: string }[];
}

/** Collects records by the activity that would have stored them. */
function collector(account: AccountAddress) {
  const orders: OrderRecord[] = [];
  const parents: ParentRecord[] = [];
  const sessions: ToldRecords['sessions'][number][] = [];
  const take: Readonly<Record<string, (request: never) => void>> = {
    recordOrder: (record: OrderRecord) => {
      if (record.view.intent.account === account) orders.push(record);
    },
    recordParent: (record: ParentRecord) => {
      if (record.view.intent.account === account) parents.push(record);
    },
    recordSession: ({ session, rules, workflowId, status, atMs }: SessionRecord) => {
      if (session.account !== account) return;
      const { name } = session;
      sessions.push({ account, name, workflowId, status, config: { ...rules }, updatedMs: atMs });
    },
  };
  const told = (activity: string, request: unknown): void =>
    // A copy: what came from the workflow's own context ends with it.
    take[activity]?.(JSON.parse(JSON.stringify(request)) as never);
  return { told, records: { orders, parents, sessions } };
}

/** @param histories of any workflows; those of other accounts are left out */
export async function readTold(
  histories: AsyncIterable<HistoryAndWorkflowId> | Iterable<HistoryAndWorkflowId>,
  account: AccountAddress,
): Promise<ReadRecords> {
  const logger = new DefaultLogger('ERROR');
  const workflowBundle = await bundleWorkflowCode({
    ...bundled(),
    workflowInterceptorModules: [pathOf('../workflows/support/projection-tap.ts')],
    logger,
  });
  const { told, records } = collector(account);
  const unreadable: { workflowId: string; problem: string }[] = [];
  let count = 0;
  const sinks = {
    projection: {
      told: {
        fn: (_info: unknown, activity: string, request: unknown) => told(activity, request),
        callDuringReplay: true,
      },
    },
  };
  for await (const result of Worker.runReplayHistories({ workflowBundle, sinks }, histories)) {
    count += 1;
    if (result.error === undefined) continue;
    const [problem = 'does not replay'] = result.error.message.split('\n');
    unreadable.push({ workflowId: result.workflowId, problem });
  }
  return { told: records, histories: count, unreadable };
}
