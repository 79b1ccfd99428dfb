/**
 * A parent order from its plan to its end: looks, moves its legs, and waits for news of them, for the
 * clock, or for the market. It ends only when no leg lives, whatever became of it.
 */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { planParent } from '../../domain/execution/parents/parent.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import { isLive, type MarketSight, type Moves } from '../../domain/execution/parents/plan.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import { historyIsLong } from '../support/history.ts';
import { MarketWatch } from './market-watch.ts';
import type { CancelRequest, ParentInput } from './parent.messages.ts';
import {
  cancelSignal,
  cancelUpdate,
  legChangedSignal,
  parentStateQuery,
  startedUpdate,
} from './parent.messages.ts';
import { ParentRun } from './parent-run.ts';
import { admit, look, move, readAll, readUp } from './parent-steps.ts';

const DEFAULT_REASON = 'cancelled by request';
/** Legs tell of themselves; the ledger is only read for what that lost. */
const READ_UP_MS = [5_000, 15_000, 60_000, 300_000] as const;
const LOOK_AGAIN_MS = 2_000;
/** Any timer ends the workflow task, which makes what local activities found part of history. */
const CHECKPOINT_MS = 1;

function listen(run: ParentRun): void {
  setHandler(parentStateQuery, () => run.view());
  setHandler(legChangedSignal, (news) => run.turns.hear(() => run.hear(news)));
  setHandler(cancelSignal, (request) => run.requestCancel(request?.reason ?? DEFAULT_REASON));
  setHandler(startedUpdate, async () => {
    await condition(() => run.started);
    return run.view();
  });
  setHandler(
    cancelUpdate,
    async (request) => {
      run.requestCancel(request.reason ?? DEFAULT_REASON);
      await condition(() => run.hasEnded);
      return run.view();
    },
    {
      validator: (_request: CancelRequest) => {
        if (run.hasEnded) throw new Error(`the order has already ended: ${run.status}`);
      },
    },
  );
}

/** Waits for news or the clock. @returns whether the legs should be read up, since nothing came */
async function rest(run: ParentRun, quiet: number, wakes: readonly number[]): Promise<boolean> {
  const hasLegs = run.legs.some(isLive);
  const readUpMs = READ_UP_MS[Math.min(quiet, READ_UP_MS.length - 1)] ?? LOOK_AGAIN_MS;
  const readUpAtMs = hasLegs ? Date.now() + readUpMs : Number.POSITIVE_INFINITY;
  const dueMs = Math.min(readUpAtMs, ...wakes);
  const stirred = (): boolean => run.stirred;
  if (!Number.isFinite(dueMs)) {
    await condition(stirred);
    return false;
  }
  const heard = await condition(stirred, Math.max(1, dueMs - Date.now()));
  return !heard && Date.now() >= readUpAtMs;
}

class Attendance {
  private readonly run: ParentRun;
  private readonly asset: AssetSpec;
  private readonly watch: MarketWatch;
  /** What the market looked like when a watch went off: the plan must see that very moment. */
  private reached: MarketSight | undefined;
  /** Looks in a row that brought no news. */
  private quiet = 0;

  constructor(run: ParentRun, asset: AssetSpec) {
    this.run = run;
    this.asset = asset;
    this.watch = new MarketWatch(run.intent.asset, run.turns, (market) => {
      this.reached = market;
      run.stirred = true;
    });
  }

  private async look(): Promise<boolean> {
    const { run, reached } = this;
    this.reached = undefined;
    if (reached === undefined) return look(run);
    run.seen = { market: reached };
    return true;
  }

  private async end(end: NonNullable<Moves['end']>): Promise<void> {
    const { run } = this;
    // A leg of an earlier run that this one does not know would outlive its parent, or be missing
    // from what it has executed.
    await readAll(run);
    if (run.legs.some(isLive)) return;
    run.end = end;
    run.started = true;
  }

  /** One turn: look, plan, move; then wait, when there was nothing to do. */
  async turn(): Promise<void> {
    const { run, asset } = this;
    run.stirred = false;
    const hasSeen = await this.look();
    const moves = planParent(run.intent.spec, run.sight(asset), run.cancelRequested);
    if (moves.end !== undefined) {
      await this.end(moves.end);
      return;
    }
    if (await move(run, moves)) {
      this.quiet = 0;
      return;
    }
    await run.flush();
    const nowMs = Date.now();
    const wakes = [
      moves.wakeAtMs,
      this.watch.keep(moves.watch),
      hasSeen ? undefined : nowMs + LOOK_AGAIN_MS,
    ].filter((each) => each !== undefined);
    if (await rest(run, this.quiet, wakes)) {
      await readUp(run);
      this.quiet += 1;
    }
  }

  stop(): void {
    this.watch.stop();
  }
}

export async function parent(input: ParentInput): Promise<ParentView> {
  const run = new ParentRun(input);
  listen(run);
  if (input.carried === undefined) {
    await admit(run);
    // Known to the ledger before its first leg: whose leg it is can be told from the start.
    await run.flush();
    if (run.asksLocally) await sleep(CHECKPOINT_MS);
  }
  if (run.asset !== undefined) {
    const { asset } = run;
    const attendance = new Attendance(run, asset);
    while (!run.hasEnded) {
      await attendance.turn();
      // A handler may be waiting for the very end that this loop brings about.
      if (historyIsLong() && allHandlersFinished() && !run.hasEnded) {
        attendance.stop();
        await continueAsNew<typeof parent>(run.successor(asset));
      }
    }
    attendance.stop();
  }
  run.started = true;
  await run.flush();
  await condition(allHandlersFinished);
  return run.view();
}
