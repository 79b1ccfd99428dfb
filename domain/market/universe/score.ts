/**
 * How good an asset is to trade, from 0 to 1, and why: liquidity and volatility, each part with its value
 * and its words. What is unknown has no part in the score; hard rules refuse an asset whatever its score.
 */
import { type AssetFacts, dailyReturns, type UniversePolicy } from './facts.ts';

export interface ScorePart {
  readonly name: 'depth' | 'spread' | 'volume' | 'openInterest' | 'volatility' | 'funding';
  readonly value: number;
  /** 0 to 1. */
  readonly score: number;
  readonly weight: number;
}

export interface AssetScore {
  readonly asset: string;
  /** 0 to 1: the mean of the parts by their weights. */
  readonly score: number;
  readonly parts: readonly ScorePart[];
  /** What of the parts is unknown. */
  readonly unknown: readonly ScorePart['name'][];
  /** Rules that keep it out; none for an asset that may become a member. */
  readonly refusals: readonly string[];
}

/** Liquidity counts for 0.6, volatility for 0.4, as in the system re-created here; funding beside them. */
const WEIGHTS = {
  depth: 0.2,
  spread: 0.15,
  volume: 0.15,
  openInterest: 0.1,
  volatility: 0.4,
  funding: 0.1,
} as const;

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation of a sample; NaN for fewer than two values. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return values.length < 2 ? Number.NaN : Math.sqrt(squares / (values.length - 1));
}

/** 1 at the best volatility, falling in proportion to nothing at the ends of the band. */
function volatilityScore(
  value: number,
  { least, best, most }: UniversePolicy['volatility'],
): number {
  return value <= best
    ? clamp((value - least) / (best - least))
    : clamp((most - value) / (most - best));
}

type Known = Partial<Record<ScorePart['name'], readonly [value: number, score: number]>>;

function knownParts(facts: AssetFacts, policy: UniversePolicy): Known {
  const { depthUsd, spreadFraction, openInterestUsd, fundingPerDay, daily } = facts;
  const volumeUsd = mean(daily.volumeUsd);
  const volatility = deviation([...dailyReturns(daily).values()]);
  return {
    ...(depthUsd === undefined ? {} : { depth: [depthUsd, clamp(depthUsd / policy.fullDepthUsd)] }),
    ...(spreadFraction === undefined
      ? {}
      : { spread: [spreadFraction, clamp(1 - spreadFraction / policy.widestSpreadFraction)] }),
    ...(Number.isFinite(volumeUsd)
      ? { volume: [volumeUsd, clamp(volumeUsd / policy.fullVolumeUsd)] }
      : {}),
    ...(openInterestUsd === undefined
      ? {}
      : { openInterest: [openInterestUsd, clamp(openInterestUsd / policy.fullOpenInterestUsd)] }),
    ...(Number.isFinite(volatility)
      ? { volatility: [volatility, volatilityScore(volatility, policy.volatility)] }
      : {}),
    ...(fundingPerDay === undefined
      ? {}
      : {
          funding: [fundingPerDay, clamp(1 - Math.abs(fundingPerDay) / policy.mostFundingPerDay)],
        }),
  };
}

const percent = (fraction: number): string => `${Number((100 * fraction).toFixed(2))} %`;

function refusalsOf(facts: AssetFacts, known: Known, policy: UniversePolicy): string[] {
  const { daily, isDelisted, maxLeverage } = facts;
  const refusals: string[] = [];
  const days = daily.close.length;
  if (isDelisted === true) refusals.push('is delisted');
  if (maxLeverage !== undefined && maxLeverage < policy.leastLeverage) {
    refusals.push(`leverage ${maxLeverage}: must be at least ${policy.leastLeverage}`);
  }
  if (days < policy.leastDays) refusals.push(`${days} days of bars: must be ${policy.leastDays}`);
  if (daily.volumeUsd.length > 0 && daily.volumeUsd.every((volume) => volume === 0)) {
    refusals.push('nobody traded it');
  }
  const { least, most } = policy.volatility;
  const volatility = known.volatility?.[0];
  if (volatility !== undefined && (volatility < least || volatility > most)) {
    const rule = `must be from ${percent(least)} to ${percent(most)}`;
    refusals.push(`moves ${percent(volatility)} a day: ${rule}`);
  }
  const funding = known.funding?.[0];
  if (funding !== undefined && Math.abs(funding) > policy.mostFundingPerDay) {
    refusals.push(
      `funding ${percent(funding)} a day: must be within ${percent(policy.mostFundingPerDay)}`,
    );
  }
  return refusals;
}

/** @param facts as they were known at one moment: see `barsAsOf` */
export function scoreAsset(facts: AssetFacts, policy: UniversePolicy): AssetScore {
  const known = knownParts(facts, policy);
  const names = Object.keys(WEIGHTS) as ScorePart['name'][];
  const parts = names.flatMap((name): readonly ScorePart[] => {
    const part = known[name];
    return part === undefined
      ? []
      : [{ name, value: part[0], score: part[1], weight: WEIGHTS[name] }];
  });
  const weight = parts.reduce((sum, part) => sum + part.weight, 0);
  const sum = parts.reduce((total, part) => total + part.weight * part.score, 0);
  return {
    asset: facts.asset,
    score: weight === 0 ? 0 : sum / weight,
    parts,
    unknown: names.filter((name) => known[name] === undefined),
    refusals: refusalsOf(facts, known, policy),
  };
}
