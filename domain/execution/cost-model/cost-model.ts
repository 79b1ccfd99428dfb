/**
 * What trading costs, measured from our own orders and fed back to backtests: fee, half spread and
 * impact by asset and size. Plain JSON, deterministic: the same observations in any order give the same
 * model. All numbers are basis points of notional; positive is a cost.
 *
 * Blending: with n observations of an asset and size, of mean m, and the default d, a parameter is d
 * while n < LEAST_OBSERVATIONS, and (K d + n m) / (K + n) from then on, K = PRIOR_WEIGHT: the default
 * counts like K observations and fades as real ones come in (the posterior mean of a normal mean under
 * a normal prior that is worth K observations; see A. Gelman et al., "Bayesian Data Analysis", 2.5).
 */
import type { Decimal } from '../../kernel/decimal.ts';
import { decimal, isDecimalText, plain, ZERO } from '../../kernel/decimal.ts';
import type { Outcome, RuleViolation } from '../../kernel/outcome.ts';
import { err, ok, shownValue } from '../../kernel/outcome.ts';

/** Fewer observations than these are not believed at all. */
export const LEAST_OBSERVATIONS = 20;
/** How many observations the default is worth. */
export const PRIOR_WEIGHT = 20;

/** Order sizes in USD: from the bound before (or 0) up to, and without, this one. */
export const SIZE_BOUNDS_USD = ['1000', '10000', '100000'] as const;
export const SIZE_BUCKETS = ['under1k', 'under10k', 'under100k', 'above'] as const;
export type SizeBucket = (typeof SIZE_BUCKETS)[number];

/** Basis points as plain decimal text. */
type Bps = string;

/**
 * What an order that takes pays beyond its fee: half the spread, and what it moved beyond the touch.
 * What one that rests gives up afterwards: its markout after 10 s.
 */
export interface CostParameters {
  readonly takerFeeBps: Bps;
  readonly makerFeeBps: Bps;
  readonly halfSpreadBps: Bps;
  readonly impactBps: Readonly<Record<SizeBucket, Bps>>;
  readonly adverseBps: Bps;
}

/**
 * Until there is data. Fees: the venue's documentation, "Fees", the lowest tier of perpetuals. Half
 * spread and impact: together 2 bps for a small market order, which is what backtests of this system
 * have always assumed; dearer on purpose than the books we have seen (Hyperliquid, 2025-09-04, 35
 * minutes, mean: half spread BTC 0.06, SOL 0.27 bps; walking the book for 500, 5,000, 50,000 and
 * 500,000 USD BTC 0.03, 0.04, 0.10, 0.23 and SOL 0.08, 0.18, 0.39, 1.12 bps), since those know no
 * delay. Adverse selection of resting orders: as much as the half spread they earn.
 */
export const DEFAULT_COSTS: CostParameters = {
  takerFeeBps: '4.5',
  makerFeeBps: '1.5',
  halfSpreadBps: '1',
  impactBps: { under1k: '1', under10k: '1', under100k: '1.5', above: '3' },
  adverseBps: '1',
};

export const LIQUIDITIES = ['taker', 'maker'] as const;
export type Liquidity = (typeof LIQUIDITIES)[number];

/** What one order showed; what it did not show is absent. */
export interface CostObservation {
  readonly asset: string;
  readonly notionalUsd: string;
  readonly liquidity: Liquidity;
  readonly feeBps?: Bps;
  readonly halfSpreadBps?: Bps;
  /** Of takers: slippage against the mid less the half spread. */
  readonly impactBps?: Bps;
  /** Of makers: markout after 10 s. */
  readonly adverseBps?: Bps;
}

/** A parameter with where it comes from. */
export interface CostFigure {
  readonly bps: Bps;
  readonly observations: number;
  readonly source: 'default' | 'blended';
}

export interface AssetCosts {
  readonly takerFee: CostFigure;
  readonly makerFee: CostFigure;
  readonly halfSpread: CostFigure;
  readonly impact: Readonly<Record<SizeBucket, CostFigure>>;
  readonly adverse: CostFigure;
}

export const COST_MODEL_VERSION = 1;

export interface CostModel {
  readonly version: typeof COST_MODEL_VERSION;
  readonly leastObservations: number;
  readonly priorWeight: number;
  readonly sizeBoundsUsd: readonly string[];
  readonly defaults: CostParameters;
  /** By name, in the order of names. */
  readonly assets: Readonly<Record<string, AssetCosts>>;
}

/** The bucket of an order's size. @throws RangeError when it is no plain decimal */
export function bucketOf(notionalUsd: string): SizeBucket {
  const size = decimal(notionalUsd);
  const index = SIZE_BOUNDS_USD.findIndex((bound) => size.lt(bound));
  return SIZE_BUCKETS[index < 0 ? SIZE_BOUNDS_USD.length : index] ?? 'above';
}

const DECIMALS = 4;

function figureOf(values: readonly (Bps | undefined)[], prior: Bps): CostFigure {
  const seen = values.flatMap((value) => (value === undefined ? [] : [decimal(value)]));
  const { length: observations } = seen;
  if (observations < LEAST_OBSERVATIONS) return { bps: prior, observations, source: 'default' };
  const sum = seen.reduce((total, value) => total.plus(value), ZERO);
  const blended = decimal(prior)
    .times(PRIOR_WEIGHT)
    .plus(sum)
    .div(PRIOR_WEIGHT + observations);
  return { bps: plain(blended.toDecimalPlaces(DECIMALS)), observations, source: 'blended' };
}

