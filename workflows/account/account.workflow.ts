/**
 * One per account: owns the user stream and reconciles venue, ledger and workflows on start, on
 * every (re)connection, on request and on a schedule. Sends no order; takes some out of the market
 * when somebody asks for it.
 */
import {
  ApplicationFailure,
  allHandlersFinished,
  type CancellationScope,
  condition,
  continueAsNew,
  log,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  AccountActivities,
  ReconciliationStatement,
} from '../../activities/interfaces/account.ts';
import type { CancelRestingActivities } from '../../activities/interfaces/cancel-resting.ts';
import type { KillSwitchActivities } from '../../activities/interfaces/kill-switch.ts';
import { reasonOf } from '../support/fault-text.ts';
import { historyIsLong } from '../support/history.ts';
import { keepOpen } from '../support/stream.ts';
import type { AccountInput, AccountView, HaltRequest } from './account.messages.ts';
import {
  accountClosedSignal,
  accountStateQuery,
  cancelRestingUpdate,
  haltSignal,
  reconcileUpdate,
  streamConnectedSignal,
} from './account.messages.ts';

const { streamAccount } = proxyActivities<AccountActivities>({
  startToCloseTimeout: '10 years',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

/** By its heartbeats a worker that died over it is missed long before the time is up. */
const { reconcileAccount } = proxyActivities<AccountActivities>({
  startToCloseTimeout: '60s',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '500ms', maximumInterval: '5s', maximumAttempts: 5 },
});

/** Repeated until the halt is in force and no entry rests any more that should not. */
const { haltEntries } = proxyActivities<KillSwitchActivities>({
  startToCloseTimeout: '60s',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

/** Somebody waits for it who can do without: each order can be asked to cancel itself. */
const { cancelResting } = proxyActivities<CancelRestingActivities>({
  scheduleToCloseTimeout: '30s',
  startToCloseTimeout: '20s',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '200ms', maximumAttempts: 3 },
});

/** How long somebody who asks for a reconciliation is kept waiting. */
const ANSWER_WITHIN = '15s';

class AccountRun {
  readonly input: AccountInput;
  last: ReconciliationStatement | undefined;
  streamConnections: number;
  /** Why to reconcile next, when there is a reason. */
  trigger: string | undefined = 'start';
  /** Numbers the reconciliations of this run by their start, and the last one that succeeded. */
  begun = 0;
  succeeded = 0;
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
    this.begun += 1;
    const number = this.begun;
    try {
      this.last = await reconcileAccount({ account: this.input.account, trigger });
      this.succeeded = number;
    } catch (fault) {
      // Reported by its absence too: the statement's time stands still until it works again.
      log.warn('not reconciled', { trigger, reason: reasonOf(fault) });
    }
  }
}

/** Anybody may send the signal, with anything in it. */
async function haltBySignal({ input }: AccountRun, request: HaltRequest | null = {}) {
  const { reason, cancelEntries } = request ?? {};
  await haltEntries({
    account: input.account,
    reason: typeof reason === 'string' && reason !== '' ? reason : 'a signal to the account',
    cancelEntries: cancelEntries === true,
  });
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
  setHandler(haltSignal, (request) => haltBySignal(run, request));
  // Anybody may send it, with anything in it, but for no other account; what no order is of chooses none.
  setHandler(cancelRestingUpdate, (choice) =>
    cancelResting({ ...choice, account: run.input.account }),
  );
  setHandler(reconcileUpdate, async () => {
    run.trigger ??= 'request';
    // One that is under way began before the request: only a later one answers it.
    const number = run.begun + 1;
    const answered = await condition(() => run.succeeded >= number, ANSWER_WITHIN);
    if (!answered || run.last === undefined) {
      throw ApplicationFailure.nonRetryable('venue or ledger could not be read within 15 s');
    }
    return run.last;
  });
}

/** The stream lives as long as this run; a run that hands over ends it first. */
function openStream(run: AccountRun): CancellationScope {
  const { account, equitySampleMs } = run.input;
  const { workflowId } = workflowInfo();
  return keepOpen(
    () => streamAccount({ account, workflowId, equitySampleMs }),
    (reason) => log.error('user stream ended', { reason }),
  );
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
    // A handler may wait for the next reconciliation, so it is never waited for here.
    if (!historyIsLong() || !allHandlersFinished()) continue;
    stream.cancel();
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
