/** Nadaraya-Watson regression over the past alone: a kernel that looks one way. */
import { firstValue } from './first-value.ts';

export const KERNELS = ['gaussian', 'epanechnikov'] as const;
export type Kernel = (typeof KERNELS)[number];

/** Bars that a kernel of this bandwidth reads: a Gaussian weighs less than 4e-4 past 4 bandwidths. */
export const kernelBars = (kernel: Kernel, bandwidth: number): number =>
  kernel === 'gaussian' ? Math.ceil(4 * bandwidth) : Math.ceil(bandwidth);

function weightsOf(kernel: Kernel, bandwidth: number): Float64Array {
  const weights = new Float64Array(kernelBars(kernel, bandwidth));
  let sum = 0;
  for (let age = 0; age < weights.length; age += 1) {
    const distance = age / bandwidth;
    const weight =
      kernel === 'gaussian' ? Math.exp(-0.5 * distance * distance) : 1 - distance * distance;
    weights[age] = weight;
    sum += weight;
  }
  for (let age = 0; age < weights.length; age += 1) weights[age] = (weights[age] as number) / sum;
  return weights;
}

/**
 * One-sided Nadaraya-Watson estimate: the mean of this and earlier values weighted by a kernel of
 * their age. Source: E. A. Nadaraya, On Estimating Regression (1964); G. S. Watson, Smooth
 * Regression Analysis (1964). The two-sided form that charts draw repaints; this one cannot.
 */
export function nadarayaWatson(
  values: ArrayLike<number>,
  kernel: Kernel,
  bandwidth: number,
): Float64Array {
  const weights = weightsOf(kernel, bandwidth);
  const first = firstValue(values) + weights.length - 1;
  const out = new Float64Array(values.length).fill(Number.NaN);
  for (let i = first; i < values.length; i += 1) {
    // Distances from the newest value: a market that stands still is its own estimate.
    const base = values[i] as number;
    let sum = 0;
    for (let age = 1; age < weights.length; age += 1) {
      sum += (weights[age] as number) * ((values[i - age] as number) - base);
    }
    out[i] = base + sum;
  }
  return out;
}
