/** What a decision reads of the market: closed bars, the price now, and how old they are. */
import type { MarketSight } from '../../domain/execution/parents/plan.ts';
import type { MarketGlance } from '../../domain/execution/quality/arrival.ts';
import type { MarketSnapshot } from '../../domain/market/snapshot.ts';

export interface BarClosed {
  readonly asset: string;
  /** Open time of the bar that closed, in the market's own time. */
  readonly barOpenTimeMs: number;
}

/** What a decision reads beside the asset's own bars. */
export interface MarketNeeds {
  /** Hours of funding payments before the oldest bar. */
  readonly fundingHours?: number;
  /** Other assets whose closed bars are wanted, up to the same one. */
  readonly others?: readonly string[];
  /** Whether the index of fear and greed is read. */
  readonly sentiment?: boolean;
}

export interface MarketDataPort {
  /**
   * The asset's last `bars` closed bars up to and including `barOpenTimeMs`, with the price now and
   * what was needed beside.
   * @throws when the venue cannot be reached or does not know the asset.
   */
  snapshot(
    asset: string,
    interval: string,
    bars: number,
    barOpenTimeMs?: number,
    needs?: MarketNeeds,
  ): Promise<MarketSnapshot>;
  /** The mid price now. */
  midPx(asset: string): Promise<string>;
  /** Best bid, best ask and mark price now. */
  sight(asset: string): Promise<MarketSight>;
  /** What the streams have told of late, without asking anybody; undefined when they have not. */
  glance(asset: string): MarketGlance | undefined;
  /**
   * Waits until the market looks so, and answers how it looked; undefined when the signal aborts.
   * @throws when the venue cannot be reached for long
   */
  watchSight(
    asset: string,
    until: (sight: MarketSight) => boolean,
    signal: AbortSignal,
  ): Promise<MarketSight | undefined>;
  /** Calls back once per closed bar and asset until the signal aborts; reconnects by itself. */
  watchBars(
    assets: readonly string[],
    interval: string,
    onBarClosed: (bar: BarClosed) => void,
    signal: AbortSignal,
  ): Promise<void>;
}
