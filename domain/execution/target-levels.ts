/**
 * How much each target of a position is still to take, in whole lots. A function of what was held at
 * most and what is held now, and of nothing that happened in between: whatever took a part of the
 * position took it from the nearest target. Sessions and both backtest engines reckon with it.
 */

export interface TargetLevel {
  /** Which of the targets. */
  readonly place: number;
  /** What it is still to take. */
  readonly lots: number;
}

export interface TargetLevels {
  /** Those with something to take, the nearest first. */
  readonly open: readonly TargetLevel[];
  /** The nearest target has taken its part. */
  readonly isFirstTaken: boolean;
}

const THOUSAND = 1_000;

/**
 * Parts are rounded down to lots. What is worth less than the venue's least order is not sent for: a
 * part goes on to the next target, and a rest goes with the target before it.
 * @param fullLots the most that was held
 * @param upTo by target: thousandths of the whole that are gone once it has filled, ascending
 * @param isWorth whether so many lots at a target's price are worth an order
 */
export function targetLevels(
  fullLots: number,
  heldLots: number,
  upTo: readonly number[],
  isWorth: (place: number, lots: number) => boolean,
): TargetLevels {
  const taken = fullLots - heldLots;
  const open: TargetLevel[] = [];
  let before = 0;
  let isFirstTaken = false;
  upTo.forEach((thousandths, place) => {
    const share = Math.floor((fullLots * thousandths) / THOUSAND);
    const end = isWorth(place, fullLots - share) ? share : fullLots;
    if (!isWorth(place, end - before)) return;
    const lots = end - Math.max(before, taken);
    const isOpen = lots > 0 && isWorth(place, lots);
    if (before === 0) isFirstTaken = !isOpen;
    if (isOpen) open.push({ place, lots });
    before = end;
  });
  return { open, isFirstTaken };
}
