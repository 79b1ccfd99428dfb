/** The markets of a backtest in numbers, made once and shared by every genome that trades them. */
import type { FeeSchedule } from '../../matching/accounts/fee-schedule.ts';
import { MOST_CASH } from '../../matching/margin/margin.ts';
import { type Micro, plainText, toMicro } from '../../matching/state/fixed-point.ts';
import { readTerms, termsOf } from '../../matching/state/terms.ts';
import type { BacktestSetup } from '../backtest/backtest-run.ts';
import type { ModelTerms } from '../backtest/candle-model.ts';
import { checkMarkets, checkSteps } from '../backtest/check-setup.ts';
import { MarketNumbers } from './market-numbers.ts';

/** What a setup says of markets and venue: all that genomes share. */
export type SharedSetup = Pick<
  BacktestSetup,
  | 'markets'
  | 'marginTables'
  | 'seed'
  | 'stepsPerBar'
  | 'spreadBps'
  | 'spreadBpsOf'
  | 'takerFeeRate'
  | 'makerFeeRate'
  | 'fromMs'
>;

export class PreparedMarkets {
  readonly markets: readonly MarketNumbers[];
  readonly fees: FeeSchedule;
  readonly model: ModelTerms;
  readonly intervalMs: number;
  readonly fromMs: number;
  readonly startMs: number;
  /** Every open time once, oldest first. */
  readonly openMs: Float64Array;
  /** By market: the bar that opens at each of them, or -1. */
  readonly barAt: readonly Int32Array[];
  /** By market: 1 for a bar that a decision may follow, since the one before it has just closed. */
  readonly follows: readonly Uint8Array[];
  /** By tick from {@link firstTick} on: when its bars close. */
  readonly closeMs: Float64Array;
  /** The first of {@link openMs} that counts: nothing is decided before. */
  readonly firstTick: number;

  /** @throws RangeError naming the broken rule of a market or of the setup */
  constructor(setup: SharedSetup) {
    const { markets, marginTables, seed, stepsPerBar, takerFeeRate, makerFeeRate } = setup;
    checkSteps(stepsPerBar);
    this.intervalMs = checkMarkets(markets).intervalMs;
    this.fromMs = setup.fromMs;
    const terms = readTerms({
      universe: markets.map(({ asset }, index) => ({ ...asset, index })),
      marginTables,
      seed,
      ...(takerFeeRate === undefined ? {} : { takerFeeRate }),
      ...(makerFeeRate === undefined ? {} : { makerFeeRate }),
    });
    this.fees = terms.fees;
    this.model = setup;
    this.markets = markets.map(
      (market) => new MarketNumbers(market, termsOf(terms, market.asset.name), stepsPerBar),
    );
    for (const { name, terms: asset } of this.markets) {
      if (!asset.isOnlyIsolated) continue;
      throw new RangeError(`${name}: isolated margin needs the event-driven engine`);
    }
    this.startMs = Math.min(...markets.map(({ bars }) => bars.openTimeMs[0] ?? 0));
    this.openMs = mergedTimes(markets.map(({ bars }) => bars.openTimeMs));
    this.barAt = markets.map(({ bars }) => placesOf(this.openMs, bars.openTimeMs));
    this.follows = markets.map(({ bars }) =>
      Uint8Array.from(bars.openTimeMs, (time, bar) =>
        time >= setup.fromMs && bars.openTimeMs[bar - 1] === time - this.intervalMs ? 1 : 0,
      ),
    );
    const first = this.openMs.findIndex((time) => time >= setup.fromMs);
    this.firstTick = first < 0 ? this.openMs.length : first;
    this.closeMs = this.openMs.subarray(this.firstTick).map((time) => time + this.intervalMs);
  }

  /** Bytes that all genomes share. */
  get sizeBytes(): number {
    const lists = [...this.barAt, ...this.follows, this.openMs, this.closeMs];
    return lists.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
}

/** @throws RangeError for what the venue would not take as a deposit */
export function readDeposit(equityUsd: string): Micro {
  const amount = toMicro(equityUsd, 'deposit.usd');
  if (amount > 0 && amount <= MOST_CASH) return amount;
  const rule =
    amount > 0
      ? `must bring the account to at most ${plainText(MOST_CASH)} USD`
      : 'must be positive';
  throw new RangeError(`deposit.usd ${JSON.stringify(equityUsd)}: ${rule}`);
}

function mergedTimes(times: readonly Float64Array[]): Float64Array {
  const [only] = times;
  if (only !== undefined && times.length === 1) return only;
  const all = new Set<number>();
  for (const each of times) for (const time of each) all.add(time);
  return Float64Array.from(all).sort();
}

function placesOf(openMs: Float64Array, times: Float64Array): Int32Array {
  let next = 0;
  return Int32Array.from(openMs, (time) => (times[next] === time ? next++ : -1));
}
