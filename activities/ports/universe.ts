/** What choosing a universe takes of the world: a venue's markets as they are, and where it is kept. */
import type { AssetFacts } from '../../domain/market/universe/facts.ts';
import type { UniverseRecord } from '../../domain/market/universe/record.ts';

/** A venue's markets at one moment. */
export interface MarketScan {
  /** On the market's clock. */
  readonly atMs: number;
  /** Of those that were looked at. */
  readonly facts: readonly AssetFacts[];
  /** Listed markets that were not looked at: more is traded in the others. */
  readonly passedOver: number;
}

/** Implemented by `gateways/hyperliquid`. */
export interface MarketScanPort {
  /** Whose markets: what its universe is stored under. */
  readonly venue: string;
  /**
   * @param most markets looked at, those of the greatest volume of a day first
   * @param onAsset told after each, since it may take minutes under the venue's rate limits
   * @throws VenueUnreachable, VenueDataCorrupt, RateLimited
   */
  scan(most: number, onAsset: (asset: string) => void): Promise<MarketScan>;
}

/** Implemented by `gateways/candle-store`. */
export interface UniverseStorePort {
  /** Keeps it for good; one of the same moment stays as it was. */
  keep(record: UniverseRecord): Promise<void>;
  /** The newest that was chosen at or before a moment of the market's clock. */
  asOf(venue: string, atMs: number): Promise<UniverseRecord | undefined>;
}
