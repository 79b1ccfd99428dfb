/**
 * What the archive's activities need, joined when they are first called: a worker that archives
 * nothing opens neither DuckDB nor a second connection.
 */
import { join, resolve } from 'node:path';
import type { ArchivePorts } from '../activities/archive-series.ts';
import type { MarketHistoryPort } from '../activities/ports/market-history.ts';
import type { SentimentHistory } from '../activities/ports/sentiment.ts';
import type { UniversePorts } from '../activities/universe.activities.ts';
import type { Config } from '../config/schema.ts';
import type { WorkerConfig } from '../config/worker-env.ts';
import { FEAR_AND_GREED } from '../gateways/candle-store/fear-and-greed.ts';
import type { CandleStore } from '../gateways/candle-store/store.ts';
import { createUniverseFiles } from '../gateways/candle-store/universe-files.ts';
import type { VenueConnection } from '../gateways/hyperliquid/connection.ts';
import { createMarketScan } from '../gateways/hyperliquid/market-scan.ts';
import { createFearGreed } from '../gateways/sentiment/fear-greed.ts';
import { openMarketHistory, venueOfUrl } from './market-history.ts';

/** Where market data lies, by the settings. */
export const marketDir = ({ market, dataDir }: Config): string =>
  resolve(market.dir ?? join(dataDir, 'market'));

/** @param onFault told when the spending of requests cannot be shared with other processes */
export function archivePorts(
  worker: WorkerConfig,
  onFault: (message: string) => void,
): ArchivePorts & { readonly readings: SentimentHistory; close(): Promise<void> } {
  const { market } = worker.config;
  // An address that nobody knows is stored under its own name: it could be anybody's data.
  const venue = venueOfUrl(market.hyperliquidUrl) ?? 'other-hyperliquid';
  let opened: Promise<CandleStore> | undefined;
  const store = (): Promise<CandleStore> => {
    opened ??= import('../gateways/candle-store/store.ts').then(
      (module) => new module.CandleStore(marketDir(worker.config)),
    );
    return opened;
  };
  let reader: SentimentHistory | undefined;
  let asked: MarketHistoryPort | undefined;
  const history = (): MarketHistoryPort => {
    asked ??= openMarketHistory(worker, market.hyperliquidUrl, venue, onFault);
    return asked;
  };
  return {
    history: {
      venue,
      address: market.hyperliquidUrl,
      get barsServed() {
        return history().barsServed;
      },
      candles: (...asking) => history().candles(...asking),
      funding: (...asking) => history().funding(...asking),
    },
    store: {
      resumeFromMs: async (...asking) => (await store()).resumeFromMs(...asking),
      append: async (fetched) => (await store()).append(fetched),
    },
    sentiment: createFearGreed(
      market.fearGreedUrl,
      join(marketDir(worker.config), 'fear-greed.json'),
    ),
    sentimentKey: FEAR_AND_GREED,
    readings: async (...asking) => {
      const { createSentimentFeed } = await import('../gateways/candle-store/sentiment-feed.ts');
      reader ??= createSentimentFeed(store);
      return reader(...asking);
    },
    close: async () => (await opened)?.close(),
  };
}

/** The venue that is traded on is the one whose universe is chosen, and is named like its data. */
export const universePorts = (
  { config, endpoints }: WorkerConfig,
  connection: VenueConnection,
): UniversePorts => ({
  scan: createMarketScan(connection, venueOfUrl(endpoints.exchangeUrl) ?? 'other-hyperliquid'),
  universes: createUniverseFiles(marketDir(config)),
});
