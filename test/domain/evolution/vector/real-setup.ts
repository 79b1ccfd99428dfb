/** A portfolio of two assets on the sample's real minutes, traded by any strategy. */
import type { BacktestMarket } from '../../../../domain/evolution/backtest/backtest-market.ts';
import type { BacktestSetup } from '../../../../domain/evolution/backtest/backtest-run.ts';
import { fraction } from '../../../../domain/kernel/decimal.ts';
import { evaluateSeries } from '../../../../domain/signals/evaluate.ts';
import type { StrategySeed } from '../../../../domain/signals/seed.ts';
import type { SeedInput } from '../../../../domain/signals/source.ts';
import { WindowSources } from '../../../../domain/signals/trace-series.ts';
import { sampleBars } from '../../market/samples.ts';
import { inputFrom } from '../../signals/inputs.ts';
import { genesOf } from '../../signals/samples.ts';
import { setupOf } from '../backtest/made-market.ts';

const ASSETS = {
  BTC: { index: 0, szDecimals: 5, maxLeverage: 40, marginTableId: 40 },
  ETH: { index: 1, szDecimals: 4, maxLeverage: 25, marginTableId: 25 },
} as const;

function marketOf(name: keyof typeof ASSETS, { bars, funding }: SeedInput): BacktestMarket {
  const rates = new Map<number, string>();
  funding?.timeMs.forEach((time, at) => {
    rates.set(time, (funding.value[at] ?? 0).toFixed(12));
  });
  return {
    asset: { name, isDelisted: false, ...ASSETS[name] },
    intervalMs: bars.intervalMs,
    bars,
    fundingRates: rates,
  };
}

/** Half is taken at one stop distance, the rest at two and a half; the stop moves to the entry. */
export const WITH_TARGETS = {
  targetR: 1,
  targetFraction: 0.5,
  restTargetR: 1.5,
  stopAfterTarget: 'entry',
};

/**
 * Genes are the defaults, entering wherever the state allows it, so that there is much to compare.
 * @param more genes beside these
 */
export function realSetup(seed: StrategySeed, count: number, more: object = {}): BacktestSetup {
  const series = (['BTC', 'ETH'] as const).map((name) => sampleBars(0, count, name));
  const others = Object.fromEntries(series.map((each) => [each.asset, each]));
  const inputs = series.map((each) => inputFrom(each, others));
  const hasChoice = seed.genes.some(({ name }) => name === 'enterOn');
  const genes = genesOf(seed, hasChoice ? { enterOn: 'state', ...more } : more);
  const markets = inputs.map((input) => marketOf(input.bars.asset as 'BTC' | 'ETH', input));
  const signals = inputs.map((input) => evaluateSeries(seed, genes, new WindowSources(input)));
  const setup = setupOf(markets, signals);
  const limits = { ...setup.limits, maxDailyLossFraction: fraction('0.03') };
  return { ...setup, limits, fromMs: markets[0]?.bars.openTimeMs[500] ?? 0 };
}
