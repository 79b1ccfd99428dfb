/**
 * PortfolioView: the account as risk reads it, and the few facts of it that one request depends on.
 *
 * Exposure is the worst case: every pending entry of one direction counts as filled, at its own
 * price. Reduce-only orders never count: the venue lets them only shrink a position.
 */
import type { Decimal, Px, SizeBase, Usd } from '../kernel/decimal.ts';
import { decimal, isDecimalText, sizeBase, usd, ZERO } from '../kernel/decimal.ts';
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { err, ok, shownValue } from '../kernel/outcome.ts';
import type { Side } from '../market/side.ts';
import { signOf } from '../market/side.ts';
import type { OrderRequest } from './order-request.ts';

export interface PositionView {
  readonly asset: string;
  /** Signed: positive is long. */
  readonly sizeBase: SizeBase;
  readonly entryPx: Px;
  readonly markPx: Px;
}

export interface OpenOrderView {
  readonly asset: string;
  readonly side: Side;
  /** What is still unfilled. */
  readonly sizeBase: SizeBase;
  readonly px: Px;
  readonly reduceOnly: boolean;
}

export interface PortfolioView {
  readonly equityUsd: Usd;
  /** Equity at 00:00 UTC of the market's day. */
  readonly dayStartEquityUsd: Usd;
  readonly positions: readonly PositionView[];
  readonly openOrders: readonly OpenOrderView[];
  /** Why entries are halted (kill switch, breaker), or null. Reductions pass all the same. */
  readonly haltReason: string | null;
  /** When the account was read, on our clock. */
  readonly asOfMs: number;
}

/** What risk uses of a portfolio for one request; recorded in the approval. */
export interface PortfolioFacts {
  readonly equityUsd: Usd;
  readonly dayStartEquityUsd: Usd;
  /** Signed position in the request's asset, and its signed value at the mark price. */
  readonly positionSizeBase: SizeBase;
  readonly positionUsd: Usd;
  /** Pending entries in the request's asset, by side. */
  readonly pendingBuyBase: SizeBase;
  readonly pendingBuyUsd: Usd;
  readonly pendingSellBase: SizeBase;
  readonly pendingSellUsd: Usd;
  /** Worst-case exposure of all other assets, and how many of them have any. */
  readonly otherExposureUsd: Usd;
  readonly otherAssets: number;
  readonly haltReason: string | null;
  readonly asOfMs: number;
}

interface AssetExposure {
  positionBase: Decimal;
  positionUsd: Decimal;
  buyBase: Decimal;
  buyUsd: Decimal;
  sellBase: Decimal;
  sellUsd: Decimal;
}

const noExposure = (): AssetExposure => ({
  positionBase: ZERO,
  positionUsd: ZERO,
  buyBase: ZERO,
  buyUsd: ZERO,
  sellBase: ZERO,
  sellUsd: ZERO,
});

/** The facts that matter for an asset, or the field of the portfolio that cannot be read. */
export function portfolioFacts(
  portfolio: PortfolioView,
  asset: string,
): Outcome<PortfolioFacts, RuleViolation> {
  const unreadable = checkPortfolio(portfolio);
  if (unreadable) return err(unreadable);
  const byAsset = exposures(portfolio);
  const own = byAsset.get(asset) ?? noExposure();
  byAsset.delete(asset);
  const others = [...byAsset.values()].map((exposure) =>
    worstCaseUsd(exposure.positionUsd, exposure.buyUsd, exposure.sellUsd),
  );
  return ok({
    equityUsd: portfolio.equityUsd,
    dayStartEquityUsd: portfolio.dayStartEquityUsd,
    positionSizeBase: sizeBase(own.positionBase),
    positionUsd: usd(own.positionUsd),
    pendingBuyBase: sizeBase(own.buyBase),
    pendingBuyUsd: usd(own.buyUsd),
    pendingSellBase: sizeBase(own.sellBase),
    pendingSellUsd: usd(own.sellUsd),
    otherExposureUsd: usd(others.reduce((sum, each) => sum.plus(each), ZERO)),
    otherAssets: others.filter((each) => each.gt(0)).length,
    haltReason: portfolio.haltReason,
    asOfMs: portfolio.asOfMs,
  });
}

/**
 * The largest value that a position can reach, long or short, when the pending entries of either
 * side fill first.
 */
export function worstCaseUsd(positionUsd: Decimal, buysUsd: Decimal, sellsUsd: Decimal): Decimal {
  const long = positionUsd.plus(buysUsd);
  const short = sellsUsd.minus(positionUsd);
  return long.gt(short) ? long : short;
}

