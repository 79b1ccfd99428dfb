/** Where an indicator's own input begins: outputs of other indicators open with a NaN warm-up. */

/** The first index that holds a number; the length when none does. */
export function firstValue(values: ArrayLike<number>): number {
  let index = 0;
  while (index < values.length && Number.isNaN(values[index])) index += 1;
  return index;
}
