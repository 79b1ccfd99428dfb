/**
 * Learning from the past alone. A model is refitted at fixed bar numbers, on samples whose outcome
 * was known by then: the last `horizon` bars are embargoed, since their labels lie in the future.
 * Bar numbers are the clock's, so that a live window and a long history refit on the same bars.
 */
import { barNumber } from '../../market/bar-arrays.ts';
import type { IndicatorSource } from '../source.ts';
import { FEATURE_WARMUP } from './features.ts';

/** Samples `from` to `to` (excluded), by bar index: all of them have a known outcome. */
export interface TrainingSpan {
  readonly from: number;
  readonly to: number;
  /** Number of the bar on which the model is fitted. */
  readonly fittedAt: number;
}

export interface WalkForwardPlan {
  readonly lookback: number;
  readonly horizon: number;
  readonly refitBars: number;
}

/** Bars that a model's verdict reads: features, samples, embargo, and the age of the model. */
export const walkForwardWarmup = ({ lookback, horizon, refitBars }: WalkForwardPlan): number =>
  FEATURE_WARMUP + lookback + horizon + refitBars;

/** The model in force on each bar; undefined before the first. */
export function walkForward<Model>(
  source: IndicatorSource,
  plan: WalkForwardPlan,
  learn: (span: TrainingSpan) => Model,
): readonly (Model | undefined)[] {
  const { openTimeMs, intervalMs, length } = source.bars;
  const models: (Model | undefined)[] = [];
  let model: Model | undefined;
  let group = Number.NaN;
  for (let i = 0; i < length; i += 1) {
    const fittedAt = barNumber(openTimeMs[i] as number, intervalMs);
    const groupHere = Math.floor(fittedAt / plan.refitBars);
    const to = i - plan.horizon + 1;
    const from = to - plan.lookback;
    if (groupHere !== group && from >= FEATURE_WARMUP - 1) model = learn({ from, to, fittedAt });
    group = groupHere;
    models.push(model);
  }
  return models;
}
