/**
 * Parent orders of every kind: what can be asked for, whether it makes sense, and what to do next.
 * A parent is a plan over ordinary orders; each leg goes through the life of an order by itself.
 */
import { assertNever } from '../../kernel/assert.ts';
import { decimal, isDecimalText } from '../../kernel/decimal.ts';
import type { AccountAddress, IntentId, Network } from '../../kernel/ids.ts';
import { intentId } from '../../kernel/ids.ts';
import type { RuleViolation } from '../../kernel/outcome.ts';
import { shownValue } from '../../kernel/outcome.ts';
import type { OrderIntent } from '../intent.ts';
import { checkIntentShape } from '../intent.ts';
import { type BracketSpec, planBracket } from './bracket.ts';
import { type ChaseSpec, checkChase, planChase } from './chase.ts';
import { type ClosePositionSpec, planClosePosition } from './close-position.ts';
import { checkIceberg, type IcebergSpec, planIceberg } from './iceberg.ts';
import { checkLadder, type LadderSpec, planLadder } from './ladder.ts';
import { type OcoSpec, planOco } from './oco.ts';
import { type LegPlan, type Moves, type Sight, windUp } from './plan.ts';
import { planTrailingStop, type TrailingStopSpec } from './trailing-stop.ts';
import { checkTwap, planTwap, type TwapSpec } from './twap.ts';
import { checkVenueTwap, type VenueTwapSpec } from './venue-twap.ts';

export type ParentSpec =
  | BracketSpec
  | ChaseSpec
  | ClosePositionSpec
  | IcebergSpec
  | LadderSpec
  | OcoSpec
  | TrailingStopSpec
  | TwapSpec
  | VenueTwapSpec;

export type ParentKind = ParentSpec['kind'];

/** A parent order: whose it is, on what, and the plan. Plain JSON. */
export interface ParentIntent {
  readonly network: Network;
  readonly account: AccountAddress;
  readonly intentId: IntentId;
  readonly strategy: string;
  readonly asset: string;
  readonly spec: ParentSpec;
  /** The session that wants it; absent for one typed by hand. */
  readonly session?: string;
  readonly decisionId?: string;
  /** Digest of the risk approval, when the decision already passed risk. */
  readonly approvalDigest?: string;
}

/** Kinds whose moves depend on prices or on the position. */
const WATCHING: readonly ParentKind[] = ['trailingStop', 'twap', 'chase', 'closePosition'];
export const watchesMarket = ({ kind }: ParentSpec): boolean => WATCHING.includes(kind);

/** What to do now. @param cancelled why its owner wants it to end */
export function planParent(spec: ParentSpec, sight: Sight, cancelled?: string): Moves {
  switch (spec.kind) {
    case 'bracket':
      return planBracket(spec, sight, cancelled);
    case 'chase':
      return planChase(spec, sight, cancelled);
    case 'closePosition':
      return planClosePosition(spec, sight, cancelled);
    case 'iceberg':
      return planIceberg(spec, sight, cancelled);
    case 'ladder':
      return planLadder(spec, sight, cancelled);
    case 'oco':
      return planOco(spec, sight, cancelled);
    case 'trailingStop':
      return planTrailingStop(spec, sight, cancelled);
    case 'twap':
      return planTwap(spec, sight, cancelled);
    case 'venueTwap':
      // Only who starts the wrong workflow by hand gets here: the venue works it, and no plan.
      return windUp(sight.legs, { kind: 'stopped', reason: 'the venue works it by itself' });
    default:
      return assertNever(spec);
  }
}

/** The order intent of a leg: its identity follows from the parent's and the leg's name alone. */
export function legIntent(parent: ParentIntent, plan: LegPlan): OrderIntent {
  const { name, ...order } = plan;
  const { network, account, strategy, asset, session, decisionId, approvalDigest } = parent;
  return {
    network,
    account,
    strategy,
    asset,
    intentId: intentId(`${parent.intentId}/${name}`),
    parent: parent.intentId,
    ...order,
    ...(session === undefined ? {} : { session }),
    ...(decisionId === undefined ? {} : { decisionId }),
    ...(approvalDigest === undefined ? {} : { approvalDigest }),
  };
}

