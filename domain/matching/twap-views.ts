/**
 * TWAPs as the wire shows them: their state, those that run, the fills of their slices.
 * Computes, never changes.
 */
import { wireText } from './fixed-point.ts';
import type { AccountState, Twap, VenueState } from './state.ts';
import type { Terms } from './terms.ts';
import { fillOf } from './trade-rows.ts';
import type { TwapSliceFill, TwapState } from './venue-records.ts';

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
