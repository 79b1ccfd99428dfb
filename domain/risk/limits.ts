/** RiskLimits: what an account may risk, with units, bounds and defaults. Nothing is clamped. */
import type { Decimal, Fraction, Usd } from '../kernel/decimal.ts';
import { decimal, decimalFromFloat, fraction, isDecimalText, usd } from '../kernel/decimal.ts';
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { err, ok, shownValue } from '../kernel/outcome.ts';

export interface RiskLimits {
  /** Most notional of one order. */
  readonly maxOrderNotionalUsd: Usd;
  /** Most notional of one asset, pending entries included, as a share of equity. */
  readonly maxPositionFraction: Fraction;
  /** Most notional of all assets together, pending entries included, as a share of equity. */
  readonly maxGrossExposureFraction: Fraction;
  /** Loss since the start of the day at which entries stop, as a share of that equity. */
  readonly maxDailyLossFraction: Fraction;
  /** Most assets with a position or a pending entry. */
  readonly maxOpenPositions: number;
  /** Leverage that margin is reckoned at; the venue's own cap of an asset counts when lower. */
  readonly maxLeverage: number;
  /** Oldest price, and oldest view of the account, that an entry may be decided on. */
  readonly maxDataAgeMs: number;
}

/** Defaults in the spirit of the specification: small positions, an early daily stop. */
export const DEFAULT_RISK_LIMITS: RiskLimits = {
  maxOrderNotionalUsd: usd(100_000),
  maxPositionFraction: fraction('0.25'),
  maxGrossExposureFraction: fraction('0.8'),
  maxDailyLossFraction: fraction('0.02'),
  maxOpenPositions: 10,
  maxLeverage: 3,
  maxDataAgeMs: 30_000,
};

interface Bounds {
  readonly min: string;
  readonly max: string;
  readonly whole: boolean;
}

const BOUNDS: Readonly<Record<keyof RiskLimits, Bounds>> = {
  maxOrderNotionalUsd: { min: '10', max: '1000000000', whole: false },
  maxPositionFraction: { min: '0.0001', max: '50', whole: false },
  maxGrossExposureFraction: { min: '0.0001', max: '50', whole: false },
  maxDailyLossFraction: { min: '0.0001', max: '1', whole: false },
  maxOpenPositions: { min: '1', max: '1000', whole: true },
  maxLeverage: { min: '1', max: '50', whole: true },
  maxDataAgeMs: { min: '100', max: '86400000', whole: true },
};

/** Reads limits from anything; absent ones take their default. Every broken rule is reported. */
export function parseRiskLimits(input: unknown): Outcome<RiskLimits, RuleViolation[]> {
  if (input !== undefined && (typeof input !== 'object' || input === null)) {
    return err([{ field: 'limits', value: shownValue(input), rule: 'must be an object' }]);
  }
  const violations: RuleViolation[] = [];
  for (const [field, value] of Object.entries(input ?? {})) {
    const violation = checkLimit(field, value);
    if (violation) violations.push(violation);
  }
  if (violations.length > 0) return err(violations);
  const given: { readonly [Field in keyof RiskLimits]?: unknown } = input ?? {};
  const read = (field: keyof RiskLimits): Decimal =>
    readDecimal(given[field]) ?? decimal(DEFAULT_RISK_LIMITS[field]);
  return ok({
    maxOrderNotionalUsd: usd(read('maxOrderNotionalUsd')),
    maxPositionFraction: fraction(read('maxPositionFraction')),
    maxGrossExposureFraction: fraction(read('maxGrossExposureFraction')),
    maxDailyLossFraction: fraction(read('maxDailyLossFraction')),
    maxOpenPositions: read('maxOpenPositions').toNumber(),
    maxLeverage: read('maxLeverage').toNumber(),
    maxDataAgeMs: read('maxDataAgeMs').toNumber(),
  });
}

function checkLimit(field: string, value: unknown): RuleViolation | undefined {
  const bounds = Object.hasOwn(BOUNDS, field) ? BOUNDS[field as keyof RiskLimits] : undefined;
  if (bounds === undefined) {
    const rule = `is no limit; known limits: ${Object.keys(BOUNDS).join(', ')}`;
    return { field, value: shownValue(value), rule };
  }
  const read = readDecimal(value);
  const legal =
    read?.gte(bounds.min) && read.lte(bounds.max) && (!bounds.whole || read.isInteger());
  if (legal) return undefined;
  const kind = bounds.whole ? 'whole number' : 'number';
  const rule = `must be a ${kind} from ${bounds.min} to ${bounds.max}`;
  return { field, value: shownValue(value), rule };
}

/** Numbers come from JSON, where 0.25 means the decimal that was typed. */
function readDecimal(value: unknown): Decimal | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return decimalFromFloat(value);
  if (typeof value === 'string' && isDecimalText(value)) return decimal(value);
  return undefined;
}
