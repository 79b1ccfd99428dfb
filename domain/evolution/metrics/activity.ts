/** How much a strategy holds and trades. Weights are signed notional over equity, one a period. */
import { meanOf } from './moments.ts';
import { ratio, type Statistic } from './statistic.ts';

export interface Activity {
  /** Sum of changes of weight, both legs of a turn; it begins from no position. */
  readonly turnover: number;
  readonly turnoverPerYear: number;
  /** Share of periods with a position. */
  readonly exposureTime: number;
  /** Mean size of the weight, and mean signed weight. */
  readonly grossExposure: number;
  readonly netExposure: number;
  readonly longShare: number;
  /** Mean holding time in periods: n x mean|w| / (turnover / 2). */
  readonly meanHoldingPeriods: Statistic;
}

/** All figures of an empty series are 0. */
export function activity(weights: ArrayLike<number>, periodsPerYear: number): Activity {
  const { length } = weights;
  let [before, turnover, held, long] = [0, 0, 0, 0];
  for (let i = 0; i < length; i += 1) {
    const weight = weights[i] ?? Number.NaN;
    turnover += Math.abs(weight - before);
    if (weight !== 0) held += 1;
    if (weight > 0) long += 1;
    before = weight;
  }
  const sizes = Float64Array.from(weights, Math.abs);
  const gross = length === 0 ? 0 : meanOf(sizes);
  return {
    turnover,
    turnoverPerYear: length === 0 ? 0 : (turnover / length) * periodsPerYear,
    exposureTime: length === 0 ? 0 : held / length,
    grossExposure: gross,
    netExposure: length === 0 ? 0 : meanOf(weights),
    longShare: length === 0 ? 0 : long / length,
    meanHoldingPeriods: ratio(length * gross, turnover / 2, 'noTurnover'),
  };
}
