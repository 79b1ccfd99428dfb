/**
 * The checks that an order which may add risk must pass, in their order. Each is a pure function of
 * the request, the facts of the portfolio, the limits and our clock, and each is monotone: a
 * tighter limit or a larger order never turns a refusal into an approval.
 */
import type { Decimal } from '../kernel/decimal.ts';
import { decimal, ONE, plain, ZERO } from '../kernel/decimal.ts';
import type { RiskLimits } from './limits.ts';
import type { OrderRequest } from './order-request.ts';
import type { PortfolioFacts } from './portfolio.ts';
import { worstCaseUsd } from './portfolio.ts';

export interface CheckInput {
  readonly request: OrderRequest;
  readonly facts: PortfolioFacts;
  readonly limits: RiskLimits;
  /** Our clock. */
  readonly nowMs: number;
}

export type CheckName =
  | 'halt'
  | 'tradable'
  | 'priceAge'
  | 'portfolioAge'
  | 'equity'
  | 'dailyLoss'
  | 'orderNotional'
  | 'openPositions'
  | 'positionSize'
  | 'grossExposure'
  | 'leverage';

/** What a check looked at and found: the evidence of an approval, the cause of a refusal. */
export interface CheckResult<Name extends string = CheckName> {
  readonly check: Name;
  readonly field: string;
  readonly value: string;
  readonly limit: string;
  readonly rule: string;
}

export interface JudgedCheck extends CheckResult {
  readonly passes: boolean;
}

type Check = (input: CheckInput) => JudgedCheck;

const halt: Check = ({ facts }) => ({
  check: 'halt',
  field: 'haltReason',
  value: facts.haltReason ?? 'none',
  limit: 'none',
  rule: 'entries are halted; only reductions pass',
  passes: facts.haltReason === null,
});

const tradable: Check = ({ request }) => ({
  check: 'tradable',
  field: 'asset',
  value: request.asset.isDelisted ? `${request.asset.name} (delisted)` : request.asset.name,
  limit: 'listed',
  rule: 'must be listed on the venue',
  passes: !request.asset.isDelisted,
});

/** A time in the future is as bad as an old one: then one of the clocks cannot be trusted. */
function ageCheck(check: 'priceAge' | 'portfolioAge', ageMs: number, maxAgeMs: number) {
  return {
    check,
    field: check === 'priceAge' ? 'pricedAtMs' : 'portfolio asOfMs',
    value: `${ageMs} ms old`,
    limit: `${maxAgeMs} ms`,
    rule: 'must not be older than the limit, nor in the future by as much',
    passes: Math.abs(ageMs) <= maxAgeMs,
  };
}

const priceAge: Check = ({ request, limits, nowMs }) =>
  ageCheck('priceAge', nowMs - request.pricedAtMs, limits.maxDataAgeMs);

const portfolioAge: Check = ({ facts, limits, nowMs }) =>
  ageCheck('portfolioAge', nowMs - facts.asOfMs, limits.maxDataAgeMs);

const equity: Check = ({ facts }) => {
  const least = decimal(facts.equityUsd).lt(decimal(facts.dayStartEquityUsd))
    ? facts.equityUsd
    : facts.dayStartEquityUsd;
  return {
    check: 'equity',
    field: 'equityUsd (now and at the start of the day)',
    value: `${least} USD`,
    limit: '0 USD',
    rule: 'must be greater than 0',
    passes: decimal(least).gt(0),
  };
};

const dailyLoss: Check = ({ facts, limits }) => {
  const start = decimal(facts.dayStartEquityUsd);
  const lost = start.gt(0) ? ONE.minus(decimal(facts.equityUsd).div(start)) : ONE;
  return {
    check: 'dailyLoss',
    field: 'loss since the start of the day',
    value: plain(lost.toDecimalPlaces(6)),
    limit: limits.maxDailyLossFraction,
    rule: 'must be below the limit (share of the equity at the start of the day)',
    passes: lost.lt(decimal(limits.maxDailyLossFraction)),
  };
};

