/** What a backtest is given and what comes of it. */
import type { Usd } from '../../kernel/decimal.ts';
import type { VenueConfig } from '../../matching/contract/venue-config.ts';
import type { VenueEvent } from '../../matching/contract/venue-events.ts';
import type { RiskLimits } from '../../risk/limits.ts';
import type { SizingPolicy } from '../../sizing/sizing-genes.ts';
import type { BacktestMarket } from './backtest-market.ts';
import type { AssetSignals } from './signal-source.ts';
import type { Trade } from './trade-book.ts';

export interface BacktestSetup {
  /** All with bars of one interval. */
  readonly markets: readonly BacktestMarket[];
  /** By market, one per bar. */
  readonly signals: readonly AssetSignals[];
  /** Length of the bars that signals are about, when coarser than the markets': see `finer-bars`. */
  readonly decisionMs?: number;
  readonly policy: SizingPolicy;
  readonly limits: RiskLimits;
  readonly equityUsd: Usd;
  /** Of the modelled book: the same seed gives the same fills. */
  readonly seed: number;
  /** Moments at which a bar's prices are looked at, at least 4; see `matching/market`. */
  readonly stepsPerBar: number;
  readonly spreadBps?: number;
  /** By asset, in place of `spreadBps`. */
  readonly spreadBpsOf?: Readonly<Record<string, number>>;
  readonly takerFeeRate?: string;
  readonly makerFeeRate?: string;
  readonly marginTables: VenueConfig['marginTables'];
  /** Decisions begin with bars that open at or after this moment; earlier ones only warm up. */
  readonly fromMs: number;
  /**
   * `everyStep` shows the venue every moment of every bar. `whenNeeded` leaves out those at which
   * nothing can happen: no order is wanted, and no stop and no liquidation is within the bar. Both
   * give the same trades; the first is the proof of the second.
   */
  readonly pace: 'everyStep' | 'whenNeeded';
  /** Told of everything that happens to the account, as it happens. */
  readonly hear?: (event: VenueEvent) => void;
}

/** @typeParam Reason what the trades say of why, see `Trade` */
export interface BacktestRun<Reason = string> {
  readonly trades: readonly Trade<Reason>[];
  /** One value per distinct bar from `fromMs` on: its close time, equity, and signed and total exposure over equity. */
  readonly closeTimeMs: Float64Array;
  readonly equityUsd: Float64Array;
  readonly netWeight: Float64Array;
  readonly grossWeight: Float64Array;
  readonly orders: number;
  readonly fills: number;
  readonly feesUsd: number;
  /** Positive: received. */
  readonly fundingUsd: number;
  /** Hours with a position for which no rate was recorded: they pay the venue's base rate. */
  readonly fundingHoursAssumed: number;
  /** Why orders were not sent or not taken, and how often. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly liquidations: number;
  /** Assets with a position at the end, marked at the last close. */
  readonly openAtEnd: readonly string[];
}
