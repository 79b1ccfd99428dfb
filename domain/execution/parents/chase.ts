/**
 * Post-only chase: rests at the best price of its own side and follows it, within a bound, until it
 * is filled or out of time. Never takes; a quote is replaced only after its end is proven, so that
 * the two can never both fill.
 */
import type { Decimal, Fraction, Px, SizeBase } from '../../kernel/decimal.ts';
import { decimal, ONE, ROUND_CEIL, ROUND_FLOOR, sizeBase } from '../../kernel/decimal.ts';
import type { RuleViolation } from '../../kernel/outcome.ts';
import type { AssetSpec } from '../../market/asset.ts';
import { roundPrice } from '../../market/asset.ts';
import type { Side } from '../../market/side.ts';
import type { LegPlan, MarketSight, Moves, Sight, Watch } from './plan.ts';
import { filledOf, isLive, isResting, NO_MOVES, nextName, windUp } from './plan.ts';
import { leftOf } from './slices.ts';

export interface ChaseSpec {
  readonly kind: 'chase';
  readonly side: Side;
  readonly sizeBase: SizeBase;
  readonly reduceOnly: boolean;
  /** The worst price that it follows to. */
  readonly worstPx: Px;
  /** A quote stands at least this long: 1 s or more. */
  readonly holdMs: number;
  readonly durationMs: number;
  /** Only followed when the best price has moved this far from the quote; 0 when absent. */
  readonly slackFraction?: Fraction;
}

const LEAST_HOLD_MS = 1_000;

export function checkChase({ holdMs, durationMs }: ChaseSpec): RuleViolation | undefined {
  if (!Number.isInteger(holdMs) || holdMs < LEAST_HOLD_MS) {
    const rule = `must be a whole number of at least ${LEAST_HOLD_MS} ms`;
    return { field: 'holdMs', value: String(holdMs), rule };
  }
  if (!Number.isInteger(durationMs) || durationMs < holdMs) {
    return { field: 'durationMs', value: String(durationMs), rule: 'must be at least holdMs' };
  }
  return undefined;
}

/** Where to quote: the best price of our side, no worse than the bound. */
function quotePx(spec: ChaseSpec, asset: AssetSpec, market: MarketSight): Px {
  const isBuy = spec.side === 'buy';
  const best = decimal(isBuy ? market.bidPx : market.askPx);
  const worst = decimal(spec.worstPx);
  const bounded = isBuy ? (best.gt(worst) ? worst : best) : best.lt(worst) ? worst : best;
  return roundPrice(asset, bounded, isBuy ? ROUND_FLOOR : ROUND_CEIL);
}

/** Less than any tick, in parts of a price. */
const LEAST_PART = decimal('0.000000001');

/** Where the best price of our side has to get to for the quote to follow it. */
function watchFor(spec: ChaseSpec, asset: AssetSpec, heldPx: Px): Watch {
  const isBuy = spec.side === 'buy';
  const [held, slack] = [decimal(heldPx), decimal(spec.slackFraction ?? '0')];
  const part = slack.gt(LEAST_PART) ? slack : LEAST_PART;
  const abovePx = roundPrice(asset, held.times(ONE.plus(part)), ROUND_CEIL);
  const belowPx = roundPrice(asset, held.times(ONE.minus(part)), ROUND_FLOOR);
  const bound = roundPrice(asset, spec.worstPx, isBuy ? ROUND_FLOOR : ROUND_CEIL);
  const canWorsen = isBuy
    ? decimal(bound).gte(decimal(abovePx))
    : decimal(bound).lte(decimal(belowPx));
  return isBuy
    ? { of: 'bid', belowPx, ...(canWorsen ? { abovePx } : {}) }
    : { of: 'ask', abovePx, ...(canWorsen ? { belowPx } : {}) };
}

const apart = (a: Px, b: Px): Decimal => decimal(a).div(decimal(b)).minus(ONE).abs();

/** @param cancelled why its owner wants it to end */
export function planChase(spec: ChaseSpec, sight: Sight, cancelled?: string): Moves {
  const { legs, nowMs, startedMs, market, asset } = sight;
  const left = leftOf(spec.sizeBase, legs);
  if (left.lte(0)) return windUp(legs, { kind: 'done', reason: 'all of it has executed' });
  if (cancelled !== undefined) return windUp(legs, { kind: 'stopped', reason: cancelled });
  const deadlineMs = startedMs + spec.durationMs;
  if (nowMs >= deadlineMs) {
    const reason = `time is up: ${filledOf(legs).toFixed()} of ${spec.sizeBase} executed`;
    return windUp(legs, { kind: 'stopped', reason });
  }
  if (market === undefined) return { ...NO_MOVES, wakeAtMs: deadlineMs };
  const px = quotePx(spec, asset, market);
  const quote = legs.find(isLive);
  const last = legs.at(-1);
  const freeMs = (last?.startedMs ?? Number.NEGATIVE_INFINITY) + spec.holdMs;
  if (quote !== undefined) {
    const held = quote.plan.limitPx ?? px;
    const hasMoved = held !== px && apart(px, held).gte(decimal(spec.slackFraction ?? '0'));
    if (hasMoved && nowMs >= freeMs && isResting(quote)) {
      return { ...NO_MOVES, cancel: [quote.plan.name] };
    }
    if (hasMoved) {
      const again = nowMs < freeMs ? Math.min(freeMs, deadlineMs) : deadlineMs;
      return { ...NO_MOVES, wakeAtMs: again };
    }
    return { ...NO_MOVES, wakeAtMs: deadlineMs, watch: watchFor(spec, asset, held) };
  }
  // A quote that crossed was refused by the venue; the next waits its time as well.
  if (nowMs < freeMs) return { ...NO_MOVES, wakeAtMs: Math.min(freeMs, deadlineMs) };
  const plan: LegPlan = {
    name: nextName(legs, 'quote'),
    leg: spec.reduceOnly ? 'exit' : 'entry',
    side: spec.side,
    type: 'LIMIT',
    sizeBase: sizeBase(left),
    reduceOnly: spec.reduceOnly,
    limitPx: px,
    timeInForce: 'ALO',
  };
  return { ...NO_MOVES, start: [plan], wakeAtMs: deadlineMs };
}
