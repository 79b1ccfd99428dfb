/**
 * Bagged shallow regression trees over binned inputs: our own, small and deterministic. The same
 * samples and the same generator give the same trees on every machine.
 * Source: L. Breiman, Bagging Predictors (1996); splits by least squares over histograms.
 */
import type { Rng } from '../../kernel/rng.ts';

export const BINS = 16;
const MIN_LEAF = 5;

/** A complete binary tree: node n has the children 2n + 1 and 2n + 2. */
export interface Tree {
  /** Input that a node splits on; -1 for a leaf. */
  readonly input: Int8Array;
  /** Bins up to this one go left. */
  readonly bin: Uint8Array;
  readonly value: Float64Array;
}

/** Samples as bins with their targets. */
export interface BinnedSamples {
  readonly inputs: number;
  /** The bin of sample i in input n is at `n * samples + i`. */
  readonly bins: Uint8Array;
  readonly targets: Float64Array;
}

/** Upper edges of equally filled bins. */
export function binEdges(values: Float64Array): Float64Array {
  const sorted = Float64Array.from(values).sort();
  return Float64Array.from(
    { length: BINS - 1 },
    (_, bin) => sorted[Math.floor(((bin + 1) * sorted.length) / BINS)] as number,
  );
}

export function binOf(edges: Float64Array, value: number): number {
  let bin = 0;
  while (bin < edges.length && value > (edges[bin] as number)) bin += 1;
  return bin;
}

interface Growth {
  readonly samples: BinnedSamples;
  /** How often each sample was drawn. */
  readonly drawn: Uint8Array;
  readonly nodeOf: Int16Array;
  /** Histograms of one level, used again for each: node by node, input by input. */
  readonly counts: Float64Array;
  readonly sums: Float64Array;
}

/** The split of a node that lowers the squared error most, from its histograms. */
function bestSplit(counts: Float64Array, sums: Float64Array, from: number, inputs: number) {
  let best = { gain: 1e-12, input: -1, bin: 0 };
  for (let input = 0; input < inputs; input += 1) {
    const at = from + input * BINS;
    let [all, sum] = [0, 0];
    for (let bin = at; bin < at + BINS; bin += 1) {
      all += counts[bin] as number;
      sum += sums[bin] as number;
    }
    let [left, leftSum] = [0, 0];
    for (let bin = 0; bin < BINS - 1; bin += 1) {
      left += counts[at + bin] as number;
      leftSum += sums[at + bin] as number;
      const right = all - left;
      if (left < MIN_LEAF || right < MIN_LEAF) continue;
      const rightSum = sum - leftSum;
      const gain = (leftSum * leftSum) / left + (rightSum * rightSum) / right - (sum * sum) / all;
      if (gain > best.gain) best = { gain, input, bin };
    }
  }
  return best;
}

/** Fills the histograms of the nodes from `first` on, a level of the tree. */
function fillHistograms(growth: Growth, first: number): void {
  const { samples, drawn, nodeOf, counts, sums } = growth;
  const { inputs, bins, targets } = samples;
  const span = inputs * BINS;
  counts.fill(0, 0, (first + 1) * span);
  sums.fill(0, 0, (first + 1) * span);
  for (let i = 0; i < targets.length; i += 1) {
    const node = (nodeOf[i] as number) - first;
    const weight = drawn[i] as number;
    if (node < 0 || weight === 0) continue;
    const sum = weight * (targets[i] as number);
    for (let input = 0; input < inputs; input += 1) {
      const at = node * span + input * BINS + (bins[input * targets.length + i] as number);
      counts[at] = (counts[at] as number) + weight;
      sums[at] = (sums[at] as number) + sum;
    }
  }
}

/** Values and splits the nodes of one level, and moves their samples down. */
function growLevel(growth: Growth, tree: Tree, first: number, isLast: boolean): void {
  const { samples, nodeOf, counts, sums } = growth;
  const { inputs, bins, targets } = samples;
  const span = inputs * BINS;
  fillHistograms(growth, first);
  for (let node = 0; node <= first; node += 1) {
    let [all, sum] = [0, 0];
    for (let at = node * span; at < node * span + BINS; at += 1) {
      all += counts[at] as number;
      sum += sums[at] as number;
    }
    if (all === 0) continue;
    tree.value[first + node] = sum / all;
    if (isLast) continue;
    const split = bestSplit(counts, sums, node * span, inputs);
    tree.input[first + node] = split.input;
    tree.bin[first + node] = split.bin;
  }
  for (let i = 0; i < targets.length; i += 1) {
    const node = nodeOf[i] as number;
    const input = tree.input[node] as number;
    if (node < first || input < 0) continue;
    const goesLeft = (bins[input * targets.length + i] as number) <= (tree.bin[node] as number);
    nodeOf[i] = 2 * node + (goesLeft ? 1 : 2);
  }
}

/** Grows trees, each on a bootstrap sample of its own. */
export function growTrees(
  samples: BinnedSamples,
  count: number,
  depth: number,
  rng: Rng,
): readonly Tree[] {
  const size = samples.targets.length;
  const histograms = 2 ** depth * samples.inputs * BINS;
  const growth: Growth = {
    samples,
    drawn: new Uint8Array(size),
    nodeOf: new Int16Array(size),
    counts: new Float64Array(histograms),
    sums: new Float64Array(histograms),
  };
  return Array.from({ length: count }, () => {
    const nodes = 2 ** (depth + 1) - 1;
    const tree: Tree = {
      input: new Int8Array(nodes).fill(-1),
      bin: new Uint8Array(nodes),
      value: new Float64Array(nodes),
    };
    growth.drawn.fill(0);
    growth.nodeOf.fill(0);
    for (let i = 0; i < size; i += 1) {
      const picked = rng.int(size);
      growth.drawn[picked] = Math.min(255, (growth.drawn[picked] as number) + 1);
    }
    for (let level = 0; level <= depth; level += 1) {
      growLevel(growth, tree, 2 ** level - 1, level === depth);
    }
    return tree;
  });
}

/** What the trees say on average of one sample's bins. */
export function predictTrees(trees: readonly Tree[], bins: Uint8Array): number {
  let sum = 0;
  for (const tree of trees) {
    let node = 0;
    for (;;) {
      const input = tree.input[node] as number;
      if (input < 0) break;
      node = 2 * node + ((bins[input] as number) <= (tree.bin[node] as number) ? 1 : 2);
    }
    sum += tree.value[node] as number;
  }
  return sum / trees.length;
}
