/**
 * What the venue keeps and shows of orders, fills, payments and trades, in the wire's own shapes.
 * Every number that is text is wire text: a plain decimal that always carries a decimal point
 * (`"100.0"`).
 */
import type { Tif } from './venue-actions.ts';
import type { Side } from './venue-inputs.ts';

export type OrderStatus =
  | 'open'
  | 'filled'
  | 'canceled'
  | 'triggered'
  | 'marginCanceled'
  | 'selfTradeCanceled'
  | 'reduceOnlyCanceled'
  | 'liquidatedCanceled'
  | 'siblingFilledCanceled'
  | 'scheduledCancel'
  | 'rejected'
  | 'positionIncreaseAtOpenInterestCapRejected'
  | 'positionFlipAtOpenInterestCapRejected'
  | 'tooAggressiveAtOpenInterestCapRejected'
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
  /** Part of the fee; there when there is one. */
  readonly builderFee?: string;
  readonly tid: number;
  readonly feeToken: 'USDC';
  readonly twapId: number | null;
  readonly cloid?: string;
  readonly liquidation?: {
    readonly liquidatedUser: string;
    readonly markPx: string;
    readonly method: 'market' | 'backstop';
  };
}

export interface TwapState {
  readonly coin: string;
  readonly user: string;
  readonly side: Side;
  readonly sz: string;
  readonly executedSz: string;
  readonly executedNtl: string;
  readonly minutes: number;
  readonly reduceOnly: boolean;
  readonly randomize: boolean;
  readonly timestamp: number;
}

/** Exactly the `twapHistory` shape. */
export interface TwapHistoryEntry {
  /** In seconds, unlike everywhere else. */
  readonly time: number;
  readonly state: TwapState;
  readonly status:
    | {
        readonly status: 'activated' | 'waitingForTrigger' | 'finished' | 'terminated' | 'stopped';
      }
    | { readonly status: 'error'; readonly description: string };
  readonly twapId: number;
}

/** Exactly the `userTwapSliceFills` shape. */
export interface TwapSliceFill {
  readonly fill: Fill;
  readonly twapId: number;
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
