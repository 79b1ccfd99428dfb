/** The venue's port in memory: shows what it was told to show and remembers what was sent to it. */
import type { Envelope } from '../../../activities/ports/envelope.ts';
import type {
  AccountStreamHandlers,
  CancelOutcome,
  FundingPayment,
  SendOutcome,
  VenueAccount,
  VenueFill,
  VenueOrder,
  VenueOrderStatus,
  VenuePort,
  VenuePosition,
} from '../../../activities/ports/venue.ts';
import { orderTerms } from '../../../domain/execution/order-terms.ts';
import { px, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import type { Cloid } from '../../../domain/kernel/ids.ts';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { BTC } from '../../domain/market/samples.ts';

export const NOW_MS = 1_760_000_000_000;
export const ETH: AssetSpec = { ...BTC, name: 'ETH', index: 1, szDecimals: 4, maxLeverage: 25 };

export interface FakeVenue extends VenuePort {
  nowMs: number;
  equityUsd: string;
  positions: VenuePosition[];
  orders: VenueOrder[];
  fills: VenueFill[];
  payments: FundingPayment[];
  readonly statuses: Map<Cloid, VenueOrderStatus>;
  /** What the next sends come to; `unknown` when nothing is left. */
  readonly outcomes: SendOutcome[];
  cancelOutcome: CancelOutcome;
  readonly sent: Envelope[];
  readonly cancels: Cloid[];
  readonly leverages: string[];
  leverageRefusal: string | undefined;
  readonly fillsAskedSince: number[];
  /** The stream that is open now, and the signal that ends it. */
  stream: { readonly handlers: AccountStreamHandlers; readonly signal: AbortSignal } | undefined;
}

const wait = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

export function fakeVenue(): FakeVenue {
  const venue: FakeVenue = {
    nowMs: NOW_MS,
    equityUsd: '10000',
    positions: [],
    orders: [],
    fills: [],
    payments: [],
    statuses: new Map(),
    outcomes: [],
    cancelOutcome: { kind: 'cancelled' },
    sent: [],
    cancels: [],
    leverages: [],
    leverageRefusal: undefined,
    fillsAskedSince: [],
    stream: undefined,
    assets: async () => new Map([BTC, ETH].map((asset) => [asset.name, asset])),
    exchangeTimeMs: async () => venue.nowMs,
    orderAction: (intent, asset, cloid, referencePx) => ({
      type: 'order',
      orders: [{ ...orderTerms(intent, asset, referencePx), c: cloid }],
    }),
    send: async (envelope) => {
      venue.sent.push(envelope);
      return venue.outcomes.shift() ?? { kind: 'unknown', reason: 'no answer was planned' };
    },
    burnNonce: async (envelope) => (envelope.sends > 0 ? 'unknown' : 'burnt'),
    setLeverage: async (asset, terms) => {
      venue.leverages.push(`${asset.name} ${terms.value}${terms.isCross ? '' : ' isolated'}`);
      return venue.leverageRefusal;
    },
    cancel: async (_asset, cloid) => {
      venue.cancels.push(cloid);
      return venue.cancelOutcome;
    },
    orderStatus: async (_account, cloid) => venue.statuses.get(cloid),
    openOrders: async () => venue.orders,
    fillsSince: async (_account, sinceMs) => {
      venue.fillsAskedSince.push(sinceMs);
      return venue.fills.filter((fill) => fill.timeMs >= sinceMs);
    },
    fundingSince: async (_account, sinceMs) =>
      venue.payments.filter((payment) => payment.timeMs >= sinceMs),
    account: async (): Promise<VenueAccount> => ({
      equityUsd: usd(venue.equityUsd),
      notionalUsd: usd('0'),
      marginUsedUsd: usd('0'),
      withdrawableUsd: usd(venue.equityUsd),
      positions: venue.positions,
      asOfMs: venue.nowMs,
    }),
    streamAccount: async (_account, handlers, signal) => {
      venue.stream = { handlers, signal };
      handlers.onConnected();
      await wait(signal);
      venue.stream = undefined;
    },
  };
  return venue;
}

/** A position valued at 100 USD a unit. */
export const positionOf = (asset: string, size: string, markPx = '100'): VenuePosition => ({
  asset,
  sizeBase: sizeBase(size),
  entryPx: px('100'),
  valueUsd: usd(String(Math.abs(Number(size)) * Number(markPx))),
  unrealizedPnlUsd: usd('0'),
  marginUsedUsd: usd('0'),
  leverage: 3,
});

export const venueOrder = (changes: Partial<VenueOrder> = {}): VenueOrder => ({
  oid: 77,
  asset: 'BTC',
  side: 'buy',
  limitPx: px('100'),
  isTrigger: false,
  reduceOnly: false,
  remainingBase: sizeBase('1'),
  originalBase: sizeBase('1'),
  placedMs: NOW_MS,
  ...changes,
});

/** A reduce-only stop that sells. */
export const venueStop = (size: string, triggerPx: string): VenueOrder =>
  venueOrder({
    side: 'sell',
    isTrigger: true,
    reduceOnly: true,
    triggerPx: px(triggerPx),
    remainingBase: sizeBase(size),
  });

export const venueFill = (tid: number, changes: Partial<VenueFill> = {}): VenueFill => ({
  tid,
  oid: 77,
  timeMs: NOW_MS + tid,
  px: px('100'),
  sizeBase: sizeBase('1'),
  feeUsd: usd('0.05'),
  closedPnlUsd: usd('0'),
  crossed: true,
  asset: 'BTC',
  side: 'buy',
  direction: 'Open Long',
  startPositionBase: sizeBase('0'),
  feeToken: 'USDC',
  hash: '0x00',
  ...changes,
});
