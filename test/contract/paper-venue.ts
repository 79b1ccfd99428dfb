/**
 * A paper exchange in this process with a tape that is moved by hand, and the unmodified SDK as its
 * client: what the contract tests share.
 */
import {
  ExchangeClient,
  HttpTransport,
  InfoClient,
  SubscriptionClient,
  WebSocketTransport,
} from '@nktkas/hyperliquid';
import { privateKeyToAccount } from 'viem/accounts';
import { decimal, plain, type Usd } from '../../domain/kernel/decimal.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import { addressOf } from '../../gateways/hyperliquid/wire/signing.ts';
import { createLog } from '../../gateways/paper-exchange/log.ts';
import {
  type PaperExchangeOptions,
  type RunningPaperExchange,
  startPaperExchange,
} from '../../gateways/paper-exchange/start.ts';

export const ALICE_KEY = '0x0123456789012345678901234567890123456789012345678901234567890123';
export const BOB_KEY = '0xe908f86dbb4d55ac876378565aafeabc187f6690f046459397b17d9b9a19688e';
export const STRANGER_KEY = '0x822e9959e022b78423eb653a62ea0020cd283e71a2a8133a6ff2aeffaf373cff';

export interface Trader {
  readonly address: AccountAddress;
  readonly exchange: ExchangeClient;
}

export interface PaperVenue {
  readonly running: RunningPaperExchange;
  readonly info: InfoClient;
  readonly subscriptions: SubscriptionClient;
  readonly alice: Trader;
  readonly bob: Trader;
  /** A trader over HTTP, or over the socket. */
  traderOf(key: `0x${string}`, way?: 'http' | 'socket'): Trader;
  /** Sends any text to a path; returns status, content type and text. */
  post(path: string, text: string): Promise<{ status: number; type: string; text: string }>;
  close(): Promise<void>;
}

/** Starts a venue on which Alice and Bob have 100,000 USD each. */
export async function openPaperVenue(options: PaperExchangeOptions = {}): Promise<PaperVenue> {
  const running = await startPaperExchange({
    speed: 'manual',
    log: createLog('silent'),
    fund: [ALICE_KEY, BOB_KEY].map((key) => ({
      account: addressOf(key),
      usd: '100000' as Usd,
    })),
    ...options,
  });
  const transport = new HttpTransport({ apiUrl: running.url, isTestnet: true });
  const sockets = new WebSocketTransport({ url: running.wsUrl, isTestnet: true });
  const traderOf: PaperVenue['traderOf'] = (key, way = 'http') => ({
    address: addressOf(key),
    exchange: new ExchangeClient({
      transport: way === 'http' ? transport : sockets,
      wallet: privateKeyToAccount(key),
    }),
  });
  return {
    running,
    info: new InfoClient({ transport }),
    subscriptions: new SubscriptionClient({ transport: sockets }),
    alice: traderOf(ALICE_KEY),
    bob: traderOf(BOB_KEY),
    traderOf,
    post: async (path, text) => {
      const answer = await fetch(`${running.url}${path}`, { method: 'POST', body: text });
      const type = answer.headers.get('content-type') ?? '';
      return { status: answer.status, type, text: await answer.text() };
    },
    close: async () => {
      sockets.close();
      await running.close();
    },
  };
}

/** Best bid and ask of a coin. */
export async function bestPrices(venue: PaperVenue, coin: string) {
  const book = await venue.info.l2Book({ coin });
  const [bid, ask] = [book?.levels[0][0], book?.levels[1][0]];
  if (!bid || !ask) throw new Error(`${coin} has no book`);
  return { bid, ask };
}

/** A price moved by a number of ticks of 1 USD, as text. */
export const movedBy = (px: string, usd: number): string => plain(decimal(px).plus(usd));

/** Waits until the condition holds; fails after five seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
