/**
 * Funding aligned to bars: on each bar, what the payments known at its close say. Every value is
 * computed from its own few payments, so that it does not depend on where the history begins.
 */
import { HOUR_MS } from '../market/side-series.ts';
import type { IndicatorSource } from './source.ts';

export interface FundingColumns {
  /** Mean rate per hour of the last `meanHours` payments; NaN where too few are known. */
  readonly mean: Float64Array;
  /** Rate of the newest payment. */
  readonly latest: Float64Array;
  /** Payments in a row, newest first, with the sign of the newest. */
  readonly persistence: Int32Array;
  /** Share of the last `rankHours` payments below the newest one, equal ones counted half. */
  readonly rank: Float64Array;
  /** Change of the newest payment, in deviations of the last `rankHours` ones. */
  readonly jump: Float64Array;
}

/** The newest payment may be this old; a venue that is late is one thing, missing data another. */
const MAX_AGE_MS = 2 * HOUR_MS;
/** How much longer than the hours asked for a span of as many payments may be. */
const MAX_STRETCH = 1.1;

function read(rates: Float64Array, last: number, meanHours: number, rankHours: number) {
  const latest = rates[last] as number;
  let sum = 0;
  for (let j = last - meanHours + 1; j <= last; j += 1) sum += rates[j] as number;
  let [below, total, squares] = [0, 0, 0];
  for (let j = last - rankHours + 1; j <= last; j += 1) {
    const rate = rates[j] as number;
    below += rate < latest ? 1 : rate === latest ? 0.5 : 0;
    total += rate - latest;
    squares += (rate - latest) * (rate - latest);
  }
  const variance = squares / rankHours - (total / rankHours) ** 2;
  const change = latest - (rates[last - 1] as number);
  let persistence = 0;
  while (
    persistence < rankHours &&
    Math.sign(rates[last - persistence] as number) === Math.sign(latest)
  ) {
    persistence += 1;
  }
  return {
    mean: sum / meanHours,
    latest,
    persistence,
    rank: below / rankHours,
    jump: change === 0 || !(variance > 0) ? 0 : change / Math.sqrt(variance),
  };
}

/** @param rankHours at least `meanHours`, at least 2 */
export function fundingColumns(
  source: IndicatorSource,
  meanHours: number,
  rankHours: number,
): FundingColumns {
  return source.memo(`funding ${meanHours} ${rankHours}`, () => {
    const { length, openTimeMs, intervalMs } = source.bars;
    const none = (): Float64Array => new Float64Array(length).fill(Number.NaN);
    const columns = {
      mean: none(),
      latest: none(),
      rank: none(),
      jump: none(),
      persistence: new Int32Array(length),
    };
    const times = source.input.funding?.timeMs ?? new Float64Array();
    const rates = source.input.funding?.value ?? new Float64Array();
    let last = -1;
    let readAt = -1;
    let reading: ReturnType<typeof read> | undefined;
    for (let i = 0; i < length; i += 1) {
      const closeMs = (openTimeMs[i] as number) + intervalMs;
      while (last + 1 < times.length && (times[last + 1] as number) <= closeMs) last += 1;
      const first = last - rankHours + 1;
      const isKnown =
        first >= 0 &&
        closeMs - (times[last] as number) <= MAX_AGE_MS &&
        (times[last] as number) - (times[first] as number) <= MAX_STRETCH * rankHours * HOUR_MS;
      if (!isKnown) continue;
      if (readAt !== last) reading = read(rates, last, meanHours, rankHours);
      readAt = last;
      if (reading === undefined) continue;
      columns.mean[i] = reading.mean;
      columns.latest[i] = reading.latest;
      columns.rank[i] = reading.rank;
      columns.jump[i] = reading.jump;
      columns.persistence[i] = reading.persistence;
    }
    return columns;
  });
}
