/** Holes in a series: reported everywhere, filled nowhere. */
import { type SeriesKey, seriesIntervalMs, slotOf } from './series.ts';

export interface HistoryGap {
  /** Slot of the last row before the hole. */
  readonly afterMs: number;
  readonly missingRows: number;
}

/** Every hole between the first and the last row; times ascend. */
export function historyGaps(key: SeriesKey, timeMs: Float64Array): readonly HistoryGap[] {
  const intervalMs = seriesIntervalMs(key);
  if (key.kind === 'funding') return fundingGaps(timeMs, intervalMs);
  const gaps: HistoryGap[] = [];
  for (let i = 1; i < timeMs.length; i += 1) {
    const step = (timeMs[i] as number) - (timeMs[i - 1] as number);
    // A day's stamp may be late; a bar's never is.
    const missingRows = Math.round(step / intervalMs) - 1;
    if (missingRows > 0) gaps.push({ afterMs: timeMs[i - 1] as number, missingRows });
  }
  return gaps;
}

/** Payments looked at on either side to say what the usual distance is. */
const NEIGHBOURS = 6;

/**
 * Venues pay every 1, 4 or 8 hours and change it: the usual distance is the median of those around.
 */
function fundingGaps(timeMs: Float64Array, intervalMs: number): readonly HistoryGap[] {
  const steps = Float64Array.from({ length: Math.max(0, timeMs.length - 1) }, (_, i) => {
    return slotOf(timeMs[i + 1] as number, intervalMs) - slotOf(timeMs[i] as number, intervalMs);
  });
  const gaps: HistoryGap[] = [];
  steps.forEach((step, i) => {
    if (step <= intervalMs) return;
    const around = steps.slice(Math.max(0, i - NEIGHBOURS), i + NEIGHBOURS + 1).sort();
    const usual = around[Math.floor(around.length / 2)] as number;
    const missingRows = Math.round(step / usual) - 1;
    // Where the pace changes, the distance of the slower side is usual.
    const isPaceOf = (neighbour: number | undefined): boolean => neighbour === step;
    if (missingRows < 1 || isPaceOf(steps[i - 1]) || isPaceOf(steps[i + 1])) return;
    gaps.push({ afterMs: slotOf(timeMs[i] as number, intervalMs), missingRows });
  });
  return gaps;
}

export const missingRows = (gaps: readonly HistoryGap[]): number =>
  gaps.reduce((sum, gap) => sum + gap.missingRows, 0);
