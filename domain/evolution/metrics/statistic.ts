/**
 * A statistic is a number or, with its reason, undefined: never 0, NaN, Infinity or a cap, since an
 * optimiser would find its way there. A gate takes undefined as not passed.
 */
export type UndefinedReason =
  /** Fewer observations than the formula needs. */
  | 'tooFew'
  /** The spread is nothing but rounding. */
  | 'zeroVariance'
  | 'noLoss'
  | 'noWin'
  | 'noDrawdown'
  | 'noTurnover'
  /** An input is NaN or infinite. */
  | 'notFinite'
  /** Equity fell to 0 or below: what follows has no meaning. */
  | 'ruined'
  /** Under 90 days: not made into a yearly figure. */
  | 'tooShort';

export type Statistic =
  | { readonly value: number }
  | { readonly value: null; readonly reason: UndefinedReason };

export const defined = (value: number): Statistic =>
  Number.isFinite(value) ? { value } : { value: null, reason: 'notFinite' };

export const undefinedFor = (reason: UndefinedReason): Statistic => ({ value: null, reason });

/** The statistic times a factor; undefined stays undefined for the same reason. */
export const scaled = (statistic: Statistic, factor: number): Statistic =>
  statistic.value === null ? statistic : defined(statistic.value * factor);

/** `numerator / denominator`, undefined for `reason` when the denominator is 0. */
export const ratio = (
  numerator: number,
  denominator: number,
  reason: UndefinedReason,
): Statistic => (denominator === 0 ? undefinedFor(reason) : defined(numerator / denominator));

/** The first value that is no finite number, or -1. */
export const firstNotFinite = (values: ArrayLike<number>): number => {
  for (let i = 0; i < values.length; i += 1) if (!Number.isFinite(values[i])) return i;
  return -1;
};
