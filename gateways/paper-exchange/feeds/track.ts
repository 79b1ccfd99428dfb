/** One market of a tape: when it moves, what happens then, and its bars. Pure, whatever it reads. */
import type { AssetSpec } from '../../../domain/market/asset.ts';
import type { MarketUpdate } from '../../../domain/matching/contract/venue-inputs.ts';
import type { SeenBars } from './feed.ts';

export interface Track {
  readonly asset: AssetSpec;
  /** The first moment of which anything is known, ms. */
  readonly startMs: number;
  /** The moment after which nothing is known, ms. */
  readonly endMs: number;
  /** Moments in [fromMs, toMs) at which the market moves, ms, ascending. */
  times(fromMs: number, toMs: number): Float64Array;
  /** What happens at exactly this moment. */
  updateAt(timeMs: number): MarketUpdate | undefined;
  /** The bars that can be seen at this moment. */
  bars(timeMs: number): SeenBars | undefined;
  /** The hourly funding rate that the recording itself had heard of by then. */
  heardFundingRate?(timeMs: number): string | undefined;
}
