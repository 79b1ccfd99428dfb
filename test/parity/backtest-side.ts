/** One strategy over the tape in the backtest: decided at its interval, traded on the minutes. */
import type { BacktestMarket } from '../../domain/evolution/backtest/backtest-market.ts';
import { EventBacktest } from '../../domain/evolution/backtest/event-backtest.ts';
import { onFinerBars } from '../../domain/evolution/backtest/finer-bars.ts';
import { decimal, plain, usd } from '../../domain/kernel/decimal.ts';
import { INTERVALS_MS } from '../../domain/market/interval.ts';
import { HOUR_MS } from '../../domain/market/side-series.ts';
import type { Fill, FundingPayment } from '../../domain/matching/contract/venue-records.ts';
import { evaluateSeries, type SignalSeries } from '../../domain/signals/evaluate.ts';
import { WindowSources } from '../../domain/signals/trace-series.ts';
import type { SideOutcome } from './outcome.ts';
import { type ParityCase, readTerms } from './parity-case.ts';
import { MINUTE_MS, type ParityTape } from './tape.ts';

/** What a backtest can be given that is wrong, to see that it is noticed. */
export interface Planted {
  readonly takerFeeRate?: string;
  /** Bars by which each signal comes too late. */
  readonly delayBars?: number;
}

const late = ({ signalAt, ...rest }: SignalSeries, delayBars: number): SignalSeries => ({
  ...rest,
  signalAt: (index) => signalAt(Math.max(0, index - delayBars)),
});

/** A market from an hour before the first decision on: without a position nothing happens before it. */
function lately(market: BacktestMarket, fromMs: number): BacktestMarket {
  const { openTimeMs, open, high, low, close, volumeBase } = market.bars;
  const first = openTimeMs.findIndex((timeMs) => timeMs >= fromMs - HOUR_MS);
  const cut = (column: Float64Array): Float64Array => column.subarray(Math.max(0, first));
  return {
    ...market,
    bars: {
      openTimeMs: cut(openTimeMs),
      open: cut(open),
      high: cut(high),
      low: cut(low),
      close: cut(close),
      volumeBase: cut(volumeBase),
    },
  };
}

/** With `everyStep` every bar's signal is asked for, so that `planted.delayBars` delays all of them. */
export function runBacktestSide(
  parity: ParityCase,
  tape: ParityTape,
  pace: 'everyStep' | 'whenNeeded',
  { takerFeeRate, delayBars = 0 }: Planted = {},
): SideOutcome {
  const { seed, genes, policy, limits } = readTerms(parity);
  const decisionMs = INTERVALS_MS[parity.interval];
  const fills: Fill[] = [];
  const payments: FundingPayment[] = [];
  const markets = tape.markets.map((market) => lately(market, parity.fromMs));
  const signals = markets.map(({ asset, bars }) => {
    const input = tape.inputOf(asset.name, decisionMs);
    const coarse = evaluateSeries(seed, genes, new WindowSources(input));
    const fine = { asset: asset.name, intervalMs: MINUTE_MS, openTimeMs: bars.openTimeMs };
    return onFinerBars(late(coarse, delayBars), input.bars, fine);
  });
  const backtest = new EventBacktest({
    markets,
    signals,
    decisionMs,
    policy,
    limits,
    equityUsd: usd(parity.equityUsd),
    seed: parity.bookSeed,
    stepsPerBar: parity.stepsPerBar,
    marginTables: tape.marginTables,
    ...(takerFeeRate === undefined ? {} : { takerFeeRate }),
    fromMs: parity.fromMs,
    pace,
    hear: (event) => {
      if (event.kind === 'fill') fills.push(event.fill);
      if (event.kind === 'funding') payments.push(event.payment);
    },
  });
  const { trades } = backtest.run();
  const accountValueUsd = plain(decimal(backtest.accountValueUsd));
  return { fills, payments, trades, accountValueUsd };
}
