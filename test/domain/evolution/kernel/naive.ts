/** REFBT as plain as its text, bar by bar, one strategy at a time: what the kernels must equal to the bit. */

import type {
  BarTerms,
  RefGenome,
  RefResult,
} from '../../../../domain/evolution/kernel/workload.ts';
import type { BarArrays } from '../../../../domain/market/bar-arrays.ts';

type Column = Float64Array;
const at = (column: Column, t: number): number => column[t] as number;

/** Score of the votes at every close. */
export function scores(close: Column, genome: RefGenome): Float64Array {
  const first = at(close, 0);
  const { rsiPeriod, bandPeriod, bandWidth } = genome;
  let [up, down, fast, slow, s1, s2] = [0, 0, first, first, 0, 0];
  return close.map((price, t) => {
    if (t > 0) {
      const change = price - at(close, t - 1);
      const [rise, fall] = [Math.max(change, 0), Math.max(-change, 0)];
      up = t === 1 ? rise : up + (rise - up) * (1 / rsiPeriod);
      down = t === 1 ? fall : down + (fall - down) * (1 / rsiPeriod);
      fast += (price - fast) * (2 / (genome.fastPeriod + 1));
      slow += (price - slow) * (2 / (genome.slowPeriod + 1));
    }
    const x = price - first;
    const gone = t >= bandPeriod ? at(close, t - bandPeriod) - first : 0;
    s1 += x - gone;
    s2 += x * x - gone * gone;
    const m = s1 * (1 / bandPeriod);
    const v = s2 * (1 / bandPeriod) - m * m;
    const dx = x - m;
    const rsi =
      100 * up < genome.rsiLow * (up + down) ? 1 : 100 * up > genome.rsiHigh * (up + down) ? -1 : 0;
    const ema = fast > slow ? 1 : -1;
    const band = dx * dx > bandWidth * bandWidth * v ? (dx < 0 ? 1 : -1) : 0;
    return genome.rsiWeight * rsi + genome.emaWeight * ema + genome.bandWeight * band;
  });
}

interface Position {
  readonly dir: number;
  readonly q: number;
  readonly entry: number;
  readonly stop0: number;
  readonly tpx: number;
  readonly before: number;
  best: number;
  held: number;
}

export function naive(bars: BarArrays, terms: BarTerms, genome: RefGenome): RefResult {
  const [warm, fee, slip, rate] = [256, 0.00045, 0.0002, 1.25e-5];
  const score = scores(bars.close, genome);
  const nets: number[] = [];
  const changes: number[] = [];
  let [balance, equity, peak, deepest] = [1, 1, 1, 1];
  let position: Position | undefined;
  let pending = 0;
  const exitAt = (px: number): void => {
    if (position === undefined) throw new Error('an exit without a position');
    const { q, entry, before } = position;
    balance += q * (px - entry) - Math.abs(q) * px * fee;
    nets.push(balance - before);
    position = undefined;
  };
  for (let t = warm; t < bars.length; t += 1) {
    const [o, h, l, c] = [at(bars.open, t), at(bars.high, t), at(bars.low, t), at(bars.close, t)];
    if (pending !== 0 && position !== undefined) exitAt(o * (1 - slip * position.dir));
    else if (pending !== 0) {
      const dir = pending;
      const px = o * (1 + slip * dir);
      const q = (dir * genome.sizeFraction * balance) / px;
      const stop0 = px * (1 - dir * genome.stopFraction);
      const tpx = px * (1 + dir * genome.targetFraction);
      position = { dir, q, entry: px, best: px, held: 0, stop0, tpx, before: balance };
      balance -= Math.abs(q) * px * fee;
    }
    pending = 0;
    if (position !== undefined && t % terms.fundingBars === 0) balance -= position.q * o * rate;
    if (position !== undefined) {
      const { dir, stop0, tpx, best } = position;
      const trailed = best * (1 - dir * genome.trailFraction);
      if (dir > 0) {
        const stop = Math.max(stop0, trailed);
        if (l <= stop) exitAt(Math.min(o, stop) * (1 - slip));
        else if (h >= tpx) exitAt(Math.max(o, tpx));
        else position.best = Math.max(best, h);
      } else {
        const stop = Math.min(stop0, trailed);
        if (h >= stop) exitAt(Math.max(o, stop) * (1 + slip));
        else if (l <= tpx) exitAt(Math.min(o, tpx));
        else position.best = Math.min(best, l);
      }
    }
    if (position !== undefined) position.held += 1;
    const now = position === undefined ? balance : balance + position.q * (c - position.entry);
    changes.push(now / equity - 1);
    equity = now;
    peak = Math.max(peak, equity);
    if (equity < peak * deepest) deepest = equity / peak;
    const s = at(score, t);
    if (position === undefined) {
      pending = s >= genome.threshold ? 1 : s <= -genome.threshold ? -1 : 0;
    } else if (s * position.dir <= -genome.threshold || position.held >= genome.mostBars) {
      pending = 2;
    }
  }
  const total = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0);
  const mean = total(changes) / changes.length;
  const variance = total(changes.map((r) => r * r)) / changes.length - mean * mean;
  const downs = total(changes.map((r) => (r < 0 ? r * r : 0)));
  const yearly = Math.sqrt(terms.barsPerYear);
  const wins = nets.filter((net) => net > 0);
  const lost = -total(nets.filter((net) => net <= 0));
  return {
    totalReturn: equity - 1,
    sharpe: variance > 0 ? (mean / Math.sqrt(variance)) * yearly : Number.NaN,
    sortino: downs > 0 ? (mean / Math.sqrt(downs / changes.length)) * yearly : Number.NaN,
    maxDrawdown: 1 - deepest,
    profitFactor: lost > 0 ? total(wins) / lost : Number.NaN,
    trades: nets.length,
    winRate: nets.length > 0 ? wins.length / nets.length : Number.NaN,
    finalEquity: equity,
  };
}
