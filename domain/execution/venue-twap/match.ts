/**
 * Which of the venue's TWAPs is the one that was asked for, when the reply that named it is lost. The
 * action carries no name of ours: what identifies it is what was asked for, and that it can have been
 * placed only while its envelope was valid. Two of our own are never on their way at the same time on
 * one asset, and those whose id is known are left out, so that more than one match means a foreigner.
 */
import { decimal } from '../../kernel/decimal.ts';
import { minutesOf, type VenueTwapSpec } from '../parents/venue-twap.ts';
import type { VenueTwap } from './twap-facts.ts';

/** The venue stamps it when it executes; clocks and queues get this much on either side. */
const SKEW_MS = 2_000;

export interface Wanted {
  readonly asset: string;
  readonly spec: VenueTwapSpec;
  /** The envelope was drawn up then, by the venue's clock. */
  readonly drawnUpMs: number;
  readonly expiresAfterMs: number;
}

const isWanted =
  ({ asset, spec, drawnUpMs, expiresAfterMs }: Wanted) =>
  (twap: VenueTwap): boolean =>
    twap.asset === asset &&
    twap.side === spec.side &&
    decimal(twap.sizeBase).eq(decimal(spec.sizeBase)) &&
    twap.minutes === minutesOf(spec) &&
    twap.reduceOnly === spec.reduceOnly &&
    twap.randomize === spec.randomize &&
    twap.placedMs >= drawnUpMs - SKEW_MS &&
    twap.placedMs <= expiresAfterMs + SKEW_MS;

export type Match =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly twap: VenueTwap }
  /** Nobody can tell which of them is ours. */
  | { readonly kind: 'several'; readonly twapIds: readonly number[] };

/** @param taken ids that are known to be somebody else's */
export function matchTwap(
  wanted: Wanted,
  shown: readonly VenueTwap[],
  taken: ReadonlySet<number>,
): Match {
  const [first, ...others] = shown
    .filter(isWanted(wanted))
    .filter(({ twapId }) => !taken.has(twapId));
  if (first === undefined) return { kind: 'none' };
  if (others.length === 0) return { kind: 'found', twap: first };
  return { kind: 'several', twapIds: [first, ...others].map(({ twapId }) => twapId) };
}
