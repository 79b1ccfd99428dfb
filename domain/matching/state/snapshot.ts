/**
 * The state as plain JSON and back: bigints, maps and sets are tagged, everything else is as it is.
 * Only the primary state is written; indexes are rebuilt. A snapshot of version 3 is brought up to date,
 * one of any other is refused.
 */

import type { VenueSnapshot } from '../contract/venue-interface.ts';
import type { VenueState } from './state.ts';

const VERSION = 4;
/** Before the market's clock was part of the state. */
const WITHOUT_MARKET_TIME = 3;
const DAY_MS = 86_400_000;

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

/**
 * Takes the market's clock from the newest market. Volumes were counted by days of the venue's clock:
 * those of days that the market has not come to (a tape is behind the wall) count for nobody any more.
 */
function withMarketTime(state: VenueState): VenueState {
  const marketTimeMs = Math.max(0, ...[...state.markets.values()].map((each) => each.marketTimeMs));
  const today = Math.floor(marketTimeMs / DAY_MS);
  const lists = [state, ...[...state.accounts.values()].map(({ standing }) => standing)];
  for (const { days } of lists) {
    days.splice(0, days.length, ...days.filter(({ day }) => day <= today));
  }
  return { ...state, marketTimeMs };
}

/** @throws RangeError for a snapshot that was written by a version which is not read. */
export function readSnapshot(snapshot: VenueSnapshot): VenueState {
  const { version } = snapshot;
  if (version !== VERSION && version !== WITHOUT_MARKET_TIME) {
    const rule = `must be ${WITHOUT_MARKET_TIME} or ${VERSION}`;
    throw new RangeError(`snapshot.version ${String(version)}: ${rule}`);
  }
  const state = decode(snapshot.state) as VenueState;
  return version === VERSION ? state : withMarketTime(state);
}
