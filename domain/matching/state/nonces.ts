/**
 * The replay guard: per signer the 100 highest nonces are kept; a new one must be unused, larger
 * than the smallest kept once 100 are kept, and within (T - 2 days, T + 1 day).
 * Source: the venue's documentation, "Nonces and API wallets". It never looks at the action.
 */

const KEPT_NONCES = 100;
const DAY_MS = 86_400_000;
const OLDEST_AGE_MS = 2 * DAY_MS;
const FURTHEST_AHEAD_MS = DAY_MS;

/** Per signer, ascending. */
export type NonceTable = Map<string, number[]>;

/** Index of the first entry that is not less than the value. */
function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Uses up a nonce. Returns the venue's refusal text, or undefined when the nonce was accepted.
 * The text for a nonce too far ahead is not documented and formed like its sibling.
 */
export function useNonce(
  table: NonceTable,
  signer: string,
  nonce: number,
  atMs: number,
): string | undefined {
  let kept = table.get(signer);
  if (!kept) {
    kept = [];
    table.set(signer, kept);
  }
  const place = lowerBound(kept, nonce);
  if (kept[place] === nonce) return `Invalid nonce: duplicate nonce ${nonce}`;
  const smallestKept = kept.length >= KEPT_NONCES ? (kept[0] ?? 0) : 0;
  const floor = Math.max(atMs - OLDEST_AGE_MS, smallestKept);
  if (nonce <= floor) return `Invalid nonce: nonce too low ${nonce} < ${floor}`;
  const ceiling = atMs + FURTHEST_AHEAD_MS;
  if (nonce >= ceiling) return `Invalid nonce: nonce too high ${nonce} > ${ceiling}`;
  if (place === kept.length) kept.push(nonce);
  else kept.splice(place, 0, nonce);
  if (kept.length > KEPT_NONCES) kept.shift();
  return undefined;
}
