/** What the workflow of a TWAP that the venue works may ask of the world. */
import type { Denial } from '../../domain/execution/order-facts.ts';
import type { ParentIntent } from '../../domain/execution/parents/parent.ts';
import type { VenueTwapSpec } from '../../domain/execution/parents/venue-twap.ts';
import type { Match } from '../../domain/execution/venue-twap/match.ts';
import type { VenueTwap } from '../../domain/execution/venue-twap/twap-facts.ts';
import type { CancelOutcome } from '../ports/venue.ts';
import type { TwapSendOutcome } from '../ports/venue-twap.ts';

export interface VenueTwapIntent extends ParentIntent {
  readonly spec: VenueTwapSpec;
}

export interface PlaceTwapRequest {
  readonly intent: VenueTwapIntent;
  readonly workflowId: string;
  /** Its owner wants it gone: only what was stored before is followed. */
  readonly withdrawn: boolean;
}

export type PlaceTwapResult =
  | { readonly kind: 'denied'; readonly denial: Denial }
  /** Withdrawn, and no envelope is stored: nothing was sent. */
  | { readonly kind: 'unsent' }
  /** Another TWAP of ours on the asset is on its way: two could not be told apart. */
  | { readonly kind: 'busy' }
  | {
      readonly kind: 'drawnUp';
      readonly nonce: number;
      readonly drawnUpMs: number;
      readonly expiresAfterMs: number;
      /** What the send came to; absent when an earlier attempt or run may have sent it. */
      readonly outcome?: TwapSendOutcome;
    };

export interface FindTwapRequest {
  readonly intent: VenueTwapIntent;
  readonly drawnUpMs: number;
  readonly expiresAfterMs: number;
  /** When it is known: then nothing else can be the one. */
  readonly twapId?: number;
}

export interface FindTwapResult {
  readonly match: Match;
  readonly exchangeTimeMs: number;
}

export interface FollowTwapResult {
  /** Absent when the venue does not show it, or was not asked. */
  readonly twap?: VenueTwap;
  /** Entries are halted, and it may add to a position. */
  readonly halted?: string;
}

export interface VenueTwapActivities {
  /** Checks, stores the envelope, and sends it once: the first time only. */
  placeTwap(request: PlaceTwapRequest): Promise<PlaceTwapResult>;
  findTwap(request: FindTwapRequest): Promise<FindTwapResult>;
  /** Heartbeats until it has ended, has got on by a tenth, or a while has passed. */
  followTwap(request: {
    readonly intent: VenueTwapIntent;
    readonly twapId: number;
    readonly seen?: VenueTwap;
  }): Promise<FollowTwapResult>;
  cancelTwap(request: {
    readonly intent: VenueTwapIntent;
    readonly twapId: number;
  }): Promise<CancelOutcome>;
}
