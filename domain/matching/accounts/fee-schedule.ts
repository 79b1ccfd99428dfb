/**
 * The venue's fee schedule for perpetuals, read once from the configuration, and the tier that a
 * volume earns. It knows no account.
 *
 * Source: the venue's documentation, "Fees": tiers by volume of 14 days, rebates by maker share.
 */

import type { FeeTier, MakerTier, VenueConfig } from '../contract/venue-config.ts';
import { type Rate, toMicro, toRate, type WideMicro } from '../state/fixed-point.ts';

const BASE_TAKER_RATE = '0.00045';
const BASE_MAKER_RATE = '0.00015';

const FEE_TIERS: readonly FeeTier[] = [
  { ntlCutoff: '5000000', cross: '0.0004', add: '0.00012' },
  { ntlCutoff: '25000000', cross: '0.00035', add: '0.00008' },
  { ntlCutoff: '100000000', cross: '0.0003', add: '0.00004' },
  { ntlCutoff: '500000000', cross: '0.00028', add: '0' },
  { ntlCutoff: '2000000000', cross: '0.00026', add: '0' },
  { ntlCutoff: '7000000000', cross: '0.00024', add: '0' },
];

const MAKER_TIERS: readonly MakerTier[] = [
  { makerFractionCutoff: '0.005', add: '-0.00001' },
  { makerFractionCutoff: '0.015', add: '-0.00002' },
  { makerFractionCutoff: '0.03', add: '-0.00003' },
];

export interface RatedTier {
  /** The volume must be above this. */
  readonly cutoff: WideMicro;
  readonly takerRate: Rate;
  readonly makerRate: Rate;
}

export interface RatedMakerTier {
  /** The share must be above this; a fraction in units of 1e-12. */
  readonly cutoff: Rate;
  readonly makerRate: Rate;
}

export interface FeeSchedule {
  /** The first is the base tier, which everybody has. */
  readonly tiers: readonly [RatedTier, ...RatedTier[]];
  readonly makerTiers: readonly RatedMakerTier[];
}

/** @throws RangeError for rates and cutoffs that are no plain decimals. */
export function readFeeSchedule(config: VenueConfig): FeeSchedule {
  const base: RatedTier = {
    cutoff: -1n,
    takerRate: toRate(config.takerFeeRate ?? BASE_TAKER_RATE, 'takerFeeRate'),
    makerRate: toRate(config.makerFeeRate ?? BASE_MAKER_RATE, 'makerFeeRate'),
  };
  const above = (config.feeTiers ?? FEE_TIERS).map((tier) => ({
    cutoff: BigInt(toMicro(tier.ntlCutoff, 'feeTiers.ntlCutoff')),
    takerRate: toRate(tier.cross, 'feeTiers.cross'),
    makerRate: toRate(tier.add, 'feeTiers.add'),
  }));
  const makerTiers = (config.makerTiers ?? MAKER_TIERS).map((tier) => ({
    cutoff: toRate(tier.makerFractionCutoff, 'makerTiers.makerFractionCutoff'),
    makerRate: toRate(tier.add, 'makerTiers.add'),
  }));
  return { tiers: [base, ...above], makerTiers };
}

/** The number of the tier that a volume earns; 0 is the base. */
export function tierOf(schedule: FeeSchedule, volume: WideMicro): number {
  return schedule.tiers.findLastIndex(({ cutoff }) => volume > cutoff);
}

const SHARE_ONE = 10n ** 12n;

/** The number of the maker tier that a share of everybody's volume earns; 0 is none. */
export function makerTierOf(schedule: FeeSchedule, maker: WideMicro, all: WideMicro): number {
  return (
    schedule.makerTiers.findLastIndex(({ cutoff }) => maker * SHARE_ONE > all * BigInt(cutoff)) + 1
  );
}
