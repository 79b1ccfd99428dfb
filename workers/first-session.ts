/**
 * What `perpetua up` does once everything is ready: makes sure that the account is looked after,
 * opens the session that was asked for, and says now and then how things stand.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { findStrategy, noteStrategy } from '../config/strategy-file.ts';
import { accountAddress, accountWorkflowId, sessionWorkflowId } from '../domain/kernel/ids.ts';
import { describeViolation } from '../domain/kernel/outcome.ts';
import { openLedgerPool } from '../gateways/ledger/pool.ts';
import { createLedgerReader } from '../gateways/ledger/reader.ts';
import type { AccountInput } from '../workflows/account/account.messages.ts';
import { ACCOUNT_WORKFLOW } from '../workflows/account/account.messages.ts';
import { accountKey, sessionKey, strategyKey } from '../workflows/support/search-attributes.ts';
import type { SessionInput } from '../workflows/trading-session/trading-session.messages.ts';
import { SESSION_WORKFLOW } from '../workflows/trading-session/trading-session.messages.ts';
import type { ReadyStack } from './up/run-up.ts';

const PROGRESS_EVERY_MS = 10_000;

/** Starts the account's workflow unless it runs. */
async function lookAfterAccount(client: Client, ready: ReadyStack, input: AccountInput) {
  await client.workflow.start(ACCOUNT_WORKFLOW, {
    workflowId: accountWorkflowId(input.account),
    taskQueue: ready.endpoints.taskQueue,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    typedSearchAttributes: [{ key: accountKey, value: input.account }],
  });
}

/** Starts the session; one of the same name that still runs simply goes on. */
async function openSession(
  client: Client,
  ready: ReadyStack,
  input: SessionInput,
): Promise<string> {
  try {
    await client.workflow.start(SESSION_WORKFLOW, {
      workflowId: sessionWorkflowId(input.account, input.name),
      taskQueue: ready.endpoints.taskQueue,
      args: [input],
      typedSearchAttributes: [
        { key: accountKey, value: input.account },
        { key: sessionKey, value: input.name },
        { key: strategyKey, value: input.config.strategy },
      ],
    });
    return 'started';
  } catch (fault) {
    if (fault instanceof WorkflowExecutionAlreadyStartedError) return 'goes on';
    throw fault;
  }
}

/** One line now and then, until the stack stops. The ledger may be restarting: then it is silent. */
async function tellProgress(ready: ReadyStack, say: (line: string) => void): Promise<void> {
  const account = accountAddress(ready.endpoints.account ?? '');
  const pool = openLedgerPool(ready.endpoints.ledgerUrl, { max: 1 });
  const reader = createLedgerReader(pool);
  try {
    while (!ready.signal.aborted) {
      await sleep(PROGRESS_EVERY_MS, undefined, { signal: ready.signal, ref: false });
      const summary = await reader.summary(account).catch(() => undefined);
      if (summary === undefined) continue;
      const { ordersByStatus, fills, equity } = summary;
      const open = (ordersByStatus.SUBMITTED ?? 0) + (ordersByStatus.PARTIALLY_FILLED ?? 0);
      const worth = equity === undefined ? 'not known yet' : `${equity.equityUsd} USD`;
      say(`equity ${worth}, ${fills} fills, ${open} orders open`);
    }
  } catch {
    // The sleep was ended by Ctrl-C or by the end of `--for`.
  } finally {
    await pool.end();
  }
}

/** @throws when Temporal refuses a start: the stack ends with exit code 1 */
export async function onReady(ready: ReadyStack): Promise<void> {
  const { config, endpoints } = ready;
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const account = accountAddress(endpoints.account ?? '');
  const { network } = endpoints;
  const connection = await Connection.connect({ address: endpoints.temporalAddress });
  try {
    const client = new Client({ connection, namespace: endpoints.namespace });
    const { reconcileEveryMs, equitySampleMs } = config;
    await lookAfterAccount(client, ready, { account, network, reconcileEveryMs, equitySampleMs });
    if (ready.session !== undefined) {
      const { name: _default, ...rest } = config.session;
      const found = await findStrategy(rest.strategy, config.strategies);
      if (!found.ok) throw new RangeError(describeViolation(found.error));
      noteStrategy(config.dataDir, found.value, Date.now());
      const { seed, file } = found.value;
      const strategyFile = file === undefined ? {} : { strategyFile: file };
      const rules = { ...rest, strategy: seed.name, ...strategyFile };
      const input = { account, network, name: ready.session, startedMs: Date.now(), config: rules };
      const outcome = await openSession(client, ready, input);
      const { strategy, assets, interval } = rules;
      say(
        `session ${ready.session} ${outcome}: ${strategy} on ${assets.join(', ')}, ${interval} bars`,
      );
    }
  } finally {
    await connection.close();
  }
  tellProgress(ready, say).catch((fault: unknown) => say(`no more progress: ${fault}`));
}
