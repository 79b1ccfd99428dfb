/**
 * What goes into the venue: the outside market, signed actions, deposits, funding.
 * Numbers that are text are plain decimals; each is checked where it is read.
 */
import type { VenueAction } from './venue-actions.ts';

/** `B` buys, `A` (ask) sells. For a trade it is the side of the aggressor. */
export type Side = 'B' | 'A';

export interface Level {
  readonly px: string;
  readonly sz: string;
  /** Number of orders at the level; 1 when unknown. */
  readonly n?: number;
}

export interface OutsideTrade {
  readonly px: string;
  readonly sz: string;
  readonly side: Side;
}

/** The outside world's book (best first) and what it printed since the last update. */
export interface MarketUpdate {
  readonly coin: string;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly markPx: string;
  readonly oraclePx: string;
  readonly trades: readonly OutsideTrade[];
}

export interface FundingRate {
  readonly coin: string;
  /** The hourly rate, a fraction of notional; positive: longs pay. */
  readonly rate: string;
  readonly oraclePx: string;
}

/** The operator sets what an account did not earn; what is left out stays as it was. */
export interface AccountSettingsInput {
  readonly kind: 'accountSettings';
  readonly atMs: number;
  readonly account: string;
  /** 0 is the base tier of the schedule; null: by volume. */
  readonly feeTier?: number | null;
  /** 0 is no rebate, 1 the first maker tier; null: by maker share. */
  readonly makerTier?: number | null;
  /** Fractions below 1, as `0.04`. */
  readonly stakingDiscount?: string;
  readonly referralDiscount?: string;
}

/** `atMs` is the venue's clock (nonces, orders, fills); `marketTimeMs` is the tape's (and its days' fees). */
export type VenueInput =
  | {
      readonly kind: 'market';
      readonly atMs: number;
      readonly marketTimeMs: number;
      readonly updates: readonly MarketUpdate[];
    }
  | {
      readonly kind: 'action';
      readonly atMs: number;
      /** The recovered signer: its nonces are used. Lower-case address. */
      readonly signer: string;
      /** A sub-account of the one that the signer acts for. */
      readonly vaultAddress?: string;
      /** Of a multi-sig action: who signed the inner action, recovered. */
      readonly owners?: readonly string[];
      readonly nonce: number;
      readonly expiresAfter?: number;
      readonly action: VenueAction;
    }
  | {
      readonly kind: 'deposit';
      readonly atMs: number;
      readonly account: string;
      readonly usd: string;
    }
  | AccountSettingsInput
  /** Time has passed: what was due until then happens. */
  | { readonly kind: 'clock'; readonly atMs: number }
  | { readonly kind: 'funding'; readonly atMs: number; readonly rates: readonly FundingRate[] };
