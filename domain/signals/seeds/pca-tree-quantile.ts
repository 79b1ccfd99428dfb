/** PCA tree quantile: trees over principal components; trades their most extreme forecasts. */
import { createRng, seedOf } from '../../kernel/rng.ts';
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
import { quantile } from '../indicators/spread.ts';
import { FEATURE_COUNT, featuresOf, targetsOf } from '../learning/features.ts';
import type { Scaling } from '../learning/linear-algebra.ts';
import { gramOf, leadingVectors, scaled, scalingOf } from '../learning/linear-algebra.ts';
import type { Tree } from '../learning/trees.ts';
import { binEdges, binOf, growTrees, predictTrees } from '../learning/trees.ts';
import type { TrainingSpan, WalkForwardPlan } from '../learning/walk-forward.ts';
import { walkForward, walkForwardWarmup } from '../learning/walk-forward.ts';
import type { StrategySeed } from '../seed.ts';
import { FLAT, LONG, NO_VERDICT } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

/** Forecasts that a new one is ranked among. */
const RANK_BARS = 100;

const planOf = (genes: Genes): WalkForwardPlan => ({
  lookback: numberGene(genes, 'lookback'),
  horizon: numberGene(genes, 'horizon'),
  refitBars: numberGene(genes, 'refitBars'),
});

interface Forest {
  readonly scaling: Scaling;
  readonly components: readonly Float64Array[];
  readonly edges: readonly Float64Array[];
  readonly trees: readonly Tree[];
}

type Features = readonly Float64Array[];

function project(
  features: Features,
  forest: Pick<Forest, 'scaling'>,
  component: Float64Array,
  i: number,
) {
  let sum = 0;
  for (let c = 0; c < component.length; c += 1) {
    sum += (component[c] as number) * scaled(features, forest.scaling, c, i);
  }
  return sum;
}

function fitForest(
  features: Features,
  targets: Float64Array,
  span: TrainingSpan,
  genes: Genes,
): Forest {
  const { from, to, fittedAt } = span;
  const scaling = scalingOf(features, from, to);
  const gram = gramOf(features, scaling, from, to);
  const components = leadingVectors(gram, numberGene(genes, 'components'));
  const inputs = components.map((component) =>
    Float64Array.from({ length: to - from }, (_, i) =>
      project(features, { scaling }, component, from + i),
    ),
  );
  const edges = inputs.map(binEdges);
  const count = to - from;
  const bins = new Uint8Array(inputs.length * count);
  inputs.forEach((values, input) => {
    const own = edges[input] as Float64Array;
    for (let i = 0; i < count; i += 1) bins[input * count + i] = binOf(own, values[i] as number);
  });
  const samples = { inputs: inputs.length, bins, targets: targets.slice(from, to) };
  // The bar's number is the seed: the same fit on every machine, in every window.
  const rng = createRng(seedOf('pca-tree-quantile', fittedAt));
  const trees = growTrees(samples, numberGene(genes, 'trees'), numberGene(genes, 'depth'), rng);
  return { scaling, components, edges, trees };
}

function forecastsOf(genes: Genes, source: IndicatorSource): Float64Array {
  const plan = planOf(genes);
  const features = featuresOf(source, FEATURE_COUNT);
  const targets = targetsOf(source, plan.horizon);
  const forests = walkForward(source, plan, (span) => fitForest(features, targets, span, genes));
  const bins = new Uint8Array(numberGene(genes, 'components'));
  return Float64Array.from(forests, (forest, i) => {
    if (forest === undefined) return Number.NaN;
    forest.components.forEach((component, input) => {
      const value = project(features, forest, component, i);
      bins[input] = binOf(forest.edges[input] as Float64Array, value);
    });
    return predictTrees(forest.trees, bins);
  });
}

const GENES_OF_FORECAST = ['lookback', 'horizon', 'refitBars', 'components', 'depth', 'trees'];

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const { horizon, lookback } = planOf(genes);
  const share = numberGene(genes, 'quantile');
  const key = `pca-tree ${GENES_OF_FORECAST.map((name) => genes[name]).join(' ')}`;
  const forecasts = source.memo(key, () => forecastsOf(genes, source));
  const top = quantile(forecasts, RANK_BARS, share);
  const bottom = quantile(forecasts, RANK_BARS, 1 - share);
  const at = (values: Float64Array, i: number): number => values[i] as number;
  const holding = holdingOf(
    forecasts.length,
    {
      entersLong: (i) => at(forecasts, i) > at(top, i) && at(forecasts, i) > 0,
      entersShort: (i) => at(forecasts, i) < at(bottom, i) && at(forecasts, i) < 0,
      exitsLong: (i) => at(forecasts, i) < at(bottom, i),
      exitsShort: (i) => at(forecasts, i) > at(top, i),
    },
    horizon,
  );
  const stance = holding.stance.map((held, i) => (Number.isNaN(top[i]) ? NO_VERDICT : held));
  const strength = forecasts.map((value, i) => (holding.stance[i] === FLAT ? 0 : Math.abs(value)));
  const reasonAt = (i: number): string => {
    if (Number.isNaN(top[i])) {
      return `no forecasts yet: ${lookback} samples and ${RANK_BARS} forecasts are needed`;
    }
    const [low, high] = [shown(at(bottom, i)), shown(at(top, i))];
    const now = `forecast ${shown(at(forecasts, i))} deviations over ${horizon} bars, usual ${low} to ${high}`;
    if (stance[i] === FLAT) return `${now}: not extreme`;
    const side = stance[i] === LONG ? 'high' : 'low';
    return `${now}: was extremely ${side} ${whenEntered(holding, i)}`;
  };
  return { stance, entered: holding.entered, strength, reasonAt };
}

export const pcaTreeQuantile: StrategySeed = {
  name: 'pca-tree-quantile',
  title: 'Learning: shallow trees over principal components, refitted on the recent past',
  description:
    'Features are standardised and turned into principal components of the training samples alone; ' +
    'bagged shallow trees forecast the return over the horizon. It enters when a forecast is beyond a ' +
    'quantile of the last hundred and on the right side of zero, and holds for the horizon.',
  genes: [
    intGene('lookback', 'samples that it learns from, bars', [100, 200, 500]),
    intGene('horizon', 'bars ahead that it is taught to foretell', [1, 5, 20]),
    intGene('refitBars', 'bars between two fits', [25, 100, 200]),
    intGene('components', 'principal components that the trees see', [2, 3, 6]),
    intGene('depth', 'splits from root to leaf', [1, 3, 5]),
    intGene('trees', 'trees that vote', [5, 20, 50]),
    realGene('quantile', 'quantile of past forecasts beyond which it enters', [0.55, 0.8, 0.95]),
    ...COMMON_GENES,
  ],
  constraints: [],
  warmupBars: (genes) =>
    Math.max(
      walkForwardWarmup(planOf(genes)) + RANK_BARS + numberGene(genes, 'horizon'),
      riskWarmupBars(genes),
    ),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
