/**
 * One parent workflow's state: its legs as far as they were heard of, what it sees of the market, and
 * what was asked of it. Plans nothing: that is `domain/execution/parents`.
 */
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Admission, Surroundings } from '../../activities/interfaces/parent.ts';
import type { Denial } from '../../domain/execution/order-facts.ts';
import { condense } from '../../domain/execution/parents/condense.ts';
import { hearLeg, type LegNews } from '../../domain/execution/parents/leg-news.ts';
import type { ParentIntent } from '../../domain/execution/parents/parent.ts';
import {
  executedBase,
  type ParentStatus,
  type ParentView,
} from '../../domain/execution/parents/parent-view.ts';
import type { LegPlan, LegState, ParentEnd, Sight } from '../../domain/execution/parents/plan.ts';
import { sizeBase } from '../../domain/kernel/decimal.ts';
import type { IntentId } from '../../domain/kernel/ids.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import { orderStatusKey } from '../support/search-attributes.ts';
import { Turns } from '../support/turns.ts';
import type { ParentInput } from './parent.messages.ts';
import { asksLocally, recordParent } from './record-parent.ts';

export class ParentRun {
  readonly intent: ParentIntent;
  readonly edition: ParentInput['edition'];
  asset: AssetSpec | undefined;
  legs: readonly LegState[];
  /** What was seen of market and position last; absent when the last look failed. */
  seen: Surroundings | undefined;
  cancelRequested: string | undefined;
  end: ParentEnd | undefined;
  denial: Denial | undefined;
  /** The first legs were started, or there will be none. */
  started = false;
  /** Something was learnt since the loop last looked. */
  stirred = false;
  readonly turns = new Turns();
  startedMs: number;
  /** When each leg was asked to cancel last. */
  readonly cancelAskedMs = new Map<string, number>();
  private version: number;
  private flushedState = '';
  private shownStatus: ParentStatus = 'PENDING';

  constructor({ intent, edition, carried }: ParentInput) {
    this.intent = intent;
    this.edition = edition;
    this.asset = carried?.asset;
    this.legs = carried?.legs ?? [];
    this.startedMs = carried?.startedMs ?? workflowInfo().startTime.getTime();
    this.version = carried?.version ?? 0;
    this.cancelRequested = carried?.cancelRequested;
    this.started = carried !== undefined;
  }

  get asksLocally(): boolean {
    return asksLocally(this.edition);
  }

  get hasEnded(): boolean {
    return this.end !== undefined || this.denial !== undefined;
  }

  get status(): ParentStatus {
    if (this.denial !== undefined) return 'DENIED';
    if (this.end !== undefined) return this.end.kind === 'done' ? 'DONE' : 'STOPPED';
    return this.asset === undefined ? 'PENDING' : 'WORKING';
  }

  view(): ParentView {
    const { intent, status, startedMs, legs, cancelRequested, denial, end } = this;
    return {
      intent,
      status,
      startedMs,
      legs,
      filledBase: executedBase(legs),
      ...(cancelRequested === undefined ? {} : { cancelRequested }),
      ...(end === undefined ? {} : { reason: end.reason }),
      ...(denial === undefined ? {} : { denial }),
    };
  }

  /** What a planner looks at. */
  sight(asset: AssetSpec): Sight {
    const { startedMs, legs, seen } = this;
    return {
      asset,
      nowMs: Date.now(),
      startedMs,
      legs,
      ...(seen === undefined ? {} : { market: seen.market }),
      ...(seen?.positionBase === undefined ? {} : { positionBase: seen.positionBase }),
    };
  }

  admit(admission: Admission): void {
    if (admission.kind === 'denied') {
      this.denial = admission.denial;
      return;
    }
    this.asset = admission.asset;
    this.startedMs = admission.startedMs ?? this.startedMs;
    for (const news of admission.legs) this.hear(news);
  }

  hear(news: LegNews): void {
    const legs = hearLeg(this.intent.intentId, this.legs, news, Date.now());
    if (legs === this.legs) return;
    this.legs = condense(legs);
    this.stirred = true;
  }

  /** These legs are about to be started. One that has told of itself already is known better. */
  take(plans: readonly LegPlan[]): void {
    const fresh = plans.filter(({ name }) => !this.legs.some(({ plan }) => plan.name === name));
    const legs = fresh.map(
      (plan): LegState => ({
        plan,
        status: 'PENDING',
        filledBase: sizeBase(0),
        startedMs: Date.now(),
      }),
    );
    this.legs = condense([...this.legs, ...legs]);
  }

  requestCancel(reason: string): void {
    if (this.cancelRequested !== undefined || this.hasEnded) return;
    this.cancelRequested = reason;
    this.stirred = true;
  }

  legId(name: string): IntentId {
    return `${this.intent.intentId}/${name}` as IntentId;
  }

  /** Tells ledger and search attributes what changed since the last time. */
  async flush(): Promise<void> {
    const view = this.view();
    const state = JSON.stringify(view);
    if (state === this.flushedState) return;
    this.flushedState = state;
    // By the task's own time, as orders do: it grows from run to run as well.
    this.version = Math.max(this.version + 1, Date.now());
    const { workflowId } = workflowInfo();
    const told = { view, workflowId, version: this.version, atMs: Date.now() };
    await recordParent(told, this.edition, this.turns.take);
    if (this.shownStatus === view.status) return;
    this.shownStatus = view.status;
    upsertSearchAttributes([{ key: orderStatusKey, value: view.status }]);
  }

  /** What the next run is started with. */
  successor(asset: AssetSpec): ParentInput {
    const { intent, edition, legs, startedMs, version, cancelRequested } = this;
    return {
      intent,
      ...(edition === undefined ? {} : { edition }),
      carried: {
        asset,
        legs,
        startedMs,
        version,
        ...(cancelRequested === undefined ? {} : { cancelRequested }),
      },
    };
  }
}
