/**
 * One genome of our own strategies, traded by the vector engine with all costs: what a thread does, and
 * what the thread that asks can do itself.
 */
import type { BacktestSetup } from '../../domain/evolution/backtest/backtest-run.ts';
import {
  type Drawdown,
  type DrawdownFailure,
  drawdown,
} from '../../domain/evolution/metrics/drawdown.ts';
import {
  type ReturnStatistics,
  returnStatistics,
} from '../../domain/evolution/metrics/performance.ts';
import { dailyEquity, returnsOf } from '../../domain/evolution/metrics/returns.ts';
import { PreparedMarkets, type SharedSetup } from '../../domain/evolution/vector/prepared.ts';
import { newCurve, VectorBacktest } from '../../domain/evolution/vector/vector-backtest.ts';
import { evaluateSeries } from '../../domain/signals/evaluate.ts';
import { parseGenes } from '../../domain/signals/genes.ts';
import { seedByName } from '../../domain/signals/registry.ts';
import type { SeedInput } from '../../domain/signals/source.ts';
import { WindowSources } from '../../domain/signals/trace-series.ts';

/** What all genomes of a data set share. Columns in shared memory are there once for all threads. */
export interface SeedDataSet extends SharedSetup {
  /** What the strategy reads of each market, in their order. */
  readonly inputs: readonly SeedInput[];
  readonly policy: BacktestSetup['policy'];
  readonly limits: BacktestSetup['limits'];
  readonly equityUsd: BacktestSetup['equityUsd'];
}

export interface SeedGenome {
  /** A name that `strategy list` shows. */
  readonly strategy: string;
  readonly genes: Readonly<Record<string, number | string>>;
}

export interface SeedOutcome {
  readonly endEquityUsd: number;
  readonly returns: ReturnStatistics;
  readonly drawdown: Drawdown | DrawdownFailure;
  readonly trades: number;
  readonly orders: number;
  readonly feesUsd: number;
  readonly fundingUsd: number;
  readonly liquidations: number;
}

/**
 * Evaluates genomes one by one, and keeps their indicators from one to the next.
 * @param cacheBytes when the indicators take more, all are forgotten
 * @throws RangeError naming the broken rule of the data set; per genome, of its name or genes
 */
export function seedEvaluator(
  dataSet: SeedDataSet,
  cacheBytes: number,
): (genome: SeedGenome) => SeedOutcome {
  const prepared = new PreparedMarkets(dataSet);
  const curve = newCurve(prepared);
  const sources = dataSet.inputs.map((input) => new WindowSources(input));
  const startUsd = Number(dataSet.equityUsd);
  const marks = new Float64Array(curve.equityUsd.length + 1);
  marks[0] = startUsd;
  return ({ strategy, genes: given }) => {
    const seed = seedByName(strategy);
    if (!seed.ok) throw new RangeError(`strategy ${JSON.stringify(strategy)}: ${seed.error.rule}`);
    const genes = parseGenes(seed.value, given);
    if (!genes.ok) {
      const broken = genes.error.map(({ field, value, rule }) => `${field} ${value}: ${rule}`);
      throw new RangeError(`${strategy}: ${broken.join('; ')}`);
    }
    const signals = sources.map((own) => evaluateSeries(seed.value, genes.value, own));
    const run = new VectorBacktest(prepared, { ...dataSet, signals }, curve).trade();
    marks.set(run.equityUsd, 1);
    const daily = returnsOf(dailyEquity(run.closeTimeMs, run.equityUsd, startUsd));
    if (sources.reduce((sum, own) => sum + own.sizeBytes, 0) > cacheBytes) {
      for (const own of sources) own.clear();
    }
    return {
      endEquityUsd: run.equityUsd.at(-1) ?? startUsd,
      returns: returnStatistics(daily),
      drawdown: drawdown(returnsOf(marks)),
      trades: run.trades.length,
      orders: run.orders,
      feesUsd: run.feesUsd,
      fundingUsd: run.fundingUsd,
      liquidations: run.liquidations,
    };
  };
}
