/**
 * What an order on its way reserves, and whether another one still fits beside it. The rule is about
 * the exchange: whatever lands, in whatever order, must be within the limits at every instant. So one
 * side is never set off against the other, and nothing counts on an order that only reduces: of a
 * position and everything that may add to it, each side must fit by itself.
 *
 * The ledger applies this rule in the statement that stores an envelope (`gateways/ledger`); this is
 * its definition, which that statement is compared with.
 */
import type { Decimal, Fraction, Px, SizeBase, Usd } from '../kernel/decimal.ts';
import { decimal, ONE, plain, usd, ZERO } from '../kernel/decimal.ts';
import type { RuleViolation } from '../kernel/outcome.ts';
import type { Side } from '../market/side.ts';
import type { CheckName } from './checks.ts';
import type { RiskLimits } from './limits.ts';

/** The limits of an account as amounts, at the equity that an order was judged with. */
export interface ExposureCeilings {
  /** Most notional of one asset and side, orders on their way included. */
  readonly assetUsd: Usd;
  /** Most notional of all assets together, each by its larger side. */
  readonly grossUsd: Usd;
  /** Most assets with a position or an order on its way. */
  readonly assets: number;
}

/** What an order that may add to a position asks for. */
export interface ExposureClaim {
  readonly asset: string;
  readonly side: Side;
  readonly sizeBase: SizeBase;
  /** The worst price that one unit may cost; see {@link claimPx}. */
  readonly px: Px;
  /** What a unit of the position is worth. */
  readonly markPx: Px;
  /** Absent for an order that was approved without: it reserves, and is not judged. */
  readonly ceilings?: ExposureCeilings;
}

/** Where an asset of the account stands, orders of the claim's own intent left out. */
export interface AssetStanding {
  readonly asset: string;
  /**
   * The signed position. Two numbers, where what is known of it does not tell which execution came
   * last: it is at least the one and at most the other.
   */
  readonly leastBase: Decimal;
  readonly mostBase: Decimal;
  readonly markPx: Decimal;
  readonly buysBase: Decimal;
  readonly buysUsd: Decimal;
  readonly sellsBase: Decimal;
  readonly sellsUsd: Decimal;
}

/** What an order would break, and the amount that it would come to. */
export interface ExposureBreach {
  readonly check: Extract<CheckName, 'positionSize' | 'grossExposure' | 'openPositions'>;
  readonly value: string;
}

/** @param slack how far above the limits the order may go, as a share of them */
export function ceilingsOf(limits: RiskLimits, equityUsd: Usd, slack?: Fraction): ExposureCeilings {
  const basis = decimal(equityUsd).times(slack === undefined ? ONE : ONE.plus(decimal(slack)));
  const gross = decimal(limits.maxGrossExposureFraction);
  const most = gross.lt(limits.maxLeverage) ? gross : decimal(limits.maxLeverage);
  return {
    assetUsd: usd(basis.times(decimal(limits.maxPositionFraction))),
    grossUsd: usd(basis.times(most)),
    assets: limits.maxOpenPositions,
  };
}

/** A seller's worst price bounds what he gets from below: what he may owe is worth at least the mid. */
export const claimPx = (side: Side, sentPx: Px, midPx: Px): Px =>
  side === 'sell' && decimal(sentPx).lt(decimal(midPx)) ? midPx : sentPx;

/** An execution, as far as the position after it is concerned. */
export interface PositionStep {
  readonly side: Side;
  readonly sizeBase: SizeBase;
  readonly startPositionBase: SizeBase;
}

/**
 * The position after executions of one moment, from where each of them found it. The last one is that
 * which no other followed; if they lead in a circle, any of them may be.
 */
export function positionAfter(
  steps: readonly PositionStep[],
): Pick<AssetStanding, 'leastBase' | 'mostBase'> {
  const ends = steps.map(({ side, sizeBase, startPositionBase }) => {
    const start = decimal(startPositionBase);
    return side === 'buy' ? start.plus(decimal(sizeBase)) : start.minus(decimal(sizeBase));
  });
  const isLast = (end: Decimal): boolean =>
    !steps.some(({ startPositionBase }) => decimal(startPositionBase).eq(end));
  const last = ends.filter(isLast);
  const all = last.length > 0 ? last : ends;
  const [first = ZERO] = all;
  return {
    leastBase: all.reduce((least, end) => (end.lt(least) ? end : least), first),
    mostBase: all.reduce((most, end) => (end.gt(most) ? end : most), first),
  };
}

