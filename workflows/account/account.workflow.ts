/**
 * One per account: owns the user stream and reconciles venue, ledger and workflows on start, on
 * every (re)connection, on request and on a schedule. Sends nothing itself.
 */
import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  AccountActivities,
  ReconciliationStatement,
} from '../../activities/interfaces/account.ts';
import { reasonOf } from '../support/fault-text.ts';
import { historyIsLong } from '../support/history.ts';
import type { AccountInput, AccountView } from './account.messages.ts';
import {
  accountClosedSignal,
  accountStateQuery,
  reconcileUpdate,
  streamConnectedSignal,
} from './account.messages.ts';

const { streamAccount } = proxyActivities<AccountActivities>({
  startToCloseTimeout: '10 years',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

const { reconcileAccount } = proxyActivities<AccountActivities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '500ms', maximumInterval: '5s', maximumAttempts: 5 },
});

class AccountRun {
  readonly input: AccountInput;
  last: ReconciliationStatement | undefined;
  streamConnections: number;
  /** Why to reconcile next, when there is a reason. */
  trigger: string | undefined = 'start';
  /** Counts finished reconciliations of this run, so that a request can wait for the next. */
  finished = 0;
  closed = false;

  constructor(input: AccountInput) {
    this.input = input;
    this.last = input.carried?.last;
    this.streamConnections = input.carried?.streamConnections ?? 0;
    if (input.carried !== undefined) this.trigger = undefined;
  }

  view(): AccountView {
    const { streamConnections, last } = this;
    const { account } = this.input;
    return { account, streamConnections, ...(last === undefined ? {} : { last }) };
  }

  async reconcile(): Promise<void> {
    const trigger = this.trigger ?? 'schedule';
    this.trigger = undefined;
    try {
      this.last = await reconcileAccount({ account: this.input.account, trigger });
    } catch (fault) {
      // Reported by its absence too: the statement's time stands still until it works again.
      log.warn('not reconciled', { trigger, reason: reasonOf(fault) });
    }
    this.finished += 1;
  }
}

function listen(run: AccountRun): void {
  setHandler(accountStateQuery, () => run.view());
  setHandler(streamConnectedSignal, () => {
    run.streamConnections += 1;
    run.trigger ??= 'streamConnected';
  });
  setHandler(accountClosedSignal, () => {
    run.closed = true;
  });
  setHandler(reconcileUpdate, async () => {
    // One that is under way began before the request: wait for the one after it.
    run.trigger ??= 'request';
    const before = run.finished;
    const asked = run.last?.atMs ?? 0;
    const isNewer = (): boolean => run.finished > before && (run.last?.atMs ?? 0) > asked;
    if (!(await condition(isNewer, '60s')) || run.last === undefined) {
      throw ApplicationFailure.nonRetryable('venue or ledger could not be read within 60 s');
    }
    return run.last;
  });
}

/** The stream lives as long as this run; a run that hands over ends it first. */
function openStream(run: AccountRun): CancellationScope {
  const scope = new CancellationScope();
  const { account, equitySampleMs } = run.input;
  const { workflowId } = workflowInfo();
  scope
    .run(() => streamAccount({ account, workflowId, equitySampleMs }))
    .catch((fault) => {
      if (!isCancellation(fault)) log.error('user stream ended', { reason: reasonOf(fault) });
    });
  return scope;
}

export async function account(input: AccountInput): Promise<void> {
  const run = new AccountRun(input);
  listen(run);
  const stream = openStream(run);
  while (!run.closed) {
    if (run.trigger !== undefined) await run.reconcile();
    const waitMs = input.reconcileEveryMs;
    const woken = await condition(() => run.trigger !== undefined || run.closed, waitMs);
    if (!woken) run.trigger = 'schedule';
    if (!historyIsLong()) continue;
    stream.cancel();
    await condition(allHandlersFinished);
    await continueAsNew<typeof account>({
      ...input,
      carried: {
        streamConnections: run.streamConnections,
        ...(run.last === undefined ? {} : { last: run.last }),
      },
    });
  }
  stream.cancel();
  await condition(allHandlersFinished);
}
