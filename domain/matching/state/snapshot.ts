/**
 * The state as plain JSON and back: bigints, maps and sets are tagged, everything else is as it is.
 * Only the primary state is written; indexes are rebuilt. A snapshot of another version is refused.
 */

import type { VenueSnapshot } from '../contract/venue-interface.ts';
import type { VenueState } from './state.ts';

const VERSION = 3;

function encode(value: unknown): unknown {
  if (typeof value === 'bigint') return { $int: value.toString() };
  if (value instanceof Map) {
    return { $map: [...value].map(([key, inner]) => [key, encode(inner)]) };
  }
  if (value instanceof Set) return { $set: [...value].map(encode) };
  if (Array.isArray(value)) return value.map(encode);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encode(inner)]));
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== 'object') return value;
  if ('$int' in value) return BigInt(String(value.$int));
  if ('$map' in value && Array.isArray(value.$map)) {
    return new Map(value.$map.map(([key, inner]: [unknown, unknown]) => [key, decode(inner)]));
  }
  if ('$set' in value && Array.isArray(value.$set)) return new Set(value.$set.map(decode));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decode(inner)]));
}

export const writeSnapshot = (state: VenueState): VenueSnapshot => ({
  version: VERSION,
  state: encode(state),
});

/** @throws RangeError for a snapshot that was written by another version. */
export function readSnapshot(snapshot: VenueSnapshot): VenueState {
  if (snapshot.version !== VERSION) {
    throw new RangeError(`snapshot.version ${String(snapshot.version)}: must be ${VERSION}`);
  }
  return decode(snapshot.state) as VenueState;
}
