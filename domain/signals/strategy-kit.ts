/**
 * What a strategy file may use, in the repository and outside: `import { … } from
 * 'perpetua/strategy'`. See docs/write-a-strategy.md.
 */
export {
  COMMON_GENES,
  choiceGene,
  emaWarmupBars,
  intGene,
  maxHoldGene,
  type Opinion,
  realGene,
  riskWarmupBars,
  traceOf,
  wilderWarmupBars,
} from './common-genes.ts';
export { defineSeed } from './define-seed.ts';
export { type ExitRules, exitRulesOf, TARGET_GENES, type TargetRule } from './exit-rules.ts';
export { type FundingColumns, fundingColumns } from './funding-columns.ts';
export { categoryGene, type GeneSpec, type Genes, numberGene } from './genes.ts';
export { type HoldEvents, type Holding, holdingOf, whenEntered } from './holding.ts';
export { KERNELS, kernelBars, nadarayaWatson } from './indicators/kernel-regression.ts';
export { ema, sma, wma } from './indicators/means.ts';
export { macd, rsi, stochastic } from './indicators/momentum.ts';
export { adx, atr, delayed, donchian, highest, lowest, trueRange } from './indicators/ranges.ts';
export { logReturns, realisedVolatility, simpleReturns } from './indicators/returns.ts';
export {
  bollinger,
  correlation,
  percentRank,
  quantile,
  stdev,
  zscore,
} from './indicators/spread.ts';
export { obv, vwap } from './indicators/volume.ts';
export {
  FLAT,
  LONG,
  NO_VERDICT,
  type SeedNeeds,
  type SeedTrace,
  SHORT,
  type StrategySeed,
} from './seed.ts';
export { shown } from './shown.ts';
export type { Column, IndicatorSource, SeedInput } from './source.ts';