const NUMBERS = [
  'sizeBase',
  'shownBase',
  'limitPx',
  'stopPx',
  'targetPx',
  'trailPx',
  'trailFraction',
  'stepFraction',
  'fromPx',
  'toPx',
  'worstPx',
  'sizeRatio',
  'slackFraction',
  'collarFraction',
] as const;

/** Specs come as JSON: types promise nothing about numbers. */
function checkNumbers(spec: ParentSpec): RuleViolation | undefined {
  const fields = spec as unknown as Readonly<Record<string, unknown>>;
  for (const field of NUMBERS) {
    const value = fields[field];
    if (value === undefined) continue;
    if (typeof value !== 'string' || !isDecimalText(value) || decimal(value).lte(0)) {
      return { field, value: shownValue(value), rule: 'must be a decimal number above 0, as text' };
    }
  }
  return undefined;
}

function checkBracket({ side, stopPx, targetPx, limitPx }: BracketSpec): RuleViolation | undefined {
  const [low, high] = side === 'buy' ? [stopPx, targetPx] : [targetPx, stopPx];
  const entry = decimal(limitPx ?? targetPx);
  const isBetween = decimal(low).lt(decimal(high)) && entry.gte(decimal(low));
  if (isBetween && (limitPx === undefined || entry.lt(decimal(high)))) return undefined;
  const rule =
    side === 'buy'
      ? 'must lie below the entry, and the target above it'
      : 'must lie above the entry, and the target below it';
  return { field: 'stopPx', value: stopPx, rule };
}

function checkTrail(spec: TrailingStopSpec): RuleViolation | undefined {
  const { trailPx, trailFraction, stepFraction } = spec;
  if ((trailPx === undefined) === (trailFraction === undefined)) {
    return { field: 'trail', value: '', rule: 'needs a price distance or a fraction, not both' };
  }
  if (stepFraction !== undefined && decimal(stepFraction).gt(1)) {
    return { field: 'stepFraction', value: stepFraction, rule: 'must be at most 1' };
  }
  const isWide = trailFraction !== undefined && decimal(trailFraction).gte(1);
  return isWide
    ? { field: 'trailFraction', value: trailFraction, rule: 'must be below 1' }
    : undefined;
}

function checkOco(parent: ParentIntent, spec: OcoSpec): RuleViolation | undefined {
  for (const [name, order] of [
    ['first', spec.first],
    ['second', spec.second],
  ] as const) {
    const leg = order.reduceOnly ? 'exit' : 'entry';
    const violation = checkIntentShape(legIntent(parent, { ...order, name, leg }));
    if (violation) return { ...violation, field: `${name}.${violation.field}` };
  }
  return undefined;
}

/** Leaves room for the names of legs in their own ids. */
const LONGEST_ID = 100;

/** The first broken rule of a parent, before anything was started. */
export function checkParent(parent: ParentIntent): RuleViolation | undefined {
  const { spec } = parent;
  if (parent.intentId.length > LONGEST_ID) {
    const rule = `must have at most ${LONGEST_ID} characters, since legs add their names`;
    return { field: 'intentId', value: parent.intentId, rule };
  }
  const unreadable = checkNumbers(spec);
  if (unreadable) return unreadable;
  switch (spec.kind) {
    case 'bracket':
      return checkBracket(spec);
    case 'chase':
      return checkChase(spec);
    case 'closePosition':
      return undefined;
    case 'iceberg':
      return checkIceberg(spec);
    case 'ladder':
      return checkLadder(spec);
    case 'oco':
      return checkOco(parent, spec);
    case 'trailingStop':
      return checkTrail(spec);
    case 'twap':
      return checkTwap(spec);
    case 'venueTwap':
      return checkVenueTwap(spec);
    default:
      return { field: 'kind', value: shownValue((spec as ParentSpec).kind), rule: 'is not known' };
  }
}
