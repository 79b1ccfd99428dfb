/**
 * The one account of a backtest on its own venue: the matching engine that the paper exchange runs,
 * called directly. Orders are priced as live ones are; an answer is known at once.
 */

import type { ExitOrder } from '../../execution/exits.ts';
import type { PricedIntent } from '../../execution/order-terms.ts';
import { orderTerms } from '../../execution/order-terms.ts';
import type { Holding } from '../../execution/protection.ts';
import type { Px, Usd } from '../../kernel/decimal.ts';
import { decimal, plain, px, sizeBase, usd } from '../../kernel/decimal.ts';
import type { VenueAsset, VenueConfig } from '../../matching/contract/venue-config.ts';
import type { VenueEvent } from '../../matching/contract/venue-events.ts';
import type { FundingRate, MarketUpdate } from '../../matching/contract/venue-inputs.ts';
import type { Venue } from '../../matching/contract/venue-interface.ts';
import type { AccountSummary } from '../../matching/contract/venue-views.ts';
import { gridOf } from '../../matching/market/candle-market.ts';
import type { Micro } from '../../matching/state/fixed-point.ts';
import { createVenue } from '../../matching/venue.ts';
import type { PortfolioView } from '../../risk/portfolio.ts';

const ACCOUNT = '0x00000000000000000000000000000000000000b7';

export interface DeskOptions {
  readonly assets: readonly VenueAsset[];
  readonly equityUsd: Usd;
  readonly seed: number;
  readonly startMs: number;
  readonly marginTables: VenueConfig['marginTables'];
  readonly takerFeeRate?: string;
  readonly makerFeeRate?: string;
}

/** What the venue said of an order. */
export type Placed =
  | { readonly kind: 'filled' | 'resting' }
  | { readonly kind: 'refused'; readonly words: string };

export class VenueDesk {
  readonly venue: Venue;
  readonly #assets: ReadonlyMap<string, VenueAsset>;
  readonly #hear: (event: VenueEvent) => void;
  #nonce: number;
  #orders = 0;
  /** Orders that take profit, by the venue's ids. */
  readonly #targets = new Set<number>();

  constructor(options: DeskOptions, hear: (event: VenueEvent) => void) {
    const { assets, equityUsd, seed, startMs, marginTables, takerFeeRate, makerFeeRate } = options;
    this.#hear = hear;
    this.#nonce = startMs;
    // The venue indexes its universe from 0 on, whatever ids the assets have elsewhere.
    const universe = assets.map((asset, index) => ({ ...asset, index }));
    this.#assets = new Map(universe.map((asset) => [asset.name, asset]));
    this.venue = createVenue({
      universe,
      marginTables,
      seed,
      ...(takerFeeRate === undefined ? {} : { takerFeeRate }),
      ...(makerFeeRate === undefined ? {} : { makerFeeRate }),
    });
    this.venue.apply({ kind: 'deposit', atMs: startMs, account: ACCOUNT, usd: equityUsd });
  }

