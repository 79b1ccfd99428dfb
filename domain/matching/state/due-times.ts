/**
 * When the venue must next act of its own accord: the earliest of the scheduled cancels and of the
 * slices of TWAPs. It knows times alone, not what happens then.
 */
import { createRng, seedOf } from '../../kernel/rng.ts';
import { NEVER_MS, type Twap, type VenueState } from './state.ts';

const MINUTE_MS = 60_000;

/** Until then nothing happens of its own accord; the present when liquidation is to look again. */
export function nextDueMs({ nextDueMs: dueMs, suspects, atMs }: VenueState): number | undefined {
  if (suspects.size > 0) return atMs;
  return dueMs === NEVER_MS ? undefined : dueMs;
}

/** Remembers that something is due at this time. */
export function noteDue(state: VenueState, atMs: number): void {
  if (atMs < state.nextDueMs) state.nextDueMs = atMs;
}

/**
 * When the next slice is sent: the slices are spread evenly from the start to the end, or, when
 * random, each comes at a seeded moment between its own time and that of the next.
 */
export function nextSliceMs(twap: Twap, seed: number): number {
  if (twap.startedMs === null) return NEVER_MS;
  const intervalMs = (twap.minutes * MINUTE_MS) / (twap.slices - 1);
  const isInner = twap.sent > 0 && twap.sent < twap.slices - 1;
  const late =
    twap.isRandom && isInner ? createRng(seedOf(seed, 'twap', twap.id, twap.sent)).next() : 0;
  return twap.startedMs + Math.floor((twap.sent + late) * intervalMs);
}

export type Due =
  | { readonly kind: 'cancel'; readonly atMs: number; readonly account: string }
  | { readonly kind: 'slice'; readonly atMs: number; readonly twap: Twap };

/** The earliest thing that is due; cancels before slices, those set first before others. */
export function earliestDue(state: VenueState, seed: number): Due | undefined {
  let earliest: Due | undefined;
  for (const [account, atMs] of state.scheduledCancels) {
    if (!earliest || atMs < earliest.atMs) earliest = { kind: 'cancel', atMs, account };
  }
  for (const twap of state.twaps.values()) {
    const atMs = nextSliceMs(twap, seed);
    if (atMs < (earliest?.atMs ?? NEVER_MS)) earliest = { kind: 'slice', atMs, twap };
  }
  return earliest;
}
