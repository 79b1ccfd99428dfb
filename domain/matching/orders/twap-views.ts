/**
 * TWAPs as the wire shows them: their state, those that run, the fills of their slices.
 * Computes, never changes.
 */

import type { TwapSliceFill, TwapState } from '../contract/venue-records.ts';
import { wireText } from '../state/fixed-point.ts';
import type { AccountState, Twap, VenueState } from '../state/state.ts';
import type { Terms } from '../state/terms.ts';
import { fillOf } from '../state/trade-rows.ts';

export const twapStateOf = (twap: Twap): TwapState => ({
  coin: twap.coin,
  user: twap.account,
  side: twap.isBuy ? 'B' : 'A',
  sz: wireText(twap.sz),
  executedSz: wireText(twap.executedSz),
  executedNtl: wireText(twap.executedUsd),
  minutes: twap.minutes,
  reduceOnly: twap.reduceOnly,
  randomize: twap.isRandom,
  timestamp: twap.timestamp,
});

/** The account's TWAPs that run or wait for their price, oldest first, by id. */
export const runningTwaps = (state: VenueState, account: string): [number, TwapState][] =>
  [...state.twaps.values()]
    .filter((twap) => twap.account === account)
    .map((twap) => [twap.id, twapStateOf(twap)]);

/** Newest first, as far as the fills are kept. */
export const sliceFills = (terms: Terms, account: AccountState | undefined): TwapSliceFill[] =>
  (account?.fills ?? [])
    .flatMap((row) =>
      row.twapId === null ? [] : [{ fill: fillOf(terms, row), twapId: row.twapId }],
    )
    .reverse();
