/**
 * What the venue remembers of an account besides orders and positions: whose it is, who may act for
 * it, what it agreed to, what it traded each day and what it pays. Plain data; no rules in here.
 */

import type { Rate, WideMicro } from '../state/fixed-point.ts';
import type { Abstraction, MultiSigView } from './account-views.ts';

/** An address that acts, or once acted, for an account. Kept for ever: it is never used again. */
export interface Agent {
  readonly address: string;
  readonly account: string;
  /** Empty for the one that has no name. */
  readonly name: string;
  readonly validUntilMs: number;
  isRemoved: boolean;
}

/** Volume of one UTC day in USD. */
export interface DayVolume {
  /** Days since 1970. */
  readonly day: number;
  taker: WideMicro;
  maker: WideMicro;
}

/** What is set for an account and not earned; null: as earned. */
export interface FeeSettings {
  feeTier: number | null;
  makerTier: number | null;
  /** Fractions in units of 1e-12. */
  stakingDiscount: Rate;
  referralDiscount: Rate;
}

/** What the account pays today. */
export interface FeeRates {
  /** Days since 1970; on another day the rates are looked up anew. */
  day: number;
  takerRate: Rate;
  makerRate: Rate;
  /** The same with the referral discount: what is charged. */
  chargedTakerRate: Rate;
  chargedMakerRate: Rate;
}

export interface Standing {
  /** The account that owns this sub-account. */
  readonly master: string | null;
  /** A sub-account's. */
  readonly name: string;
  readonly subAccounts: string[];
  multiSig: MultiSigView | null;
  abstraction: Abstraction;
  /** The most that each builder may charge: tenths of a basis point. */
  readonly builders: Map<string, number>;
  referrerCode: string | null;
  reservedRequests: number;
  /** Oldest first, bounded. */
  readonly days: DayVolume[];
  readonly settings: FeeSettings;
  readonly rates: FeeRates;
}

export const NEVER = -1;

export function emptyStanding(master: string | null = null, name = ''): Standing {
  return {
    master,
    name,
    subAccounts: [],
    multiSig: null,
    abstraction: 'default',
    builders: new Map(),
    referrerCode: null,
    reservedRequests: 0,
    days: [],
    settings: { feeTier: null, makerTier: null, stakingDiscount: 0, referralDiscount: 0 },
    rates: { day: NEVER, takerRate: 0, makerRate: 0, chargedTakerRate: 0, chargedMakerRate: 0 },
  };
}
