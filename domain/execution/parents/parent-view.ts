/** The parent order as users and the ledger see it: one plain record. */
import type { SizeBase, Usd } from '../../kernel/decimal.ts';
import { sizeBase } from '../../kernel/decimal.ts';
import type { Denial } from '../order-facts.ts';
import type { ParentIntent } from './parent.ts';
import type { LegState } from './plan.ts';
import { filledOf } from './plan.ts';

/**
 * PENDING until it was looked at, WORKING while it has something to do or to wait for. DONE: it did
 * what it was for. STOPPED: it ended short of that. DENIED: nothing was ever started.
 */
export const PARENT_STATUSES = ['PENDING', 'WORKING', 'DONE', 'STOPPED', 'DENIED'] as const;
export type ParentStatus = (typeof PARENT_STATUSES)[number];

export const isOpenParent = (status: ParentStatus): boolean =>
  status === 'PENDING' || status === 'WORKING';

export interface ParentView {
  readonly intent: ParentIntent;
  readonly status: ParentStatus;
  readonly startedMs: number;
  /** In the order in which they were started; of very many, old ones are folded into one. */
  readonly legs: readonly LegState[];
  /** What its entry legs have executed; all legs of one that only reduces. */
  readonly filledBase: SizeBase;
  readonly cancelRequested?: string;
  /** Why it ended so. */
  readonly reason?: string;
  readonly denial?: Denial;
  /** Of a TWAP that the venue works: what is known of it there. */
  readonly venueTwap?: VenueTwapView;
}

export interface VenueTwapView {
  readonly twapId?: number;
  /** The venue's own word. */
  readonly status?: string;
  readonly executedUsd?: Usd;
  /** Why nobody knows yet whether it runs. */
  readonly doubt?: string;
}

/** See `ParentView.filledBase`. */
export function executedBase(legs: readonly LegState[]): SizeBase {
  const entries = legs.filter(({ plan }) => plan.leg === 'entry');
  return sizeBase(filledOf(entries.length > 0 ? entries : legs));
}
