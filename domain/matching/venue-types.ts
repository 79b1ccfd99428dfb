/**
 * What goes into the venue and what comes out: the vocabulary of the matching state machine.
 *
 * Inputs and outputs use Hyperliquid's wire keys (a, b, p, s, r, t, c; coin, px, sz, oid, ...).
 * Every number in an output that is text is wire text: a plain decimal that always carries a
 * decimal point (`"100.0"`), ready for the wire. Inputs accept any plain decimal text.
 * Nothing here parses JSON, recovers signers or knows of sockets.
 */
import type { AssetSpec } from '../market/asset.ts';

/** `B` buys, `A` (ask) sells. For a trade it is the side of the aggressor. */
export type Side = 'B' | 'A';
export type Tif = 'Gtc' | 'Ioc' | 'Alo' | 'FrontendMarket';

/** One tier of a margin table: from `lowerBound` USD of notional on, at most this leverage. */
export interface MarginTier {
  readonly lowerBound: string;
  readonly maxLeverage: number;
}

export interface VenueAsset extends AssetSpec {
  /** Tables below 50 are implicit: one tier whose maximum leverage is the id. */
  readonly marginTableId: number;
  readonly onlyIsolated?: boolean;
}

export interface VenueConfig {
  /** Indexed by asset id: `universe[i].index === i`. */
  readonly universe: readonly VenueAsset[];
  /** The tables that are not implicit, by id. */
  readonly marginTables: Readonly<Record<number, readonly MarginTier[]>>;
  /** Fractions of notional; defaults `0.00045` and `0.00015`. */
  readonly takerFeeRate?: string;
  readonly makerFeeRate?: string;
  /** Seeds trade ids and hashes. */
  readonly seed: number;
}

export interface Level {
  readonly px: string;
  readonly sz: string;
  /** Number of orders at the level; 1 when unknown. */
  readonly n?: number;
}

export interface OutsideTrade {
  readonly px: string;
  readonly sz: string;
  readonly side: Side;
}

/** The outside world's book (best first) and what it printed since the last update. */
export interface MarketUpdate {
  readonly coin: string;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly markPx: string;
  readonly oraclePx: string;
  readonly trades: readonly OutsideTrade[];
}

export type WireOrderType =
  | { readonly limit: { readonly tif: Tif } }
  | {
      readonly trigger: {
        readonly isMarket: boolean;
        readonly triggerPx: string;
        readonly tpsl: 'tp' | 'sl';
      };
    };

export interface WireOrder {
  readonly a: number;
  readonly b: boolean;
  readonly p: string;
  readonly s: string;
  readonly r: boolean;
  readonly t: WireOrderType;
  readonly c?: string;
}

export type VenueAction =
  | {
      readonly type: 'order';
      readonly orders: readonly WireOrder[];
      /** Groups (`normalTpsl`, `positionTpsl`) are not modelled; the caller refuses them. */
      readonly grouping: 'na';
    }
  | {
      readonly type: 'cancel';
      readonly cancels: readonly { readonly a: number; readonly o: number }[];
    }
  | {
      readonly type: 'cancelByCloid';
      readonly cancels: readonly { readonly asset: number; readonly cloid: string }[];
    }
  | {
      readonly type: 'updateLeverage';
      readonly asset: number;
      readonly isCross: boolean;
      readonly leverage: number;
    }
  | { readonly type: 'noop' };

export interface FundingRate {
  readonly coin: string;
  /** The hourly rate, a fraction of notional; positive: longs pay. */
  readonly rate: string;
  readonly oraclePx: string;
}

/** `atMs` is the venue's clock (nonces, orders, fills); `marketTimeMs` is the tape's. */
export type VenueInput =
  | {
      readonly kind: 'market';
      readonly atMs: number;
      readonly marketTimeMs: number;
      readonly updates: readonly MarketUpdate[];
    }
  | {
      readonly kind: 'action';
      readonly atMs: number;
      /** The recovered signer: its nonces are used. Lower-case address. */
      readonly signer: string;
      /** The account acted for (the signer's own, or the one it is an agent of). */
      readonly account: string;
      readonly nonce: number;
      readonly expiresAfter?: number;
      readonly action: VenueAction;
    }
  | {
      readonly kind: 'deposit';
      readonly atMs: number;
      readonly account: string;
      readonly usd: string;
    }
  | { readonly kind: 'funding'; readonly atMs: number; readonly rates: readonly FundingRate[] };

