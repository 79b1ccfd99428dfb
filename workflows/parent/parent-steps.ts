/** What a parent does in one turn: look, and move its legs as planned. Waits for nothing but answers. */
import { condition, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ParentActivities } from '../../activities/interfaces/parent.ts';
import { watchesMarket } from '../../domain/execution/parents/parent.ts';
import type { Moves } from '../../domain/execution/parents/plan.ts';
import { isLive } from '../../domain/execution/parents/plan.ts';
import { UNTIL_DONE } from '../support/lasting.ts';
import type { ParentRun } from './parent-run.ts';

/** One attempt: whoever asks has a way to go on without an answer, and asks again. */
const ONCE = { startToCloseTimeout: '4s', retry: { maximumAttempts: 1 } } as const;
type Looks = Pick<ParentActivities, 'admitParent' | 'lookAround'>;
const looks: Looks = proxyActivities<ParentActivities>(ONCE);
const looksLocally: Looks = proxyLocalActivities<ParentActivities>(ONCE);

/**
 * These put the plan into the history before it is carried out: a task that is lost with its worker
 * must not come back with other legs of the same names.
 */
const { startLegs, cancelLegs, readLegs } = proxyActivities<ParentActivities>(UNTIL_DONE);

/** Waits between attempts while ledger or venue are away: nothing was started yet. */
const ADMIT_RETRY_MS = [200, 500, 1_000, 2_000, 5_000] as const;
/** A leg that still lives is asked to cancel again, in case its workflow was started anew. */
const CANCEL_AGAIN_MS = 30_000;

function ask<Answer>(run: ParentRun, question: (of: Looks) => Promise<Answer>): Promise<Answer> {
  return run.asksLocally ? run.turns.take(() => question(looksLocally)) : question(looks);
}

/** Ends with the parent admitted, denied, or withdrawn before anything was started. */
export async function admit(run: ParentRun): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      run.admit(await ask(run, ({ admitParent }) => admitParent({ intent: run.intent })));
      return;
    } catch {
      const reason = run.cancelRequested;
      if (reason !== undefined && (await isUnknown(run))) {
        run.end = { kind: 'stopped', reason };
        return;
      }
      const isCancelled = (): boolean => run.cancelRequested !== reason;
      await condition(isCancelled, ADMIT_RETRY_MS[attempt] ?? 5_000);
    }
  }
}

/** The ledger has no leg, none that has ended either: not from an earlier run. */
async function isUnknown({ intent }: ParentRun): Promise<boolean> {
  const { account, intentId } = intent;
  return (await readLegs({ account, parent: intentId })).length === 0;
}

/** Looks at market and position where the plan depends on them. @returns false when that failed */
export async function look(run: ParentRun): Promise<boolean> {
  const { account, asset, spec } = run.intent;
  if (!watchesMarket(spec)) return true;
  const wantsPosition = spec.kind === 'closePosition';
  try {
    run.seen = await ask(run, ({ lookAround }) => lookAround({ account, asset, wantsPosition }));
    return true;
  } catch {
    run.seen = undefined;
    return false;
  }
}

/** Starts before it cancels: cover is replaced, never dropped first. @returns whether it did any */
export async function move(run: ParentRun, { start, cancel }: Moves): Promise<boolean> {
  const nowMs = Date.now();
  const asked = (name: string): number => run.cancelAskedMs.get(name) ?? Number.NEGATIVE_INFINITY;
  const unwanted = cancel.filter((name) => nowMs - asked(name) >= CANCEL_AGAIN_MS);
  if (start.length > 0) {
    run.take(start);
    await startLegs({ parent: run.intent, legs: start });
    run.started = true;
  }
  if (unwanted.length > 0) {
    for (const name of unwanted) run.cancelAskedMs.set(name, nowMs);
    const intentIds = unwanted.map((name) => run.legId(name));
    const reason = run.cancelRequested ?? `planned by ${run.intent.intentId}`;
    await cancelLegs({ account: run.intent.account, intentIds, reason });
  }
  return start.length + unwanted.length > 0;
}

/** Hears from the ledger what signals may have lost: of legs that live, and of unknown ones. */
export async function readUp(run: ParentRun): Promise<void> {
  const { account, intentId } = run.intent;
  const intentIds = run.legs.filter(isLive).map(({ plan }) => run.legId(plan.name));
  const news = await readLegs({ account, parent: intentId, intentIds });
  for (const each of news) run.hear(each);
}

/** Hears of all legs there ever were: an earlier run may have had some that this one never started. */
export async function readAll(run: ParentRun): Promise<void> {
  const { account, intentId } = run.intent;
  const news = await readLegs({ account, parent: intentId });
  for (const each of news) run.hear(each);
}