const positive = (value: Decimal): Decimal => (value.gt(ZERO) ? value : ZERO);

const longUsd = ({ mostBase, markPx, buysUsd }: AssetStanding): Decimal =>
  positive(mostBase).times(markPx).plus(buysUsd);

const shortUsd = ({ leastBase, markPx, sellsUsd }: AssetStanding): Decimal =>
  positive(leastBase.negated()).times(markPx).plus(sellsUsd);

function worstUsd(standing: AssetStanding): Decimal {
  const [long, short] = [longUsd(standing), shortUsd(standing)];
  return long.gt(short) ? long : short;
}

const nowhere = (asset: string): AssetStanding => ({
  asset,
  leastBase: ZERO,
  mostBase: ZERO,
  markPx: ZERO,
  buysBase: ZERO,
  buysUsd: ZERO,
  sellsBase: ZERO,
  sellsUsd: ZERO,
});

/** Whether a claim can, with everything of its side that is on its way, at most close the position. */
function onlyCloses({ side, sizeBase }: ExposureClaim, own: AssetStanding): boolean {
  const [against, pending] =
    side === 'buy' ? [own.mostBase.negated(), own.buysBase] : [own.leastBase, own.sellsBase];
  return decimal(sizeBase).plus(pending).lte(against);
}

/** The asset once the claim is on its way too. */
function withClaim(own: AssetStanding, { side, sizeBase, px }: ExposureClaim): AssetStanding {
  const base = decimal(sizeBase);
  const value = base.times(decimal(px));
  return side === 'buy'
    ? { ...own, buysBase: own.buysBase.plus(base), buysUsd: own.buysUsd.plus(value) }
    : { ...own, sellsBase: own.sellsBase.plus(base), sellsUsd: own.sellsUsd.plus(value) };
}

const rounded = (value: Decimal): string => plain(value.toDecimalPlaces(6));

/**
 * Why an order does not fit beside what is held and on its way; undefined when it fits.
 * @param standings of every asset with a position or an order on its way; of the claim's own asset the
 *   mark price is the claim's
 */
export function breachOf(
  claim: ExposureClaim,
  standings: readonly AssetStanding[],
): ExposureBreach | undefined {
  const { asset, side, markPx, ceilings } = claim;
  if (ceilings === undefined) return undefined;
  const found = standings.find((each) => each.asset === asset) ?? nowhere(asset);
  const own = { ...found, markPx: decimal(markPx) };
  if (onlyCloses(claim, own)) return undefined;
  const after = withClaim(own, claim);
  const sideUsd = side === 'buy' ? longUsd(after) : shortUsd(after);
  if (sideUsd.gt(decimal(ceilings.assetUsd))) {
    return { check: 'positionSize', value: rounded(sideUsd) };
  }
  const others = standings.filter((each) => each.asset !== asset).map(worstUsd);
  const gross = others.reduce((sum, each) => sum.plus(each), worstUsd(after));
  if (gross.gt(decimal(ceilings.grossUsd)))
    return { check: 'grossExposure', value: rounded(gross) };
  const assets = others.filter((each) => each.gt(ZERO)).length + 1;
  return assets > ceilings.assets ? { check: 'openPositions', value: `${assets}` } : undefined;
}

/** The breach for people. */
export function describeBreach(
  { check, value }: ExposureBreach,
  { assetUsd, grossUsd, assets }: ExposureCeilings,
): RuleViolation {
  const among = 'with all orders on their way';
  if (check === 'openPositions') {
    return { field: check, value, rule: `${among}, must be at most ${assets} assets` };
  }
  const mostUsd = rounded(decimal(check === 'positionSize' ? assetUsd : grossUsd));
  return { field: check, value: `${value} USD`, rule: `${among}, must be at most ${mostUsd} USD` };
}
