/** The state of a TWAP that the venue works, as its workflow knows it, and what the ledger is told. */
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { VenueTwapIntent } from '../../activities/interfaces/venue-twap.ts';
import type { ParentStatus, ParentView } from '../../domain/execution/parents/parent-view.ts';
import {
  advanceTwap,
  executedOf,
  isOverTwap,
  NEW_TWAP,
  type TwapEvent,
  type TwapFacts,
  type TwapPhase,
  twapEnd,
  twapPhase,
} from '../../domain/execution/venue-twap/twap-facts.ts';
import { asksLocally, recordParent } from '../parent/record-parent.ts';
import { orderStatusKey } from '../support/search-attributes.ts';
import type { TwapWindow, VenueTwapInput } from './venue-twap.messages.ts';

export class VenueTwapRun {
  readonly intent: VenueTwapIntent;
  readonly edition: VenueTwapInput['edition'];
  facts: TwapFacts;
  /** Known once the envelope is. */
  window: TwapWindow | undefined;
  cancelRequested: string | undefined;
  /** Why nobody can tell whether it runs, beyond that its send has no outcome. */
  doubt: string | undefined;
  /** Its send has an outcome, or there will be none. */
  started: boolean;
  /** Something was learnt since the loop last looked. */
  stirred = false;
  readonly startedMs: number;
  private version: number;
  private flushedState = '';
  private shownStatus: ParentStatus = 'PENDING';

  constructor({ intent, edition, carried }: VenueTwapInput) {
    this.intent = intent;
    this.edition = edition;
    this.facts = carried?.facts ?? NEW_TWAP;
    this.window = carried?.window;
    this.cancelRequested = carried?.cancelRequested;
    this.started = carried !== undefined;
    this.startedMs = carried?.startedMs ?? workflowInfo().startTime.getTime();
    this.version = carried?.version ?? 0;
  }

  get asksLocally(): boolean {
    return asksLocally(this.edition);
  }

  get phase(): TwapPhase {
    return twapPhase(this.facts);
  }

  get hasEnded(): boolean {
    return isOverTwap(this.facts);
  }

  get status(): ParentStatus {
    const end = twapEnd(this.facts, this.intent.spec.sizeBase, this.cancelRequested);
    if (this.phase === 'denied') return 'DENIED';
    if (end !== undefined) return end.kind === 'done' ? 'DONE' : 'STOPPED';
    return this.phase === 'pending' ? 'PENDING' : 'WORKING';
  }

  view(): ParentView {
    const { intent, facts, status, startedMs, cancelRequested } = this;
    const { denied, twapId, seen } = facts;
    const end = twapEnd(facts, intent.spec.sizeBase, cancelRequested);
    const doubt = this.phase === 'inDoubt' ? (this.doubt ?? facts.unknown) : undefined;
    return {
      intent,
      status,
      startedMs,
      legs: [],
      filledBase: executedOf(facts),
      ...(cancelRequested === undefined ? {} : { cancelRequested }),
      ...(end === undefined ? {} : { reason: end.reason }),
      ...(denied === undefined || this.phase !== 'denied' ? {} : { denial: denied }),
      venueTwap: {
        ...(twapId === undefined ? {} : { twapId }),
        ...(seen === undefined ? {} : { status: seen.status, executedUsd: seen.executedUsd }),
        ...(doubt === undefined ? {} : { doubt }),
      },
    };
  }

  apply(event: TwapEvent): void {
    const next = advanceTwap(this.facts, event);
    if (JSON.stringify(next) === JSON.stringify(this.facts)) return;
    this.facts = next;
    this.stirred = true;
  }

  requestCancel(reason: string): void {
    if (this.cancelRequested !== undefined || this.hasEnded) return;
    this.cancelRequested = reason;
    this.stirred = true;
  }

  /** Tells ledger and search attributes what changed since the last time. */
  async flush(): Promise<void> {
    const view = this.view();
    const state = JSON.stringify(view);
    if (state === this.flushedState) return;
    this.flushedState = state;
    this.version = Math.max(this.version + 1, Date.now());
    const { workflowId } = workflowInfo();
    const told = { view, workflowId, version: this.version, atMs: Date.now() };
    await recordParent(told, this.edition);
    if (this.shownStatus === view.status) return;
    this.shownStatus = view.status;
    upsertSearchAttributes([{ key: orderStatusKey, value: view.status }]);
  }

  /** What the next run is started with. */
  successor(window: TwapWindow): VenueTwapInput {
    const { intent, edition, facts, startedMs, version, cancelRequested } = this;
    return {
      intent,
      ...(edition === undefined ? {} : { edition }),
      carried: {
        facts,
        window,
        startedMs,
        version,
        ...(cancelRequested === undefined ? {} : { cancelRequested }),
      },
    };
  }
}
