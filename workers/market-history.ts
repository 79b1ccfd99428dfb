/** Joining a venue's history under its rate limits: for the worker that archives, and for `data sync`. */
import { join } from 'node:path';
import type { MarketHistoryPort } from '../activities/ports/market-history.ts';
import { wsUrlOf } from '../config/endpoints.ts';
import type { WorkerConfig } from '../config/worker-env.ts';
import { connectVenue } from '../gateways/hyperliquid/connection.ts';
import { createGovernor } from '../gateways/hyperliquid/governor/governor.ts';
import { createRateGate } from '../gateways/hyperliquid/governor/rate-gate.ts';
import { sharedStore } from '../gateways/hyperliquid/governor/shared-store.ts';
import { createMarketHistory } from '../gateways/hyperliquid/history.ts';

/** Source: the venue's documentation, "Rate limits and user limits". */
const VENUE_WEIGHT_PER_MINUTE = 1_200;
/** A page of 5,000 candles takes the venue longer than an order does. */
const HTTP_TIMEOUT_MS = 20_000;

const VENUES: Readonly<Record<string, string>> = {
  'api.hyperliquid.xyz': 'hyperliquid',
  'api.hyperliquid-testnet.xyz': 'hyperliquid-testnet',
};
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** What data of this address is stored under: a tape's must never be taken for the venue's. */
export function venueOfUrl(url: string): string | undefined {
  const { hostname } = new URL(url);
  return VENUES[hostname] ?? (LOOPBACK.includes(hostname) ? 'paper' : undefined);
}

/** Where the requests to an address are counted: together with the orders that go to the same one. */
function rateFolder({ config, endpoints }: WorkerConfig, url: string): string {
  const { host } = new URL(url);
  const isTraded = host === new URL(endpoints.exchangeUrl).host;
  return join(config.dataDir, isTraded ? 'rate' : `rate-${host.replace(/[^A-Za-z0-9.-]/g, '-')}`);
}

/** @param onFault told when the spending cannot be shared, and this process counts for itself */
export function openMarketHistory(
  worker: WorkerConfig,
  url: string,
  venue: string,
  onFault: (message: string) => void,
): MarketHistoryPort {
  const budget = worker.config.exchange.weightPerMinute ?? VENUE_WEIGHT_PER_MINUTE;
  const spending = sharedStore(rateFolder(worker, url), process.pid, onFault);
  const connection = connectVenue(
    { url, wsUrl: wsUrlOf(url), isMainnet: venue === 'hyperliquid' },
    HTTP_TIMEOUT_MS,
    createRateGate(createGovernor(spending, budget)),
  );
  return createMarketHistory(connection, venue);
}
