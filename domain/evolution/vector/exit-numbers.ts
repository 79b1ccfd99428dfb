/** The exits of a position in whole numbers: what `sizing/exit-terms` decides in decimals. */
import { decimal } from '../../kernel/decimal.ts';
import { tickAt } from '../../matching/orders/order-validation.ts';
import { type Micro, toMicro } from '../../matching/state/fixed-point.ts';
import type { ExitRules } from '../../signals/exit-rules.ts';
import { type ExitTerms, MOST_TARGET_PER_MILLE } from '../../sizing/exit-terms.ts';
import type { MarketNumbers } from './market-numbers.ts';

const THOUSAND = 1_000;

/** Rules in thousandths, by target. */
export interface RuleNumbers {
  readonly distanceR: readonly number[];
  readonly upTo: readonly number[];
  readonly stopMoves: boolean;
}

export interface ExitNumbers {
  /** The side that closes the position. */
  readonly isBuy: boolean;
  readonly targetPx: readonly Micro[];
  /** By target: thousandths of the whole position that are gone once it has filled. */
  readonly upTo: readonly number[];
  /** Where the stop goes once the first target has filled; NaN: it stays. */
  readonly stopAfterPx: Micro;
}

const thousandths = (text: string): number => decimal(text).times(THOUSAND).toNumber();

export function ruleNumbers({ targets, stopAfterTarget }: ExitRules): RuleNumbers {
  let sum = 0;
  return {
    distanceR: targets.map(({ distanceR }) => thousandths(distanceR)),
    upTo: targets.map(({ fraction }) => {
      sum += thousandths(fraction);
      return sum;
    }),
    stopMoves: stopAfterTarget === 'entry',
  };
}

export const exitNumbersOf = (terms: ExitTerms): ExitNumbers => ({
  isBuy: terms.side === 'buy',
  targetPx: terms.targets.map(({ px }) => toMicro(px)),
  upTo: terms.targets.map(({ upToFraction }) => thousandths(upToFraction)),
  stopAfterPx: terms.stopAfterPx === undefined ? Number.NaN : toMicro(terms.stopAfterPx),
});

/** A whole number of `unit`-ths on a tick, up or down; the quotient of whole numbers rounds right. */
function onTick({ terms }: MarketNumbers, value: number, unit: number, up: boolean): Micro {
  const tick = tickAt(terms, Math.trunc(value / unit));
  const ticks = value / (unit * tick);
  return (up ? Math.ceil(ticks) : Math.floor(ticks)) * tick;
}

/**
 * As `exitTermsOf`.
 * @returns null when no target is left, undefined when the numbers are too large to be exact
 */
export function exitNumbers(
  numbers: MarketNumbers,
  rules: RuleNumbers,
  isLong: boolean,
  midPx: Micro,
  stopPx: Micro,
): ExitNumbers | null | undefined {
  const distance = Math.abs(midPx - stopPx);
  const targetPx: Micro[] = [];
  const upTo: number[] = [];
  for (const [place, distanceR] of rules.distanceR.entries()) {
    const apart = distance * distanceR;
    const value = midPx * THOUSAND + (isLong ? apart : -apart);
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(apart)) return undefined;
    if (value <= 0) break;
    const px = onTick(numbers, value, THOUSAND, isLong);
    if (px <= 0 || Math.abs(px - midPx) * THOUSAND > midPx * MOST_TARGET_PER_MILLE) break;
    if (targetPx.at(-1) === px) {
      targetPx.pop();
      upTo.pop();
    }
    targetPx.push(px);
    upTo.push(rules.upTo[place] as number);
  }
  if (targetPx.length === 0) return null;
  const stopAfterPx = rules.stopMoves ? onTick(numbers, midPx, 1, !isLong) : Number.NaN;
  return { isBuy: !isLong, targetPx, upTo, stopAfterPx };
}
