/**
 * Entry with stop and target: the exits are placed for what the entry has filled, follow it as it
 * fills on, and are each other's OCO by construction: both only reduce, and what one has closed the
 * other no longer covers. Ends when the entry is closed again, or never filled.
 */
import type { Fraction, Px, SizeBase } from '../../kernel/decimal.ts';
import { decimal, sizeBase } from '../../kernel/decimal.ts';
import type { Side } from '../../market/side.ts';
import type { TimeInForce } from '../intent.ts';
import { closesNothing, cover, FLATTEN_ROLE, flatten, STOP_ROLE, wasRefused } from './cover.ts';
import type { LegPlan, LegState, Moves, Sight } from './plan.ts';
import {
  describeEnd,
  filledOf,
  hasEnded,
  isLive,
  NO_MOVES,
  namesOf,
  nextName,
  ofRole,
  windUp,
} from './plan.ts';

export interface BracketSpec {
  readonly kind: 'bracket';
  readonly side: Side;
  readonly sizeBase: SizeBase;
  /** The entry rests at this price; a market order when absent. */
  readonly limitPx?: Px;
  readonly timeInForce?: TimeInForce;
  readonly collarFraction?: Fraction;
  readonly stopPx: Px;
  readonly targetPx: Px;
  /** How the target is taken: by a native trigger on the mark (default), or a resting limit order. */
  readonly targetBy?: 'trigger' | 'limit';
  /** What a cancel does with what is already filled: closes it, or leaves it to its owner. */
  readonly onCancel?: 'close' | 'leave';
}

const ENTRY = 'entry';
const TARGET_ROLE = 'target';

const exitSide = (spec: BracketSpec): Side => (spec.side === 'buy' ? 'sell' : 'buy');

function entryPlan(spec: BracketSpec): LegPlan {
  const { side, limitPx, timeInForce, collarFraction } = spec;
  return {
    name: ENTRY,
    leg: 'entry',
    side,
    type: limitPx === undefined ? 'MARKET' : 'LIMIT',
    sizeBase: spec.sizeBase,
    reduceOnly: false,
    ...(limitPx === undefined ? {} : { limitPx }),
    ...(limitPx === undefined || timeInForce === undefined ? {} : { timeInForce }),
    ...(limitPx !== undefined || collarFraction === undefined ? {} : { collarFraction }),
  };
}

function targetPlan(spec: BracketSpec, name: string, open: SizeBase): LegPlan {
  const common = {
    name,
    leg: 'exit',
    side: exitSide(spec),
    sizeBase: open,
    reduceOnly: true,
  } as const;
  return spec.targetBy === 'limit'
    ? { ...common, type: 'LIMIT', limitPx: spec.targetPx, timeInForce: 'GTC' }
    : { ...common, type: 'TAKE_PROFIT', triggerPx: spec.targetPx };
}

/** Entry, stop and target of the whole size, as they are when the entry fills at once. */
export const bracketLegs = (spec: BracketSpec): readonly LegPlan[] => [
  entryPlan(spec),
  {
    name: `${STOP_ROLE}-0`,
    leg: 'protect',
    side: exitSide(spec),
    type: 'STOP_LOSS',
    sizeBase: spec.sizeBase,
    reduceOnly: true,
    triggerPx: spec.stopPx,
  },
  targetPlan(spec, `${TARGET_ROLE}-0`, spec.sizeBase),
];

/** One live target of at least the open size; a bigger one comes before the smaller one goes. */
function aim(spec: BracketSpec, legs: readonly LegState[], open: SizeBase): Moves {
  const live = ofRole(legs, TARGET_ROLE).filter(isLive);
  const serving = live.filter(({ plan, filledBase }) =>
    decimal(plan.sizeBase).minus(decimal(filledBase)).gte(decimal(open)),
  );
  const keep = serving.at(-1);
  if (keep !== undefined) {
    return { ...NO_MOVES, cancel: namesOf(live.filter((leg) => leg !== keep)) };
  }
  const plan = targetPlan(spec, nextName(legs, TARGET_ROLE), open);
  // A target that is refused is not worth insisting on: the stop protects.
  const refused = ofRole(legs, TARGET_ROLE).filter(wasRefused).length;
  return refused > 2 ? NO_MOVES : { ...NO_MOVES, start: [plan] };
}

const EXIT_ROLES = [STOP_ROLE, TARGET_ROLE, FLATTEN_ROLE] as const;

/** What the entry bought and no exit has sold yet. */
function openBase(legs: readonly LegState[]): SizeBase {
  const exits = EXIT_ROLES.flatMap((role) => ofRole(legs, role));
  const open = filledOf(ofRole(legs, ENTRY)).minus(filledOf(exits));
  return sizeBase(open.isNegative() ? 0 : open);
}

/** @param cancelled why its owner wants it to end */
export function planBracket(spec: BracketSpec, sight: Sight, cancelled?: string): Moves {
  const { legs, nowMs } = sight;
  const entry = legs.find(({ plan }) => plan.name === ENTRY);
  if (entry === undefined) {
    return cancelled === undefined
      ? { ...NO_MOVES, start: [entryPlan(spec)] }
      : windUp(legs, { kind: 'stopped', reason: cancelled });
  }
  const open = openBase(legs);
  const isFlat = decimal(open).isZero();
  if (isFlat && hasEnded(entry)) {
    const end = decimal(entry.filledBase).isZero()
      ? ({ kind: 'stopped', reason: cancelled ?? `the ${describeEnd(entry)}` } as const)
      : ({ kind: 'done', reason: 'the entry is closed again' } as const);
    return windUp(legs, end);
  }
  if (cancelled !== undefined) {
    if (isLive(entry)) return { ...NO_MOVES, cancel: [ENTRY] };
    if (spec.onCancel === 'leave') return windUp(legs, { kind: 'stopped', reason: cancelled });
    return flatten(legs, { side: exitSide(spec), sizeBase: decimal(open), nowMs });
  }
  if (isFlat) return NO_MOVES;
  const side = exitSide(spec);
  if (closesNothing(legs)) return flatten(legs, { side, sizeBase: decimal(open), nowMs });
  const guard = cover(legs, { side, sizeBase: decimal(open), triggerPx: spec.stopPx, nowMs });
  const target = aim(spec, legs, open);
  return {
    start: [...guard.start, ...target.start],
    cancel: [...guard.cancel, ...target.cancel],
    ...(guard.wakeAtMs === undefined ? {} : { wakeAtMs: guard.wakeAtMs }),
  };
}
