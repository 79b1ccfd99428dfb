/**
 * The venue's fixed terms, read once from the configuration: assets, margin tiers, fee rates.
 * Refuses a universe whose indices do not match and a margin table that does not exist.
 */
import { maxPriceDecimals } from '../../market/asset.ts';
import { type FeeSchedule, readFeeSchedule } from '../accounts/fee-schedule.ts';
import type { MarginTier, VenueAsset, VenueConfig } from '../contract/venue-config.ts';
import { type Micro, quotient, toMicro, type WideMicro } from './fixed-point.ts';

/** Margin tables below this id are implicit: one tier whose maximum leverage is the id. */
const FIRST_EXPLICIT_TABLE = 50;

export interface Tier {
  readonly lowerBound: Micro;
  readonly maxLeverage: number;
  /** What keeps maintenance margin continuous where the rate steps up. */
  readonly deduction: Micro;
}

export interface AssetTerms {
  readonly spec: VenueAsset;
  /** Prices are multiples of this, besides the rule of 5 significant figures. */
  readonly pxStep: Micro;
  /** Sizes are multiples of this. */
  readonly lot: Micro;
  readonly pxPlaces: number;
  readonly tiers: readonly [Tier, ...Tier[]];
  /** Cross margin is refused. */
  readonly isOnlyIsolated: boolean;
  /** In USD; null when the coin is not capped. */
  readonly openInterestCap: Micro | null;
}

export interface Terms {
  readonly assets: readonly AssetTerms[];
  readonly byCoin: ReadonlyMap<string, AssetTerms>;
  readonly fees: FeeSchedule;
  readonly subAccountVolume: WideMicro;
  readonly referralCodes: ReadonlySet<string>;
  readonly scheduleCancelVolume: WideMicro;
  readonly refusesDuplicateCloid: boolean;
  readonly seed: number;
}

/**
 * deduction(n) = deduction(n-1) + lowerBound(n) * (rate(n) - rate(n-1)), rate = 1 / (2 * maxLeverage);
 * source: the venue's documentation, "Margin tiers".
 */
function readTiers(tiers: readonly MarginTier[]): [Tier, ...Tier[]] {
  const read: Tier[] = [];
  for (const tier of tiers) {
    const lowerBound = toMicro(tier.lowerBound, 'marginTiers.lowerBound');
    const previous = read.at(-1);
    const step = previous
      ? quotient(lowerBound, 2 * tier.maxLeverage) - quotient(lowerBound, 2 * previous.maxLeverage)
      : 0;
    const deduction = (previous?.deduction ?? 0) + step;
    read.push({ lowerBound, maxLeverage: tier.maxLeverage, deduction });
  }
  const [first, ...rest] = read;
  if (!first) throw new RangeError('marginTables: a table must have at least one tier');
  return [first, ...rest];
}

function tiersOf(asset: VenueAsset, config: VenueConfig): [Tier, ...Tier[]] {
  const table = config.marginTables[asset.marginTableId];
  if (table) return readTiers(table);
  if (asset.marginTableId >= FIRST_EXPLICIT_TABLE) {
    throw new RangeError(
      `${asset.name}.marginTableId ${asset.marginTableId}: no such margin table`,
    );
  }
  return readTiers([{ lowerBound: '0', maxLeverage: asset.maxLeverage }]);
}

/** @throws RangeError when the universe or the margin tables contradict themselves. */
export function readTerms(config: VenueConfig): Terms {
  const assets = config.universe.map((spec, position): AssetTerms => {
    if (spec.index !== position) {
      throw new RangeError(`universe[${position}].index ${spec.index}: must be ${position}`);
    }
    const pxPlaces = maxPriceDecimals(spec);
    const cap = config.openInterestCapsUsd?.[spec.name];
    return {
      spec,
      pxPlaces,
      pxStep: 10 ** (6 - pxPlaces),
      lot: 10 ** (6 - spec.szDecimals),
      tiers: tiersOf(spec, config),
      openInterestCap: cap === undefined ? null : toMicro(cap, 'openInterestCapsUsd'),
      isOnlyIsolated: spec.onlyIsolated === true || spec.marginMode !== undefined,
    };
  });
  return {
    assets,
    byCoin: new Map(assets.map((asset) => [asset.spec.name, asset])),
    fees: readFeeSchedule(config),
    subAccountVolume: BigInt(toMicro(config.subAccountVolumeUsd ?? '0', 'subAccountVolumeUsd')),
    referralCodes: new Set(config.referralCodes),
    scheduleCancelVolume: BigInt(
      toMicro(config.scheduleCancelVolumeUsd ?? '0', 'scheduleCancelVolumeUsd'),
    ),
    refusesDuplicateCloid: config.refusesDuplicateCloid ?? false,
    seed: config.seed,
  };
}

/** The asset's terms. @throws RangeError for a coin that is not in the universe. */
export function termsOf(terms: Terms, coin: string): AssetTerms {
  const asset = terms.byCoin.get(coin);
  if (!asset) throw new RangeError(`coin ${JSON.stringify(coin)}: not in the universe`);
  return asset;
}

/** The tier that a position of this notional is in. */
export function tierAt(asset: AssetTerms, positionUsd: Micro): Tier {
  let found: Tier = asset.tiers[0];
  for (const tier of asset.tiers) if (positionUsd >= tier.lowerBound) found = tier;
  return found;
}

/** Maintenance margin: notional / (2 * the tier's leverage), less the tier's deduction. */
export function maintenanceMargin(asset: AssetTerms, positionUsd: Micro): Micro {
  const tier = tierAt(asset, positionUsd);
  return quotient(positionUsd, 2 * tier.maxLeverage) - tier.deduction;
}
