/** Durations as users write them: `90s`, `5m`, `2h`, `1500ms`. */
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
/** The longest time that a timer can wait. */
const MOST_MS = 2 ** 31 - 1;

/** Milliseconds of a duration, or undefined when the text is none or out of range. */
export function durationMs(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const value = Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? Number.NaN);
  return value > 0 && value <= MOST_MS ? Math.round(value) : undefined;
}
