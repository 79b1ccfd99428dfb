/** Linear classifier: learns from the recent past on which side of the market the next bars fall. */
import {
  COMMON_GENES,
  intGene,
  type Opinion,
  realGene,
  riskWarmupBars,
  traceOf,
} from '../common-genes.ts';
import type { Genes } from '../genes.ts';
import { numberGene } from '../genes.ts';
import { holdingOf, whenEntered } from '../holding.ts';
import { FEATURE_COUNT, featuresOf, targetsOf } from '../learning/features.ts';
import type { LinearModel } from '../learning/ridge.ts';
import { accuracyOf, fitRidge, scoreOf } from '../learning/ridge.ts';
import type { TrainingSpan, WalkForwardPlan } from '../learning/walk-forward.ts';
import { walkForward, walkForwardWarmup } from '../learning/walk-forward.ts';
import type { StrategySeed } from '../seed.ts';
import { FLAT, LONG, NO_VERDICT } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

const planOf = (genes: Genes): WalkForwardPlan => ({
  lookback: numberGene(genes, 'lookback'),
  horizon: numberGene(genes, 'horizon'),
  refitBars: numberGene(genes, 'refitBars'),
});

interface Judged {
  readonly model: LinearModel;
  /** Share of right sides on the newest quarter, by a model that saw the three before it. */
  readonly accuracy: number;
}

interface Scores {
  readonly models: readonly (Judged | undefined)[];
  readonly scores: Float64Array;
}

const GENES_OF_SCORE = ['lookback', 'horizon', 'refitBars', 'features', 'cost'];

function scoresOf(genes: Genes, source: IndicatorSource): Scores {
  const plan = planOf(genes);
  const features = featuresOf(source, numberGene(genes, 'features'));
  const targets = targetsOf(source, plan.horizon);
  const cost = numberGene(genes, 'cost');
  const fit = ({ from, to }: TrainingSpan): Judged => {
    const heldOut = Math.ceil(plan.lookback / 4);
    // Outcomes of the training part must not reach into the part that it is tried on.
    const tried = fitRidge(features, targets, from, to - heldOut - plan.horizon, cost);
    return {
      model: fitRidge(features, targets, from, to, cost),
      accuracy: accuracyOf(tried, features, targets, to - heldOut, to),
    };
  };
  const models = walkForward(source, plan, fit);
  const scores = new Float64Array(models.length);
  models.forEach((judged, i) => {
    scores[i] = judged === undefined ? Number.NaN : scoreOf(judged.model, features, i);
  });
  return { models, scores };
}

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const plan = planOf(genes);
  const threshold = numberGene(genes, 'threshold');
  const minAccuracy = numberGene(genes, 'minAccuracy');
  const key = `linear-classifier ${GENES_OF_SCORE.map((name) => genes[name]).join(' ')}`;
  const { models, scores } = source.memo(key, () => scoresOf(genes, source));
  const score = (i: number): number => scores[i] as number;
  const isTrusted = (i: number): boolean => (models[i]?.accuracy ?? 0) >= minAccuracy;
  const holding = holdingOf(
    models.length,
    {
      entersLong: (i) => score(i) > threshold && isTrusted(i),
      entersShort: (i) => score(i) < -threshold && isTrusted(i),
      exitsLong: (i) => score(i) < 0,
      exitsShort: (i) => score(i) > 0,
    },
    plan.horizon,
  );
  const stance = holding.stance.map((held, i) => (models[i] === undefined ? NO_VERDICT : held));
  const strength = scores.map((value, i) => (holding.stance[i] === FLAT ? 0 : Math.abs(value) * 2));
  const reasonAt = (i: number): string => {
    const judged = models[i];
    if (judged === undefined) return `no model yet: ${plan.lookback} samples are needed`;
    const now =
      `score ${shown(score(i))} of ${numberGene(genes, 'features')} features, accuracy ` +
      `${shown(100 * judged.accuracy)} % on held-out bars`;
    if (stance[i] !== FLAT) {
      const side = stance[i] === LONG ? 'above' : 'below -';
      const gap = stance[i] === LONG ? ' ' : '';
      return `${now}: went ${side}${gap}${shown(threshold)} ${whenEntered(holding, i)}`;
    }
    return isTrusted(i)
      ? `${now}: within ${shown(threshold)}`
      : `${now}: less than ${shown(100 * minAccuracy)} %`;
  };
  return { stance, entered: holding.entered, strength, reasonAt };
}

export const linearClassifier: StrategySeed = {
  name: 'linear-classifier',
  title: 'Learning: a linear classifier refitted on the recent past',
  description:
    'A ridge classifier says whether the next bars rise or fall from returns, oscillators, volume and ' +
    'range. It is refitted every some bars on outcomes that were known by then, and trades only while ' +
    'it was right often enough on bars that it had not seen. Holds for the horizon it was taught.',
  genes: [
    intGene('lookback', 'samples that it learns from, bars', [60, 200, 500]),
    intGene('features', 'how many features it sees', [3, 8, FEATURE_COUNT]),
    intGene('horizon', 'bars ahead that it is taught to foretell', [1, 5, 20]),
    intGene('refitBars', 'bars between two fits', [10, 50, 200]),
    realGene('cost', 'how closely it follows its samples (C)', [0.1, 1, 10]),
    realGene('threshold', 'score from which it enters', [0, 0.15, 0.6]),
    realGene('minAccuracy', 'least share of right sides on held-out bars', [0.4, 0.52, 0.7]),
    ...COMMON_GENES,
  ],
  constraints: [],
  warmupBars: (genes) =>
    Math.max(
      walkForwardWarmup(planOf(genes)) + numberGene(genes, 'horizon'),
      riskWarmupBars(genes),
    ),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
