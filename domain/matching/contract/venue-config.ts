/**
 * The fixed terms a venue is made with: assets, margin tables, fee rates, the seed.
 * Read and checked in terms.ts; nothing here changes while the venue runs.
 */
import type { AssetSpec } from '../../market/asset.ts';

/** One tier of a margin table: from `lowerBound` USD of notional on, at most this leverage. */
export interface MarginTier {
  readonly lowerBound: string;
  readonly maxLeverage: number;
}

export interface VenueAsset extends AssetSpec {
  /** Tables below 50 are implicit: one tier whose maximum leverage is the id. */
  readonly marginTableId: number;
  readonly onlyIsolated?: boolean;
  /** Both refuse cross margin; `strictIsolated` also lets no margin out of a position. */
  readonly marginMode?: 'strictIsolated' | 'noCross';
}

/** What is charged from a volume of 14 days on, USD; rates are fractions of notional. */
export interface FeeTier {
  readonly ntlCutoff: string;
  readonly cross: string;
  readonly add: string;
}

/** What makers get from a share of everybody's volume of 14 days on. */
export interface MakerTier {
  readonly makerFractionCutoff: string;
  readonly add: string;
}

export interface VenueConfig {
  /** Indexed by asset id: `universe[i].index === i`. */
  readonly universe: readonly VenueAsset[];
  /** The tables that are not implicit, by id. */
  readonly marginTables: Readonly<Record<number, readonly MarginTier[]>>;
  /** Of the base tier, fractions of notional; defaults `0.00045` and `0.00015`. */
  readonly takerFeeRate?: string;
  readonly makerFeeRate?: string;
  /** The tiers above the base; default: the venue's own. */
  readonly feeTiers?: readonly FeeTier[];
  readonly makerTiers?: readonly MakerTier[];
  /** Volume that an account needs to open sub-accounts, USD; default none (the venue: 100,000). */
  readonly subAccountVolumeUsd?: string;
  /** Codes that `setReferrer` accepts; default none. */
  readonly referralCodes?: readonly string[];
  /** The volume in USD before an account may schedule a cancel; the venue asks 1000000. Default 0. */
  readonly scheduleCancelVolumeUsd?: string;
  /** Whether a client order id may be on one live order only; the venue's rule is not documented. */
  readonly refusesDuplicateCloid?: boolean;
  /** The most open interest of a coin in USD; coins without one are not capped. */
  readonly openInterestCapsUsd?: Readonly<Record<string, string>>;
  /** Seeds trade ids, hashes and the times of random TWAPs. */
  readonly seed: number;
}
