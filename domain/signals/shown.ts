/** Numbers inside sentences for people: six significant digits, no trailing zeros. */
export const shown = (value: number): string => String(Number(value.toPrecision(6)));
