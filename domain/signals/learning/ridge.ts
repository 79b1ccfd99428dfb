/**
 * A linear classifier: ridge regression on labels of -1 and 1 (a least-squares support vector machine
 * with a linear kernel; J. Suykens, J. Vandewalle, 1999), in closed form.
 */
import type { Scaling } from './linear-algebra.ts';
import { gramOf, scaled, scalingOf, solvePositive } from './linear-algebra.ts';

export interface LinearModel {
  readonly scaling: Scaling;
  readonly weights: Float64Array;
  readonly bias: number;
}

/** Share of the samples by which the diagonal is raised at C = 1. */
const RIDGE_SHARE = 0.05;

/** @param cost the C of a support vector machine: the larger, the closer to the samples */
export function fitRidge(
  features: readonly Float64Array[],
  targets: Float64Array,
  from: number,
  to: number,
  cost: number,
): LinearModel {
  const scaling = scalingOf(features, from, to);
  const size = features.length;
  const gram = gramOf(features, scaling, from, to);
  const count = to - from;
  for (let c = 0; c < size; c += 1) {
    gram[c * size + c] = (gram[c * size + c] as number) + (RIDGE_SHARE * count) / cost;
  }
  let bias = 0;
  for (let i = from; i < to; i += 1) bias += Math.sign(targets[i] as number);
  bias /= count;
  const right = new Float64Array(size);
  for (let i = from; i < to; i += 1) {
    const label = Math.sign(targets[i] as number) - bias;
    for (let c = 0; c < size; c += 1) {
      right[c] = (right[c] as number) + label * scaled(features, scaling, c, i);
    }
  }
  return { scaling, weights: solvePositive(gram, right), bias };
}

/** About -1 to 1: the side that the bar lies on, and how far. */
export function scoreOf(
  { scaling, weights, bias }: LinearModel,
  features: readonly Float64Array[],
  index: number,
): number {
  let score = bias;
  for (let c = 0; c < weights.length; c += 1) {
    score += (weights[c] as number) * scaled(features, scaling, c, index);
  }
  return score;
}

/** Share of the samples with an outcome whose side the model gets right; 0.5 when there are none. */
export function accuracyOf(
  model: LinearModel,
  features: readonly Float64Array[],
  targets: Float64Array,
  from: number,
  to: number,
): number {
  let [right, all] = [0, 0];
  for (let i = from; i < to; i += 1) {
    const outcome = Math.sign(targets[i] as number);
    if (outcome === 0) continue;
    all += 1;
    if (Math.sign(scoreOf(model, features, i)) === outcome) right += 1;
  }
  return all === 0 ? 0.5 : right / all;
}