const orderNotional: Check = ({ request, limits }) =>
  atMost({
    check: 'orderNotional',
    field: 'notional of the order',
    value: notionalUsd(request),
    limit: decimal(limits.maxOrderNotionalUsd),
    rule: 'must be at most maxOrderNotionalUsd',
  });

const openPositions: Check = ({ facts, limits }) => {
  const count = facts.otherAssets + 1;
  return {
    check: 'openPositions',
    field: 'assets with a position or a pending entry',
    value: `${count}`,
    limit: `${limits.maxOpenPositions}`,
    rule: 'must be at most maxOpenPositions',
    passes: count <= limits.maxOpenPositions,
  };
};

const positionSize: Check = (input) =>
  atMost({
    check: 'positionSize',
    field: 'position with pending entries',
    value: assetExposureUsd(input),
    limit: decimal(input.facts.equityUsd).times(decimal(input.limits.maxPositionFraction)),
    rule: `must be at most maxPositionFraction (${input.limits.maxPositionFraction}) of equity`,
  });

const grossExposure: Check = (input) => {
  const share = input.limits.maxGrossExposureFraction;
  return atMost({
    check: 'grossExposure',
    field: 'exposure of all assets with pending entries',
    value: assetExposureUsd(input).plus(decimal(input.facts.otherExposureUsd)),
    limit: decimal(input.facts.equityUsd).times(decimal(share)),
    rule: `must be at most maxGrossExposureFraction (${share}) of equity`,
  });
};

const leverage: Check = (input) => {
  const { request, facts, limits } = input;
  const ownLeverage = Math.max(1, Math.min(limits.maxLeverage, request.asset.maxLeverage));
  const ownMargin = assetExposureUsd(input).div(ownLeverage);
  const otherMargin = decimal(facts.otherExposureUsd).div(limits.maxLeverage);
  return atMost({
    check: 'leverage',
    field: `initial margin at a leverage of ${ownLeverage}`,
    value: ownMargin.plus(otherMargin),
    limit: decimal(facts.equityUsd),
    rule: 'must be at most the equity',
  });
};

/** In order: what stops all trading first, then what is wrong with this order. */
const CHECKS: readonly Check[] = [
  halt,
  tradable,
  priceAge,
  portfolioAge,
  equity,
  dailyLoss,
  orderNotional,
  openPositions,
  positionSize,
  grossExposure,
  leverage,
];

/** Runs the checks up to the first that fails, which then is the last result. */
export function runChecks(input: CheckInput): readonly JudgedCheck[] {
  const results: JudgedCheck[] = [];
  for (const check of CHECKS) {
    const result = check(input);
    results.push(result);
    if (!result.passes) break;
  }
  return results;
}

/** The worst-case value of the request's asset once the request itself is pending too. */
function assetExposureUsd({ request, facts }: CheckInput): Decimal {
  const own = notionalUsd(request);
  const [buys, sells] = request.side === 'buy' ? [own, ZERO] : [ZERO, own];
  return worstCaseUsd(
    decimal(facts.positionUsd),
    decimal(facts.pendingBuyUsd).plus(buys),
    decimal(facts.pendingSellUsd).plus(sells),
  );
}

const notionalUsd = (request: OrderRequest): Decimal =>
  decimal(request.sizeBase).times(decimal(request.referencePx));

interface UsdCeiling {
  readonly check: CheckName;
  readonly field: string;
  readonly value: Decimal;
  readonly limit: Decimal;
  readonly rule: string;
}

function atMost({ check, field, value, limit, rule }: UsdCeiling): JudgedCheck {
  const passes = value.lte(limit);
  return { check, field, value: inUsd(value), limit: inUsd(limit), rule, passes };
}

const inUsd = (amount: Decimal): string => `${plain(amount.toDecimalPlaces(6))} USD`;