export type OrderStatusEntry =
  | { readonly resting: { readonly oid: number; readonly cloid?: string } }
  | {
      readonly filled: {
        readonly totalSz: string;
        readonly avgPx: string;
        readonly oid: number;
        readonly cloid?: string;
      };
    }
  | { readonly error: string };

export type CancelStatusEntry = 'success' | { readonly error: string };

export type ExchangeResponse =
  | {
      readonly status: 'ok';
      readonly response:
        | {
            readonly type: 'order';
            readonly data: { readonly statuses: readonly OrderStatusEntry[] };
          }
        | {
            readonly type: 'cancel';
            readonly data: { readonly statuses: readonly CancelStatusEntry[] };
          }
        | { readonly type: 'default' };
    }
  | { readonly status: 'err'; readonly response: string };

export type OrderStatus =
  | 'open'
  | 'filled'
  | 'canceled'
  | 'triggered'
  | 'marginCanceled'
  | 'selfTradeCanceled'
  | 'reduceOnlyCanceled'
  | 'liquidatedCanceled'
  | 'tickRejected'
  | 'minTradeNtlRejected'
  | 'perpMarginRejected'
  | 'perpMaxPositionRejected'
  | 'reduceOnlyRejected'
  | 'badAloPxRejected'
  | 'iocCancelRejected'
  | 'badTriggerPxRejected'
  | 'marketOrderNoLiquidityRejected'
  | 'tooManyOpenOrdersRejected';

/** Exactly the `frontendOpenOrders` shape. `sz` is what is left, `origSz` what was asked. */
export interface OrderView {
  readonly coin: string;
  readonly side: Side;
  readonly limitPx: string;
  readonly sz: string;
  readonly oid: number;
  readonly timestamp: number;
  readonly triggerCondition: string;
  readonly isTrigger: boolean;
  readonly triggerPx: string;
  readonly children: readonly OrderView[];
  readonly isPositionTpsl: boolean;
  readonly reduceOnly: boolean;
  readonly orderType:
    | 'Limit'
    | 'Market'
    | 'Stop Market'
    | 'Stop Limit'
    | 'Take Profit Market'
    | 'Take Profit Limit';
  readonly origSz: string;
  readonly tif: Tif | 'LiquidationMarket' | null;
  readonly cloid: string | null;
}

/** An order with its status: the row of `historicalOrders` and the inside of `orderStatus`. */
export interface OrderUpdate {
  readonly order: OrderView;
  readonly status: OrderStatus;
  readonly statusTimestamp: number;
}

/** Exactly the `userFills` shape. `closedPnl` excludes the fee. */
export interface Fill {
  readonly coin: string;
  readonly px: string;
  readonly sz: string;
  readonly side: Side;
  readonly time: number;
  readonly startPosition: string;
  readonly dir: string;
  readonly closedPnl: string;
  readonly hash: string;
  readonly oid: number;
  readonly crossed: boolean;
  readonly fee: string;
  readonly tid: number;
  readonly feeToken: 'USDC';
  readonly twapId: null;
  readonly cloid?: string;
  readonly liquidation?: {
    readonly liquidatedUser: string;
    readonly markPx: string;
    readonly method: 'market' | 'backstop';
  };
}

/** Exactly the `userFunding` shape. */
export interface FundingPayment {
  readonly time: number;
  readonly hash: string;
  readonly delta: {
    readonly type: 'funding';
    readonly coin: string;
    /** Signed: negative when the account paid. */
    readonly usdc: string;
    readonly szi: string;
    readonly fundingRate: string;
    readonly nSamples: null;
  };
}

/** Exactly the `recentTrades` shape, plus the tape's time. `users` is [buyer, seller]. */
export interface PublicTrade {
  readonly coin: string;
  readonly side: Side;
  readonly px: string;
  readonly sz: string;
  readonly time: number;
  readonly marketTimeMs: number;
  readonly hash: string;
  readonly tid: number;
  readonly users: readonly [string, string];
}