  #apply(input: Parameters<Venue['apply']>[0]): ReturnType<Venue['apply']> {
    const output = this.venue.apply(input);
    for (const event of output.events) {
      if ('account' in event && event.account !== ACCOUNT) continue;
      this.#hear(event);
    }
    return output;
  }

  assetOf(name: string): VenueAsset {
    const asset = this.#assets.get(name);
    if (asset === undefined) throw new RangeError(`asset ${name}: is not traded in this backtest`);
    return asset;
  }

  /** Step of the asset's prices in millionths. */
  pxStepOf(name: string): Micro {
    return gridOf(this.assetOf(name)).pxStep;
  }

  /** Moves the markets together: nothing is judged before the last of them has moved. */
  moveMarkets(atMs: number, updates: readonly MarketUpdate[]): void {
    this.#apply({ kind: 'market', atMs, marketTimeMs: atMs, updates });
  }

  payFunding(atMs: number, rates: readonly FundingRate[]): void {
    this.#apply({ kind: 'funding', atMs, rates });
  }

  /** Sends one order and reads its answer. */
  place(asset: string, intent: PricedIntent, referencePx: Px, atMs: number): Placed {
    this.#nonce = Math.max(this.#nonce + 1, atMs);
    this.#orders += 1;
    const cloid = `0x${this.#orders.toString(16).padStart(32, '0')}`;
    const order = { ...orderTerms(intent, this.assetOf(asset), referencePx), c: cloid };
    const { response } = this.#apply({
      kind: 'action',
      atMs,
      signer: ACCOUNT,
      nonce: this.#nonce,
      action: { type: 'order', orders: [order], grouping: 'na' },
    });
    if (response?.status !== 'ok') {
      return { kind: 'refused', words: response?.response ?? 'no answer' };
    }
    const data =
      response.response.type === 'order' ? response.response.data.statuses[0] : undefined;
    if (typeof data === 'object' && 'error' in data) return { kind: 'refused', words: data.error };
    if (intent.type === 'TAKE_PROFIT' && typeof data === 'object' && 'resting' in data) {
      this.#targets.add(data.resting.oid);
    }
    const filled = typeof data === 'object' && 'filled' in data;
    return { kind: filled ? 'filled' : 'resting' };
  }

  cancel(oids: readonly number[], asset: string, atMs: number): void {
    this.#nonce = Math.max(this.#nonce + 1, atMs);
    const a = this.assetOf(asset).index;
    const action = { type: 'cancel', cancels: oids.map((o) => ({ a, o })) } as const;
    this.#apply({ kind: 'action', atMs, signer: ACCOUNT, nonce: this.#nonce, action });
  }

  summary(): AccountSummary {
    return this.venue.accountSummary(ACCOUNT);
  }

  holding(asset: string): Holding | undefined {
    const held = this.summary().assetPositions.find(({ position }) => position.coin === asset);
    if (held === undefined) return undefined;
    const { szi, entryPx } = held.position;
    const markPx = px(this.venue.bestPrices(asset)?.markPx ?? entryPx);
    return { sizeBase: sizeBase(szi), entryPx: px(entryPx), markPx };
  }

  /** Whether an order with this id of the venue takes profit. */
  isTarget(oid: number): boolean {
    return this.#targets.has(oid);
  }

  /** Open stops and targets of the asset, oldest first; their names are the venue's order ids. */
  exits(asset: string): readonly ExitOrder[] {
    return this.venue
      .openOrders(ACCOUNT)
      .filter((order) => order.coin === asset && order.isTrigger)
      .sort((one, other) => one.oid - other.oid)
      .map((order) => ({
        intentId: String(order.oid),
        side: order.side === 'B' ? 'buy' : 'sell',
        sizeBase: sizeBase(order.sz),
        resting: true,
        ...(this.isTarget(order.oid) ? { targetPx: px(order.triggerPx) } : {}),
      }));
  }

  /** Where the asset's stops trigger, or its targets. */
  triggerPrices(asset: string, ofTargets: boolean): readonly number[] {
    return this.venue
      .openOrders(ACCOUNT)
      .filter(
        ({ coin, isTrigger, oid }) =>
          coin === asset && isTrigger && this.isTarget(oid) === ofTargets,
      )
      .map((order) => Number(order.triggerPx));
  }

  /** Whether a stop covers a position of this signed size. */
  isCovered(asset: string, sizeBase: number): boolean {
    return this.venue
      .openOrders(ACCOUNT)
      .some(
        ({ coin, isTrigger, oid, side, sz }) =>
          coin === asset &&
          isTrigger &&
          !this.isTarget(oid) &&
          (side === 'B') === sizeBase < 0 &&
          Number(sz) >= Math.abs(sizeBase),
      );
  }

  /** The account as risk reads it; protective stops are reduce-only and count for nothing. */
  portfolio(dayStartEquityUsd: Usd, asOfMs: number): PortfolioView {
    const { marginSummary, assetPositions } = this.summary();
    return {
      equityUsd: usd(marginSummary.accountValue),
      dayStartEquityUsd,
      positions: assetPositions.map(({ position: { coin, szi, entryPx } }) => ({
        asset: coin,
        sizeBase: sizeBase(szi),
        entryPx: px(entryPx),
        markPx: px(this.venue.bestPrices(coin)?.markPx ?? entryPx),
      })),
      openOrders: [],
      haltReason: null,
      asOfMs,
    };
  }

  /** Mid and mark price; undefined before the first update or with an empty side. */
  prices(asset: string): { readonly midPx: string; readonly markPx: string } | undefined {
    const best = this.venue.bestPrices(asset);
    if (best === undefined || best.midPx === null) return undefined;
    return { midPx: plain(decimal(best.midPx)), markPx: plain(decimal(best.markPx)) };
  }
}
