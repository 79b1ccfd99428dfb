/** A paper exchange in this process, moved by hand, reached through a proxy that can be cut. */
import { privateKeyToAccount } from 'viem/accounts';
import type { Envelope } from '../../../../activities/ports/envelope.ts';
import type { VenuePort } from '../../../../activities/ports/venue.ts';
import type { OrderIntent } from '../../../../domain/execution/intent.ts';
import { type Px, sizeBase, type Usd } from '../../../../domain/kernel/decimal.ts';
import { accountAddress, type Cloid, intentId, sha256Hex } from '../../../../domain/kernel/ids.ts';
import { INTERVALS_MS } from '../../../../domain/market/interval.ts';
import type { VenueConnection } from '../../../../gateways/hyperliquid/connection.ts';
import { connectVenue } from '../../../../gateways/hyperliquid/connection.ts';
import { createVenue } from '../../../../gateways/hyperliquid/venue.ts';
import { createLog } from '../../../../gateways/paper-exchange/log.ts';
import type { RunningPaperExchange } from '../../../../gateways/paper-exchange/start.ts';
import { startPaperExchange } from '../../../../gateways/paper-exchange/start.ts';
import type { CuttableProxy } from './cuttable-proxy.ts';
import { openProxy } from './cuttable-proxy.ts';

const KEY = '0x0123456789012345678901234567890123456789012345678901234567890123';
const signer = privateKeyToAccount(KEY);
export const TRADER = accountAddress(signer.address);

/** Steps in which each bar of one minute forms. */
const STEPS = 6;

export interface PaperDesk {
  readonly running: RunningPaperExchange;
  readonly proxy: CuttableProxy;
  readonly connection: VenueConnection;
  readonly venue: VenuePort;
  /** Frames that were dropped because of their shape. */
  readonly corrupt: string[];
  /** Open time of the bar under way. */
  openBarMs(): number;
  /** Moves the tape to the first step of the next bar, `bars` times. */
  advanceBars(bars: number): void;
  /** Draws up and sends an order. */
  place(key: string, changes?: Partial<OrderIntent>): Promise<Cloid>;
  close(): Promise<void>;
}

export const cloidFor = (key: string): Cloid => `0x${sha256Hex(key).slice(0, 32)}` as Cloid;

/** A market order to buy 0.01 BTC unless changed. */
const intentFor = (key: string, changes: Partial<OrderIntent>): OrderIntent => ({
  network: 'paper',
  account: TRADER,
  intentId: intentId(key),
  strategy: 'manual',
  leg: 'main',
  asset: 'BTC',
  side: 'buy',
  type: 'MARKET',
  sizeBase: sizeBase('0.01'),
  reduceOnly: false,
  ...changes,
});

/** @param stateDir where the exchange outlives its own end; it keeps nothing without one */
export async function openPaperDesk(stateDir?: string): Promise<PaperDesk> {
  const running = await startPaperExchange({
    speed: 'manual',
    steps: STEPS,
    log: createLog('silent'),
    fund: [{ account: TRADER, usd: '100000' as Usd }],
    ...(stateDir === undefined ? {} : { stateDir }),
  });
  const proxy = await openProxy(Number(new URL(running.url).port));
  const host = `127.0.0.1:${proxy.port}`;
  const connection = connectVenue({
    url: `http://${host}`,
    wsUrl: `ws://${host}/ws`,
    isMainnet: false,
  });
  const corrupt: string[] = [];
  const venue = createVenue(connection, signer, (channel) => corrupt.push(channel));
  let nonce = 0;
  const { exchange } = running;
  return {
    running,
    proxy,
    connection,
    venue,
    corrupt,
    openBarMs: () => {
      const nowMs = exchange.feed.timeMs(exchange.step);
      return nowMs - (nowMs % INTERVALS_MS['1m']);
    },
    advanceBars: (bars) => {
      const left = STEPS - ((exchange.step - 1) % STEPS);
      running.advance(left + (bars - 1) * STEPS);
    },
    place: async (key, changes = {}) => {
      const intent = intentFor(key, changes);
      const asset = (await venue.assets()).get(intent.asset);
      const mid = exchange.venue.market(intent.asset)?.midPx;
      if (asset === undefined || !mid) throw new Error(`no market of ${intent.asset}`);
      const nowMs = await venue.exchangeTimeMs();
      nonce = Math.max(nonce + 1, nowMs);
      const cloid = cloidFor(key);
      const envelope: Envelope = {
        cloid,
        account: TRADER,
        intentId: intent.intentId,
        network: 'paper',
        epoch: 0,
        workflowId: `order:${key}`,
        signer: TRADER,
        nonce,
        expiresAfterMs: nowMs + 8_000,
        action: venue.orderAction(intent, asset, cloid, mid as Px),
        sends: 1,
      };
      const outcome = await venue.send(envelope);
      if (outcome.kind !== 'accepted') throw new Error(`${outcome.kind}: ${outcome.reason}`);
      return cloid;
    },
    close: async () => {
      await proxy.close();
      await running.close();
    },
  };
}

/** Polls until the condition holds; fails after ten seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