/**
 * Whether a request can only bring a position nearer to 0: it is reduce-only, or it and the pending
 * entries of its side together are no larger than the opposite position.
 */
export function onlyReduces(request: OrderRequest, facts: PortfolioFacts): boolean {
  if (request.reduceOnly) return true;
  const against = decimal(facts.positionSizeBase).times(-signOf(request.side));
  const pending = request.side === 'buy' ? facts.pendingBuyBase : facts.pendingSellBase;
  return decimal(request.sizeBase).plus(decimal(pending)).lte(against);
}

/** The portfolio once the request has filled at its reference price; equity is left as it is. */
export function afterFill(portfolio: PortfolioView, request: OrderRequest): PortfolioView {
  const asset = request.asset.name;
  const before = portfolio.positions.filter((position) => position.asset === asset);
  const held = before.reduce((sum, position) => sum.plus(decimal(position.sizeBase)), ZERO);
  const filled = decimal(request.sizeBase).times(signOf(request.side));
  const net = request.reduceOnly ? shrink(held, filled) : held.plus(filled);
  const others = portfolio.positions.filter((position) => position.asset !== asset);
  const { referencePx } = request;
  const after: PositionView = {
    asset,
    sizeBase: sizeBase(net),
    entryPx: before[0]?.entryPx ?? referencePx,
    markPx: referencePx,
  };
  return { ...portfolio, positions: net.isZero() ? others : [...others, after] };
}

/** What a reduce-only fill leaves of a position: never more, never the other direction. */
function shrink(held: Decimal, filled: Decimal): Decimal {
  if (held.times(filled).gte(0)) return held;
  const left = held.plus(filled);
  return left.times(held).lt(0) ? ZERO : left;
}

function exposures(portfolio: PortfolioView): Map<string, AssetExposure> {
  const byAsset = new Map<string, AssetExposure>();
  const of = (asset: string): AssetExposure => {
    const exposure = byAsset.get(asset) ?? noExposure();
    byAsset.set(asset, exposure);
    return exposure;
  };
  for (const position of portfolio.positions) {
    const exposure = of(position.asset);
    const size = decimal(position.sizeBase);
    exposure.positionBase = exposure.positionBase.plus(size);
    exposure.positionUsd = exposure.positionUsd.plus(size.times(decimal(position.markPx)));
  }
  for (const order of portfolio.openOrders) {
    if (order.reduceOnly) continue;
    const exposure = of(order.asset);
    const size = decimal(order.sizeBase);
    const value = size.times(decimal(order.px));
    if (order.side === 'buy') {
      exposure.buyBase = exposure.buyBase.plus(size);
      exposure.buyUsd = exposure.buyUsd.plus(value);
    } else {
      exposure.sellBase = exposure.sellBase.plus(size);
      exposure.sellUsd = exposure.sellUsd.plus(value);
    }
  }
  return byAsset;
}

function checkPortfolio(portfolio: PortfolioView): RuleViolation | undefined {
  const { equityUsd, dayStartEquityUsd, positions, openOrders } = portfolio;
  const signed: [string, string][] = [
    ['equityUsd', equityUsd],
    ['dayStartEquityUsd', dayStartEquityUsd],
    ...positions.map((each): [string, string] => [`position ${each.asset}`, each.sizeBase]),
  ];
  const unsigned: [string, string][] = [
    ...positions.map((each): [string, string] => [`markPx of ${each.asset}`, each.markPx]),
    ...openOrders.flatMap((each): [string, string][] => [
      [`size of an open order of ${each.asset}`, each.sizeBase],
      [`price of an open order of ${each.asset}`, each.px],
    ]),
  ];
  for (const [field, value] of [...signed, ...unsigned]) {
    if (typeof value !== 'string' || !isDecimalText(value)) {
      return { field, value: shownValue(value), rule: 'must be a plain decimal number' };
    }
  }
  for (const [field, value] of unsigned) {
    if (decimal(value).lt(0)) return { field, value, rule: 'must be at least 0' };
  }
  return undefined;
}

/** Whether every number of the facts can be read; they may come from a stored approval. */
export function factsReadable(facts: PortfolioFacts): boolean {
  const { haltReason: _halt, asOfMs: _asOf, otherAssets: _others, ...decimals } = facts;
  return Object.values(decimals).every((value) => isDecimalText(value));
}
