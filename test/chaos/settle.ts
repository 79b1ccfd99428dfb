/** The orderly part of a trial: the session begins, and at the end everything is ended and waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Workflows } from '../../client/cli/world.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import { accountWorkflowId, sessionWorkflowId } from '../../domain/kernel/ids.ts';
import { openLedgerPool } from '../../gateways/ledger/pool.ts';
import type { Stack } from '../../workers/up/stack.ts';
import { accountClosedSignal } from '../../workflows/account/account.messages.ts';
import type { Arena } from './faults/arena.ts';
import { describeStuck } from './stuck.ts';
import { insist } from './traffic/insist.ts';
import type { VenueLog } from './venue-log.ts';
import { cancelForeign } from './world/foreign.ts';

/** Every workflow has to end within this time after the last fault. */
export const SETTLE_WITHIN_MS = 120_000;
const STOP_TIMEOUT_MS = 60_000;
const RECONCILE_TIMEOUT_MS = 30_000;
const AGAIN_MS = 1_000;
/**
 * How long an order that was asked to end is left alone. Asking hundreds each second is a load of its own:
 * a signal and a task for each, which the server gets through as slowly as with the rest.
 */
const ASK_AGAIN_MS = 10_000;

export interface Setting {
  readonly stack: Stack;
  readonly account: AccountAddress;
  readonly workflows: Workflows;
  readonly client: Client;
  readonly say: (line: string) => void;
  readonly close: () => Promise<void>;
}

export async function openSession({ stack, workflows, account }: Setting): Promise<void> {
  const { equitySampleMs, reconcileEveryMs, session } = stack.config;
  const { name, ...rules } = session;
  await workflows.ensureAccount({ account, network: 'paper', equitySampleMs, reconcileEveryMs });
  const startedMs = Date.now();
  await workflows.startSession({ account, network: 'paper', name, startedMs, config: rules });
}

async function running(client: Client, types: readonly string[]): Promise<string[]> {
  const wanted = types.map((type) => `'${type}'`).join(', ');
  const query = `WorkflowType IN (${wanted}) AND ExecutionStatus = 'Running'`;
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

/** Waits until a bar was decided after the last fault, so that going on can be judged. */
async function untilDecided({ stack, say }: Setting, afterMs: number): Promise<void> {
  const pool = openLedgerPool(stack.endpoints.ledgerUrl, { max: 1 });
  try {
    const sql = 'select 1 from decisions where decided_ms > $1 limit 1';
    const deadlineMs = Date.now() + SETTLE_WITHIN_MS / 2;
    while (Date.now() < deadlineMs) {
      const found = await pool.query(sql, [afterMs]).catch(() => undefined);
      if (found !== undefined && found.rows.length > 0) {
        return say(`a bar was decided ${Date.now() - afterMs} ms after the last fault`);
      }
      await sleep(AGAIN_MS / 4);
    }
    say(`no bar was decided within ${SETTLE_WITHIN_MS / 2} ms of asking`);
  } finally {
    await pool.end();
  }
}

/** Asks everything that runs to end, now and then again, until nothing does or time is up. */
async function endOrders(
  setting: Setting,
  lastFaultMs: number,
  isMeant: (workflowId: string) => boolean = () => true,
): Promise<void> {
  const { client, workflows, say } = setting;
  const askedMs = new Map<string, number>();
  for (;;) {
    const ids = (await insist(() => running(client, ['order', 'parent']))).filter(isMeant);
    if (ids.length === 0) return;
    if (Date.now() - lastFaultMs > SETTLE_WITHIN_MS) {
      say(`still running: ${ids.join(', ')}`);
      for (const line of await describeStuck(client, ids)) say(line);
      return;
    }
    const nowMs = Date.now();
    const toAsk = ids.filter((id) => nowMs - (askedMs.get(id) ?? 0) >= ASK_AGAIN_MS);
    await Promise.all(toAsk.map((id) => insist(() => workflows.requestCancel(id, 'the end'))));
    for (const id of toAsk) askedMs.set(id, nowMs);
    await sleep(AGAIN_MS);
  }
}

/** A last comparison: what it still finds and mends is waited for. */
async function reconcile({ workflows, account, say }: Setting): Promise<void> {
  const statement = await insist(() =>
    workflows.reconcile(accountWorkflowId(account), RECONCILE_TIMEOUT_MS),
  );
  for (const { kind, subject, action } of statement.differences) {
    say(`reconciliation: ${kind} ${subject}: ${action}`);
  }
}

/**
 * Stops the session, ends what is open, takes the foreign orders back and closes the account.
 * @returns when the session had stopped, and how far the venue's journal was by then
 */
export async function settle(
  setting: Setting,
  arena: Arena,
  log: VenueLog,
  lastFaultMs: number,
): Promise<{ readonly atMs: number; readonly seq: number }> {
  const { workflows, account, client, stack, say } = setting;
  const id = sessionWorkflowId(account, stack.config.session.name);
  const change = { kind: 'stop', positions: 'close' } as const;
  const stop = async () => {
    await untilDecided(setting, lastFaultMs);
    await insist(() => workflows.changeSession(id, change, STOP_TIMEOUT_MS));
    return { atMs: Date.now(), seq: log.newest() };
  };
  // A session that still runs would place anew what it needs.
  const isOfSession = (workflowId: string): boolean => !workflowId.includes(':chaos-');
  const [sessionStopped] = await Promise.all([
    stop(),
    endOrders(setting, lastFaultMs, (workflowId) => !isOfSession(workflowId)),
  ]);
  say(`session stopped ${sessionStopped.atMs - lastFaultMs} ms after the last fault`);
  await endOrders(setting, lastFaultMs);
  await arena.traffic.answered();
  await reconcile(setting);
  await endOrders(setting, lastFaultMs);
  for (const order of arena.diary.foreign) await cancelForeign(stack, order);
  const handle = client.workflow.getHandle(accountWorkflowId(account));
  await insist(() => handle.signal(accountClosedSignal));
  while ((await insist(() => running(client, ['account', 'tradingSession']))).length > 0) {
    if (Date.now() - lastFaultMs > SETTLE_WITHIN_MS) break;
    await sleep(AGAIN_MS / 2);
  }
  return sessionStopped;
}
