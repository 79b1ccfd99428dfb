/**
 * The funding rate of an hour from its average premium. Pure arithmetic: who pays is in funding.ts.
 */
import { type Decimal, decimal, type Fraction, fraction } from '../../kernel/decimal.ts';

const INTEREST_RATE_8H = decimal('0.0001');
const CLAMP_8H = decimal('0.0005');
const HOURS_PER_RATE = 8;
const CAP_PER_HOUR = decimal('0.04');
/** Decimals of a published rate. */
const RATE_PLACES = 10;

function clamp(value: Decimal, limit: Decimal): Decimal {
  if (value.gt(limit)) return limit;
  return value.lt(limit.neg()) ? limit.neg() : value;
}

/**
 * The hourly funding rate for the hour's average premium (both fractions of notional):
 * F = P + clamp(0.0001 - P, +-0.0005) per 8 hours, paid as F / 8 an hour, at most 4 % an hour.
 * Source: the venue's documentation, "Funding".
 */
export function fundingRateFor(premium: Fraction | string): Fraction {
  const averagePremium = decimal(premium);
  const eightHours = averagePremium.plus(clamp(INTEREST_RATE_8H.minus(averagePremium), CLAMP_8H));
  const hourly = clamp(eightHours.div(HOURS_PER_RATE), CAP_PER_HOUR);
  return fraction(hourly.toDecimalPlaces(RATE_PLACES));
}

/**
 * The average premium that an hourly rate was made of, as a fraction of notional. Many premiums give
 * the interest rate alone: 0 stands for them.
 */
export function premiumFor(rate: Fraction | string): Fraction {
  const excess = decimal(rate).times(HOURS_PER_RATE).minus(INTEREST_RATE_8H);
  if (excess.isZero()) return fraction('0');
  const beyondClamp = excess.isPositive() ? CLAMP_8H : CLAMP_8H.neg();
  return fraction(excess.plus(INTEREST_RATE_8H).plus(beyondClamp).toDecimalPlaces(RATE_PLACES));
}
