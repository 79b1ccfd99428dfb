/**
 * Time-weighted execution: equal market slices, each with a price collar, over a stated time. A slice
 * that filled less than its part is caught up by the next ones, at most three normal slices at once
 * (the venue's own TWAP has the same bound). Ends at the deadline with what it has.
 */
import type { Fraction, SizeBase } from '../../kernel/decimal.ts';
import { decimal } from '../../kernel/decimal.ts';
import type { RuleViolation } from '../../kernel/outcome.ts';
import type { Side } from '../../market/side.ts';
import type { LegPlan, Moves, Sight } from './plan.ts';
import { filledOf, isLive, NO_MOVES, nextName, windUp } from './plan.ts';
import { leftOf, sliceOf } from './slices.ts';

export interface TwapSpec {
  readonly kind: 'twap';
  readonly side: Side;
  readonly sizeBase: SizeBase;
  readonly reduceOnly: boolean;
  /** From the first slice to the deadline: 10 s to 7 days. */
  readonly durationMs: number;
  /** From slice to slice: at least 5 s. */
  readonly everyMs: number;
  /** Worst acceptable distance of a slice's price from the mid. */
  readonly collarFraction?: Fraction;
}

/** As on the venue (docs: catch-up to 3 times the normal size). */
const MOST_CATCH_UP = 3;
const LEAST_EVERY_MS = 5_000;
const DAY_MS = 86_400_000;

export function checkTwap({ durationMs, everyMs }: TwapSpec): RuleViolation | undefined {
  if (!Number.isInteger(everyMs) || everyMs < LEAST_EVERY_MS) {
    const rule = `must be a whole number of at least ${LEAST_EVERY_MS} ms`;
    return { field: 'everyMs', value: String(everyMs), rule };
  }
  if (!Number.isInteger(durationMs) || durationMs < 2 * everyMs || durationMs > 7 * DAY_MS) {
    const rule = 'must be a whole number of ms, at least two slices long and at most 7 days';
    return { field: 'durationMs', value: String(durationMs), rule };
  }
  return undefined;
}

/** @param cancelled why its owner wants it to end */
export function planTwap(spec: TwapSpec, sight: Sight, cancelled?: string): Moves {
  const { legs, nowMs, startedMs, market, asset } = sight;
  const left = leftOf(spec.sizeBase, legs);
  if (left.lte(0)) return windUp(legs, { kind: 'done', reason: 'all of it has executed' });
  if (cancelled !== undefined) return windUp(legs, { kind: 'stopped', reason: cancelled });
  const slices = Math.max(1, Math.floor(spec.durationMs / spec.everyMs));
  const deadlineMs = startedMs + slices * spec.everyMs;
  if (legs.some(isLive)) return NO_MOVES;
  const due = Math.min(slices, Math.floor((nowMs - startedMs) / spec.everyMs) + 1);
  if (nowMs >= deadlineMs) {
    const reason = `time is up: ${filledOf(legs).toFixed()} of ${spec.sizeBase} executed`;
    return windUp(legs, { kind: 'stopped', reason });
  }
  const nextMs = startedMs + due * spec.everyMs;
  const lastMs = legs.at(-1)?.startedMs ?? Number.NEGATIVE_INFINITY;
  const hasSliced = lastMs >= startedMs + (due - 1) * spec.everyMs;
  if (hasSliced || market === undefined) return { ...NO_MOVES, wakeAtMs: nextMs };
  const whole = decimal(spec.sizeBase);
  const owed = whole.times(due).div(slices).minus(filledOf(legs));
  const most = whole.times(MOST_CATCH_UP).div(slices);
  const size = sliceOf(asset, owed.gt(most) ? most : owed, left, decimal(market.markPx));
  if (size === undefined) return { ...NO_MOVES, wakeAtMs: nextMs };
  const plan: LegPlan = {
    name: nextName(legs, 'slice'),
    leg: spec.reduceOnly ? 'exit' : 'entry',
    side: spec.side,
    type: 'MARKET',
    sizeBase: size,
    reduceOnly: spec.reduceOnly,
    ...(spec.collarFraction === undefined ? {} : { collarFraction: spec.collarFraction }),
  };
  return { ...NO_MOVES, start: [plan], wakeAtMs: nextMs };
}
