/**
 * What may be read of the venue between inputs: accounts, markets, leverage, the proof of balance.
 * Numbers that are text are wire text, as in venue-records.ts.
 */

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

export type BookLevel = MarketView['bids'][number];

/** What of a {@link MarketView} is cheap to read; null for an empty side. */
export interface BestPrices extends Pick<MarketView, 'markPx' | 'midPx'> {
  readonly bid: BookLevel | null;
  readonly ask: BookLevel | null;
}

export interface LeverageSetting {
  readonly type: 'cross' | 'isolated';
  readonly value: number;
}

/** The books must balance: every figure in USD, `difference` is exactly `"0.0"` at all times. */
export interface Conservation {
  readonly deposited: string;
  /** What left for good, without the fee. */
  readonly withdrawn: string;
  /**
   * Sum over all accounts, the outside world, fees and the liquidator of cash and positions, and
   * what was withdrawn.
   */
  readonly accountedFor: string;
  readonly difference: string;
  /** Coins whose signed positions do not sum to zero over everybody; always empty. */
  readonly unbalancedCoins: readonly string[];
}
