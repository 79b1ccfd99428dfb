/**
 * The contract of a TWAP that the venue works. It is a parent order to everybody who asks, cancels or
 * lists: the same workflow id, messages and view.
 */
import type { VenueTwapIntent } from '../../activities/interfaces/venue-twap.ts';
import type { ParentIntent } from '../../domain/execution/parents/parent.ts';
import type { TwapFacts } from '../../domain/execution/venue-twap/twap-facts.ts';
import type { ParentEdition } from '../parent/parent.messages.ts';

export const VENUE_TWAP_WORKFLOW = 'venueTwap';

export interface VenueTwapInput {
  readonly intent: VenueTwapIntent;
  readonly edition?: ParentEdition;
  /** Present after continue-as-new only. */
  readonly carried?: VenueTwapCarried;
}

/** What a run hands to the next: plain JSON, nothing derived. */
export interface VenueTwapCarried {
  readonly facts: TwapFacts;
  readonly window: TwapWindow;
  readonly startedMs: number;
  readonly version: number;
  readonly cancelRequested?: string;
}

/** When the envelope was valid, by the venue's clock. */
export interface TwapWindow {
  readonly drawnUpMs: number;
  readonly expiresAfterMs: number;
}

/** Whether a parent is one that the venue works. */
export const isVenueTwap = (intent: ParentIntent): intent is VenueTwapIntent =>
  intent.spec.kind === 'venueTwap';
