/**
 * Market regimes of days, for telling when a strategy earns: by realised volatility of the market
 * traded, against its own past. Causal: the regime of a day follows from the days before it.
 */
import { ascendingCopy, quantileOfSorted, standardDeviation } from './moments.ts';

export const REGIMES = ['calm', 'normal', 'stormy'] as const;
export type Regime = (typeof REGIMES)[number];

/** Days of returns that one reading of volatility takes. */
const VOLATILITY_DAYS = 20;
/** Readings before the first regime is named. */
const LEAST_READINGS = 10;

/**
 * One regime per day, or undefined while too little is known: volatility of the 20 days before it
 * in the lowest, middle or highest third of all readings so far.
 * @param returns daily returns of the market, oldest first
 */
export function regimesOf(returns: ArrayLike<number>): readonly (Regime | undefined)[] {
  const readings: number[] = [];
  const regimes: (Regime | undefined)[] = [];
  for (let day = 0; day < returns.length; day += 1) {
    const from = day - VOLATILITY_DAYS;
    if (from < 0) {
      regimes.push(undefined);
      continue;
    }
    const window = Array.from(
      { length: VOLATILITY_DAYS },
      (_, i) => returns[from + i] ?? Number.NaN,
    );
    const reading = standardDeviation(window).value ?? 0;
    readings.push(reading);
    if (readings.length < LEAST_READINGS) {
      regimes.push(undefined);
      continue;
    }
    const ascending = ascendingCopy(readings);
    const isCalm = reading <= quantileOfSorted(ascending, 1 / 3);
    const isStormy = reading >= quantileOfSorted(ascending, 2 / 3);
    regimes.push(isCalm ? 'calm' : isStormy ? 'stormy' : 'normal');
  }
  return regimes;
}
