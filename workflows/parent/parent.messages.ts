/**
 * The parent workflow's contract: its id, input, result and messages. Safe to import anywhere.
 * One plan over orders that are workflows of their own; it ends when none of them lives.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { LegNews } from '../../domain/execution/parents/leg-news.ts';
import type { ParentIntent } from '../../domain/execution/parents/parent.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import type { LegState } from '../../domain/execution/parents/plan.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';

export const PARENT_WORKFLOW = 'parent';
const EDITION = 2;

/** What a parent is started with, whether ours or one that the venue works. */
export const newParent = <Intent extends ParentIntent>(intent: Intent) =>
  ({ intent, edition: EDITION }) as const;

/**
 * Absent: what the run asks of the ledger and the venue are local activities, which split a task when
 * a question comes with it. 2: they are ordinary ones, which never do (decision 14).
 */
export type ParentEdition = typeof EDITION;

export interface ParentInput {
  readonly intent: ParentIntent;
  readonly edition?: ParentEdition;
  /** Present after continue-as-new only. */
  readonly carried?: ParentCarried;
}

/** What a run hands to the next: plain JSON, nothing derived. */
export interface ParentCarried {
  readonly asset: AssetSpec;
  readonly legs: readonly LegState[];
  readonly startedMs: number;
  readonly version: number;
  readonly cancelRequested?: string;
}

export interface CancelRequest {
  readonly reason?: string;
}

/** A fact: somebody wants the parent and all its legs gone. The same name as an order's. */
export const cancelSignal = defineSignal<[CancelRequest?]>('cancel');

/** A fact: a leg changed. Also tells what the leg is, should the parent not know it. */
export const legChangedSignal = defineSignal<[LegNews]>('legChanged');

/** Requests the end and answers when no leg lives any more; refused when it already has ended. */
export const cancelUpdate = defineUpdate<ParentView, [CancelRequest]>('cancelOrder');

/** Answers once the first legs were started, or it was refused, or there was nothing to do. */
export const startedUpdate = defineUpdate<ParentView>('started');

/** The parent now. */
export const parentStateQuery = defineQuery<ParentView>('state');
