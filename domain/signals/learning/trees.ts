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

/** Samples as bins, input by input, with their targets. */
export interface BinnedSamples {
  readonly bins: readonly Uint8Array[];
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
  readonly tree: Tree;
}

/** The split of a node that lowers the squared error most, from its histograms. */
function bestSplit(counts: Float64Array, sums: Float64Array, inputs: number) {
  let best = { gain: 1e-12, input: -1, bin: 0 };
  for (let input = 0; input < inputs; input += 1) {
    let [all, sum] = [0, 0];
    for (let bin = 0; bin < BINS; bin += 1) {
      all += counts[input * BINS + bin] as number;
      sum += sums[input * BINS + bin] as number;
    }
    let [left, leftSum] = [0, 0];
    for (let bin = 0; bin < BINS - 1; bin += 1) {
      left += counts[input * BINS + bin] as number;
      leftSum += sums[input * BINS + bin] as number;
      const right = all - left;
      if (left < MIN_LEAF || right < MIN_LEAF) continue;
      const rightSum = sum - leftSum;
      const gain = (leftSum * leftSum) / left + (rightSum * rightSum) / right - (sum * sum) / all;
      if (gain > best.gain) best = { gain, input, bin };
    }
  }
  return best;
}

/** Splits the nodes of one level and moves their samples down. */
function growLevel({ samples, drawn, nodeOf, tree }: Growth, first: number, last: boolean): void {
  const { bins, targets } = samples;
  const nodes = first + 1;
  const span = bins.length * BINS;
  const counts = new Float64Array(nodes * span);
  const sums = new Float64Array(nodes * span);
  const totals = new Float64Array(nodes * 2);
  for (let i = 0; i < targets.length; i += 1) {
    const node = (nodeOf[i] as number) - first;
    if (node < 0 || drawn[i] === 0) continue;
    const weight = drawn[i] as number;
    const sum = weight * (targets[i] as number);
    totals[2 * node] = (totals[2 * node] as number) + weight;
    totals[2 * node + 1] = (totals[2 * node + 1] as number) + sum;
    for (let input = 0; input < bins.length; input += 1) {
      const at = node * span + input * BINS + (bins[input]?.[i] as number);
      counts[at] = (counts[at] as number) + weight;
      sums[at] = (sums[at] as number) + sum;
    }
  }
  for (let node = 0; node < nodes; node += 1) {
    const all = totals[2 * node] as number;
    if (all === 0) continue;
    tree.value[first + node] = (totals[2 * node + 1] as number) / all;
    if (last) continue;
    const from = node * span;
    const split = bestSplit(
      counts.subarray(from, from + span),
      sums.subarray(from, from + span),
      bins.length,
    );
    tree.input[first + node] = split.input;
    tree.bin[first + node] = split.bin;
  }
  for (let i = 0; i < targets.length; i += 1) {
    const node = nodeOf[i] as number;
    const input = tree.input[node] as number;
    if (node < first || input < 0) continue;
    const goesLeft = (bins[input]?.[i] as number) <= (tree.bin[node] as number);
    nodeOf[i] = 2 * node + (goesLeft ? 1 : 2);
  }
}

/** Grows one tree on a bootstrap sample. */
export function growTree(samples: BinnedSamples, depth: number, rng: Rng): Tree {
  const count = samples.targets.length;
  const size = 2 ** (depth + 1) - 1;
  const tree: Tree = {
    input: new Int8Array(size).fill(-1),
    bin: new Uint8Array(size),
    value: new Float64Array(size),
  };
  const drawn = new Uint8Array(count);
  for (let i = 0; i < count; i += 1) {
    const picked = rng.int(count);
    drawn[picked] = Math.min(255, (drawn[picked] as number) + 1);
  }
  const growth: Growth = { samples, drawn, nodeOf: new Int16Array(count), tree };
  for (let level = 0; level <= depth; level += 1) {
    growLevel(growth, 2 ** level - 1, level === depth);
  }
  return tree;
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
