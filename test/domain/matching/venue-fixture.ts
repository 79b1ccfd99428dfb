/** A small venue for tests: two assets, funded accounts, short ways to trade. No assertions. */

import type { VenueAction, WireOrder } from '../../../domain/matching/contract/venue-actions.ts';
import type {
  ExchangeResponse,
  OrderStatusEntry,
} from '../../../domain/matching/contract/venue-answers.ts';
import type { VenueConfig } from '../../../domain/matching/contract/venue-config.ts';
import type { VenueEvent, VenueOutput } from '../../../domain/matching/contract/venue-events.ts';
import type {
  Level,
  MarketUpdate,
  VenueInput,
} from '../../../domain/matching/contract/venue-inputs.ts';
import type { Venue } from '../../../domain/matching/contract/venue-interface.ts';
import { createVenue } from '../../../domain/matching/venue.ts';

export const ALICE = '0x00000000000000000000000000000000000000a1';
export const BOB = '0x00000000000000000000000000000000000000b2';
export const START_MS = 1_750_000_000_000;
export const BTC = 0;
export const ETH = 1;

export const CONFIG: VenueConfig = {
  universe: [
    { name: 'BTC', index: 0, szDecimals: 5, maxLeverage: 40, isDelisted: false, marginTableId: 56 },
    { name: 'ETH', index: 1, szDecimals: 4, maxLeverage: 25, isDelisted: false, marginTableId: 25 },
    {
      name: 'ISO',
      index: 2,
      szDecimals: 0,
      maxLeverage: 5,
      isDelisted: false,
      marginTableId: 5,
      onlyIsolated: true,
    },
    { name: 'GONE', index: 3, szDecimals: 0, maxLeverage: 3, isDelisted: true, marginTableId: 3 },
  ],
  marginTables: {
    56: [
      { lowerBound: '0.0', maxLeverage: 40 },
      { lowerBound: '150000000.0', maxLeverage: 20 },
    ],
  },
  seed: 7,
};

export function bookAt(mid: number, coin = 'BTC', more: Partial<MarketUpdate> = {}): MarketUpdate {
  const side = (sign: number): Level[] =>
    [1, 2, 3].map((i) => ({ px: String(mid + sign * i), sz: '1' }));
  return {
    coin,
    bids: side(-1),
    asks: side(1),
    markPx: String(mid),
    oraclePx: String(mid),
    trades: [],
    ...more,
  };
}

export function order(fields: Partial<WireOrder> & { readonly tif?: string } = {}): WireOrder {
  const { tif, ...rest } = fields;
  return {
    a: BTC,
    b: true,
    p: '99000',
    s: '0.1',
    r: false,
    t: { limit: { tif: (tif ?? 'Gtc') as 'Gtc' } },
    ...rest,
  };
}

export function trigger(
  tpsl: 'tp' | 'sl',
  triggerPx: string,
  fields: Partial<WireOrder> & { readonly isMarket?: boolean } = {},
): WireOrder {
  const { isMarket = true, ...rest } = fields;
  return order({ r: true, t: { trigger: { isMarket, triggerPx, tpsl } }, ...rest });
}

type ActionInput = Extract<VenueInput, { kind: 'action' }>;
export type Envelope = Partial<Pick<ActionInput, 'vaultAddress' | 'owners'>>;

/** A venue with its clock and nonces, driven in short sentences. */
export interface Desk {
  venue: Venue;
  /** `more` is for who signs for whom. */
  act(signer: string, action: VenueAction, more?: Envelope): VenueOutput;
  place(account: string, ...orders: readonly WireOrder[]): readonly OrderStatusEntry[];
  market(...updates: readonly MarketUpdate[]): readonly VenueEvent[];
  group(
    account: string,
    grouping: 'normalTpsl' | 'positionTpsl',
    ...orders: readonly WireOrder[]
  ): readonly OrderStatusEntry[];
  /** Tells the venue the time and nothing else. */
  clock(): readonly VenueEvent[];
  /** Lets the clock run on; what is due happens at the next input. */
  wait(ms: number): void;
}

export function statusesOf(response: ExchangeResponse | undefined): readonly OrderStatusEntry[] {
  if (response?.status !== 'ok' || response.response.type !== 'order') {
    throw new Error(`no order statuses: ${JSON.stringify(response)}`);
  }
  return response.response.data.statuses;
}

export function openDesk(config: VenueConfig = CONFIG): Desk {
  let tick = 0;
  const desk: Desk = {
    venue: createVenue(config),
    act(signer, action, more = {}) {
      tick += 1;
      const atMs = START_MS + tick;
      return desk.venue.apply({
        kind: 'action',
        atMs,
        signer,
        ...more,
        nonce: atMs,
        action,
      });
    },
    place: (account, ...orders) =>
      statusesOf(desk.act(account, { type: 'order', orders, grouping: 'na' }).response),
    group: (account, grouping, ...orders) =>
      statusesOf(desk.act(account, { type: 'order', orders, grouping }).response),
    clock() {
      tick += 1;
      return desk.venue.apply({ kind: 'clock', atMs: START_MS + tick }).events;
    },
    wait(ms) {
      tick += ms;
    },
    market(...updates) {
      tick += 1;
      const atMs = START_MS + tick;
      return desk.venue.apply({ kind: 'market', atMs, marketTimeMs: atMs, updates }).events;
    },
  };
  for (const account of [ALICE, BOB]) {
    desk.venue.apply({ kind: 'deposit', atMs: START_MS, account, usd: '100000' });
  }
  desk.market(bookAt(100_000), bookAt(4000, 'ETH'));
  return desk;
}

export function oidOf(entry: OrderStatusEntry | undefined): number {
  if (typeof entry === 'object' && 'resting' in entry) return entry.resting.oid;
  if (typeof entry === 'object' && 'filled' in entry) return entry.filled.oid;
  throw new Error(`neither resting nor filled: ${JSON.stringify(entry)}`);
}

export function lastStatus(desk: Desk, account: string, oid: number): string | undefined {
  return desk.venue.orderByOid(account, oid)?.status;
}

/** Signed position size as wire text, `0.0` when flat. */
export function sziOf(desk: Desk, account: string, coin = 'BTC'): string {
  const { assetPositions } = desk.venue.accountSummary(account);
  return assetPositions.find(({ position }) => position.coin === coin)?.position.szi ?? '0.0';
}
