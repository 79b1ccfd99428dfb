/**
 * What measuring execution needs of the world: a place for prices that stand for a moment, and the
 * venue's memory of prices. Writes are idempotent; the price that was stored first stands.
 */
import type {
  CandleEnds,
  FillKey,
  HorizonMs,
  Markout,
  PriceMark,
} from '../../domain/execution/quality/markout.ts';
import type { AccountAddress, IntentId } from '../../domain/kernel/ids.ts';

/** A fill with the horizons whose price is stored. */
export interface MarkedFillKey {
  readonly fill: FillKey;
  readonly known: readonly HorizonMs[];
}

/** An order that ended with something unfilled, and whose price then is not stored. */
export interface UnmarkedEnd {
  readonly intentId: IntentId;
  readonly asset: string;
  readonly endedMs: number;
}

export interface FillMarkout {
  readonly fill: FillKey;
  readonly markout: Markout;
}

export interface QualityPort {
  /** Fills since the moment of which a price is missing, oldest first. */
  unmarkedFills(
    account: AccountAddress,
    sinceMs: number,
    limit: number,
  ): Promise<readonly MarkedFillKey[]>;
  recordMarkouts(account: AccountAddress, markouts: readonly FillMarkout[]): Promise<void>;
  /** Oldest first. */
  unmarkedEnds(
    account: AccountAddress,
    sinceMs: number,
    limit: number,
  ): Promise<readonly UnmarkedEnd[]>;
  recordEnd(account: AccountAddress, intentId: IntentId, mark: PriceMark): Promise<void>;
}

export interface PriceHistoryPort {
  /**
   * The venue's one-minute candles that touch the span, oldest first; empty where it has none, or
   * where its candles are not on its own clock (a tape that is played on paper).
   */
  minuteCandles(asset: string, fromMs: number, toMs: number): Promise<readonly CandleEnds[]>;
}
