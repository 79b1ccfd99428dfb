/**
 * Reads of the venue that do not find an order. One proves nothing, since the venue's read side may
 * lag; several in a row that span some seconds do, once nothing can bring the order about any more.
 */

/** Reads that it takes, and the time that they must span, on the venue's clock. */
const READS = 3;
const SPAN_MS = 10_000;
/** How far apart they are made: closer ones would prove nothing sooner. */
export const READ_EVERY_MS = 5_000;

export interface Absence {
  reads: number;
  firstMs: number;
}

export const newAbsence = (): Absence => ({ reads: 0, firstMs: 0 });

/**
 * Counts one more read; one that found the order ends the row.
 * @param atMs of the read, on the venue's clock
 * @returns the proof in words, once there is one
 */
export function countAbsence(
  absence: Absence,
  isAbsent: boolean,
  atMs: number,
): string | undefined {
  if (!isAbsent) {
    absence.reads = 0;
    return undefined;
  }
  if (absence.reads === 0) absence.firstMs = atMs;
  // The venue's clock was set back: what was read before counts, the time that it spans begins anew.
  absence.firstMs = Math.min(absence.firstMs, atMs);
  absence.reads += 1;
  const spanMs = atMs - absence.firstMs;
  if (absence.reads < READS || spanMs < SPAN_MS) return undefined;
  return `absent in ${absence.reads} reads over ${spanMs} ms`;
}
