/** Losses in the tail of a series of returns; losses are positive numbers. */
import { ascendingCopy, meanOfLargest, quantileOfSorted } from './moments.ts';
import { defined, firstNotFinite, ratio, type Statistic, undefinedFor } from './statistic.ts';

const unusable = (returns: ArrayLike<number>): Statistic | undefined => {
  if (firstNotFinite(returns) >= 0) return undefinedFor('notFinite');
  return returns.length === 0 ? undefinedFor('tooFew') : undefined;
};

/** Loss that a share `tail` (0.05: one in twenty) of the periods exceeds; historical, type 7. */
export const valueAtRisk = (returns: ArrayLike<number>, tail: number): Statistic =>
  unusable(returns) ?? defined(-quantileOfSorted(ascendingCopy(returns), tail));

/** Mean loss of the worst share `tail` of the periods. Rockafellar & Uryasev 2002. */
export const conditionalValueAtRisk = (returns: ArrayLike<number>, tail: number): Statistic =>
  unusable(returns) ??
  defined(
    meanOfLargest(
      Float64Array.from(returns, (value) => -value),
      tail,
    ),
  );

/** The 95 % quantile over the size of the 5 % quantile: above 1, gains have the longer tail. */
export function tailRatio(returns: ArrayLike<number>): Statistic {
  const failure = unusable(returns);
  if (failure !== undefined) return failure;
  const ascending = ascendingCopy(returns);
  const low = quantileOfSorted(ascending, 0.05);
  return ratio(quantileOfSorted(ascending, 0.95), Math.abs(low), 'noLoss');
}