export type VenueEvent =
  | { readonly kind: 'order'; readonly account: string; readonly update: OrderUpdate }
  | { readonly kind: 'fill'; readonly account: string; readonly fill: Fill }
  | { readonly kind: 'funding'; readonly account: string; readonly payment: FundingPayment }
  | {
      readonly kind: 'deposit';
      readonly account: string;
      readonly usdc: string;
      readonly time: number;
    }
  | {
      readonly kind: 'liquidation';
      /** The liquidated account. */
      readonly account: string;
      readonly time: number;
      readonly lid: number;
      readonly method: 'market' | 'backstop';
      readonly liquidatedNtlPos: string;
      readonly accountValue: string;
    }
  | { readonly kind: 'trade'; readonly trade: PublicTrade };

export interface VenueOutput {
  /** Only for actions. */
  readonly response?: ExchangeResponse;
  /** In the order in which they happened. */
  readonly events: readonly VenueEvent[];
}

export interface MarginSummary {
  readonly accountValue: string;
  readonly totalNtlPos: string;
  readonly totalRawUsd: string;
  readonly totalMarginUsed: string;
}

export interface PositionView {
  readonly coin: string;
  readonly szi: string;
  readonly leverage:
    | { readonly type: 'cross'; readonly value: number }
    | { readonly type: 'isolated'; readonly value: number; readonly rawUsd: string };
  readonly entryPx: string;
  readonly positionValue: string;
  readonly unrealizedPnl: string;
  readonly returnOnEquity: string;
  readonly liquidationPx: string | null;
  readonly marginUsed: string;
  readonly maxLeverage: number;
  readonly cumFunding: {
    readonly allTime: string;
    readonly sinceOpen: string;
    readonly sinceChange: string;
  };
}

/** Exactly `clearinghouseState`. An unknown account reads as an empty one. */
export interface AccountSummary {
  readonly marginSummary: MarginSummary;
  readonly crossMarginSummary: MarginSummary;
  readonly crossMaintenanceMarginUsed: string;
  readonly withdrawable: string;
  readonly assetPositions: readonly { readonly type: 'oneWay'; readonly position: PositionView }[];
  readonly time: number;
}

/** The present market of a coin: the outside book less what was taken, plus our resting orders. */
export interface MarketView {
  readonly coin: string;
  readonly bids: readonly { readonly px: string; readonly sz: string; readonly n: number }[];
  readonly asks: readonly { readonly px: string; readonly sz: string; readonly n: number }[];
  readonly markPx: string;
  readonly oraclePx: string;
  /** Null when one side of the book is empty. */
  readonly midPx: string | null;
  readonly openInterest: string;
  readonly atMs: number;
  readonly marketTimeMs: number;
}

export interface LeverageSetting {
  readonly type: 'cross' | 'isolated';
  readonly value: number;
}

/** The books must balance: every figure in USD, `difference` is exactly `"0.0"` at all times. */
export interface Conservation {
  readonly deposited: string;
  /** Sum over all accounts, the outside world, fees and the liquidator of cash and positions. */
  readonly accountedFor: string;
  readonly difference: string;
  /** Coins whose signed positions do not sum to zero over everybody; always empty. */
  readonly unbalancedCoins: readonly string[];
}

/** Plain JSON; restores exactly. Treat as opaque. */
export interface VenueSnapshot {
  readonly version: 1;
  readonly state: unknown;
}

/** One deterministic venue: the same inputs give the same outputs, bit for bit. */
export interface Venue {
  /** Advances the venue. Inputs must come in the order of their `atMs`. */
  apply(input: VenueInput): VenueOutput;
  snapshot(): VenueSnapshot;

  accountSummary(account: string): AccountSummary;
  openOrders(account: string): readonly OrderView[];
  orderByOid(account: string, oid: number): OrderUpdate | undefined;
  /** The latest order that carried the cloid. */
  orderByCloid(account: string, cloid: string): OrderUpdate | undefined;
  /** Newest 2000, newest first. */
  fills(account: string): readonly Fill[];
  /** Newest 2000 status changes, newest first. */
  historicalOrders(account: string): readonly OrderUpdate[];
  /** Newest 2000 payments, newest first. */
  fundingPayments(account: string): readonly FundingPayment[];
  leverage(account: string, coin: string): LeverageSetting;
  /** Volume traded by the account, USD (for rate limits and fee tiers). */
  cumulativeVolume(account: string): string;
  /** Undefined before the coin's first market update. */
  market(coin: string): MarketView | undefined;
  knownAccounts(): readonly string[];
  conservation(): Conservation;
}