const byBucket = <Value>(
  make: (bucket: SizeBucket) => Value,
): Readonly<Record<SizeBucket, Value>> =>
  Object.fromEntries(SIZE_BUCKETS.map((bucket) => [bucket, make(bucket)])) as Record<
    SizeBucket,
    Value
  >;

function assetCosts(seen: readonly CostObservation[], prior: CostParameters): AssetCosts {
  const takers = seen.filter(({ liquidity }) => liquidity === 'taker');
  const makers = seen.filter(({ liquidity }) => liquidity === 'maker');
  const feesOf = (some: readonly CostObservation[]) => some.map(({ feeBps }) => feeBps);
  return {
    takerFee: figureOf(feesOf(takers), prior.takerFeeBps),
    makerFee: figureOf(feesOf(makers), prior.makerFeeBps),
    halfSpread: figureOf(
      seen.map(({ halfSpreadBps }) => halfSpreadBps),
      prior.halfSpreadBps,
    ),
    impact: byBucket((bucket) =>
      figureOf(
        takers
          .filter(({ notionalUsd }) => bucketOf(notionalUsd) === bucket)
          .map(({ impactBps }) => impactBps),
        prior.impactBps[bucket],
      ),
    ),
    adverse: figureOf(
      makers.map(({ adverseBps }) => adverseBps),
      prior.adverseBps,
    ),
  };
}

/** Builds the model. Deterministic in the set of observations. */
export function costModel(
  observations: readonly CostObservation[],
  defaults: CostParameters = DEFAULT_COSTS,
): CostModel {
  const groups = Map.groupBy(observations, ({ asset }) => asset);
  const names = [...groups.keys()].sort();
  return {
    version: COST_MODEL_VERSION,
    leastObservations: LEAST_OBSERVATIONS,
    priorWeight: PRIOR_WEIGHT,
    sizeBoundsUsd: SIZE_BOUNDS_USD,
    defaults,
    assets: Object.fromEntries(
      names.map((name) => [name, assetCosts(groups.get(name) ?? [], defaults)]),
    ),
  };
}

/**
 * Cost of one order in basis points of its notional, all parts together. A taker pays fee, half spread
 * and impact; a maker pays its fee and what the market takes back, and earns half the spread.
 * @throws RangeError when the notional is no plain decimal
 */
export function costBps(
  { assets, defaults }: CostModel,
  asset: string,
  notionalUsd: string,
  liquidity: Liquidity,
): Decimal {
  const costs = assets[asset] ?? assetCosts([], defaults);
  const spread = decimal(costs.halfSpread.bps);
  if (liquidity === 'maker') {
    return decimal(costs.makerFee.bps).plus(decimal(costs.adverse.bps)).minus(spread);
  }
  const impact = decimal(costs.impact[bucketOf(notionalUsd)].bps);
  return decimal(costs.takerFee.bps).plus(spread).plus(impact);
}

type Loose = Readonly<Record<string, unknown>>;
const looseOf = (value: unknown): Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};

const FIGURES = ['takerFee', 'makerFee', 'halfSpread', 'adverse'] as const;
const DEFAULTS = ['takerFeeBps', 'makerFeeBps', 'halfSpreadBps', 'adverseBps'] as const;

/** Every number of a model that a backtest reads, with its name. */
function numbersOf(model: Loose): readonly (readonly [string, unknown])[] {
  const defaults = looseOf(model.defaults);
  const assets = Object.entries(looseOf(model.assets)).flatMap(([name, costs]) => {
    const fields = looseOf(costs);
    const impact = looseOf(fields.impact);
    return [
      ...FIGURES.map((field) => [`${name}.${field}`, looseOf(fields[field]).bps] as const),
      ...SIZE_BUCKETS.map(
        (bucket) => [`${name}.impact.${bucket}`, looseOf(impact[bucket]).bps] as const,
      ),
    ];
  });
  return [
    ...DEFAULTS.map((field) => [`defaults.${field}`, defaults[field]] as const),
    ...SIZE_BUCKETS.map(
      (bucket) => [`defaults.impactBps.${bucket}`, looseOf(defaults.impactBps)[bucket]] as const,
    ),
    ...assets,
  ];
}

/** Reads a model that was exported as JSON; says what is wrong with one that is not ours. */
export function readCostModel(value: unknown): Outcome<CostModel, RuleViolation> {
  const model = looseOf(value);
  if (model.version !== COST_MODEL_VERSION) {
    const rule = `must be ${COST_MODEL_VERSION}`;
    return err({ field: 'version', value: shownValue(model.version), rule });
  }
  const bounds = JSON.stringify(model.sizeBoundsUsd);
  if (bounds !== JSON.stringify(SIZE_BOUNDS_USD)) {
    const rule = `must be ${JSON.stringify(SIZE_BOUNDS_USD)}`;
    return err({ field: 'sizeBoundsUsd', value: shownValue(model.sizeBoundsUsd), rule });
  }
  for (const [field, number] of numbersOf(model)) {
    if (typeof number === 'string' && isDecimalText(number)) continue;
    const rule = 'must be a plain decimal number, as text';
    return err({ field, value: shownValue(number), rule });
  }
  return ok(value as CostModel);
}
