/**
 * Where a strategy takes profit, beside leaving by its stance or its stop: up to three targets, each
 * so many stop distances from the entry and for a part of the position, and whether the stop moves to
 * the entry once the first was reached. A function of the genes alone, so that it knows no bar at all.
 */
import type { Fraction } from '../kernel/decimal.ts';
import { decimal, decimalFromFloat, fraction, isDecimalText } from '../kernel/decimal.ts';
import type { RuleViolation } from '../kernel/outcome.ts';
import { describeViolation, shownValue } from '../kernel/outcome.ts';
import type { GeneSpec, Genes } from './genes.ts';

export interface TargetRule {
  /** Distance from the entry in distances of the protective stop; three decimals at most. */
  readonly distanceR: Fraction;
  /** The part of the whole position that it takes, above 0 up to 1; three decimals at most. */
  readonly fraction: Fraction;
}

export const STOP_MOVES = ['stays', 'entry'] as const;

export interface ExitRules {
  /** The nearest first; the parts sum to 1 at most, and what they leave runs on. */
  readonly targets: readonly TargetRule[];
  /** Whether the stop stays where it is after the first target, or moves to the entry. */
  readonly stopAfterTarget: (typeof STOP_MOVES)[number];
}

/** More levels are a close grid: an order of its own for every few per cent of a position. */
export const MOST_TARGETS = 3;
const MOST_DISTANCE_R = 100;
const PLACES = 3;

const off = { isLeftOut: true } as const;

/** Off by default, and then left out of the genes: what follows from them is as it was before. */
export const TARGET_GENES: readonly GeneSpec[] = [
  {
    kind: 'real',
    name: 'targetR',
    title: 'first target: its distance from the entry, in stop distances; 0: none',
    min: 0,
    max: 20,
    default: 0,
    ...off,
  },
  {
    kind: 'real',
    name: 'targetFraction',
    title: 'part of the position that the first target takes; 1: all of it',
    min: 0.05,
    max: 1,
    default: 1,
    ...off,
  },
  {
    kind: 'real',
    name: 'restTargetR',
    title: 'target of the rest: how far beyond the first, in stop distances; 0: the rest has none',
    min: 0,
    max: 20,
    default: 0,
    ...off,
  },
  {
    kind: 'category',
    name: 'stopAfterTarget',
    title: 'after the first target the stop stays where it is, or moves to the entry',
    options: STOP_MOVES,
    default: 'stays',
    ...off,
  },
];

/** What a strategy is asked of its exits by: a seed, or as much of it. */
interface Exiting {
  readonly genes: readonly GeneSpec[];
  exits?(genes: Genes): ExitRules | undefined;
}

const short = (value: number): Fraction =>
  fraction(decimalFromFloat(value).toDecimalPlaces(PLACES));

const numberOr = (genes: Genes, name: string, standard: number): number => {
  const value = genes[name];
  return typeof value === 'number' ? value : standard;
};

/** The rules that {@link TARGET_GENES} mean. */
function rulesOfGenes(genes: Genes): ExitRules | undefined {
  const distanceR = short(numberOr(genes, 'targetR', 0));
  if (decimal(distanceR).isZero()) return undefined;
  const part = short(numberOr(genes, 'targetFraction', 1));
  const beyond = short(numberOr(genes, 'restTargetR', 0));
  const rest = decimal(1).minus(decimal(part));
  const hasMore = !rest.isZero() && !decimal(beyond).isZero();
  const last: TargetRule = {
    distanceR: fraction(decimal(distanceR).plus(decimal(beyond))),
    fraction: fraction(rest),
  };
  return {
    targets: [{ distanceR, fraction: part }, ...(hasMore ? [last] : [])],
    stopAfterTarget: genes.stopAfterTarget === 'entry' ? 'entry' : 'stays',
  };
}

/**
 * Where the strategy takes profit with these genes; undefined: nowhere.
 * @throws RangeError naming the rule that the strategy's own `exits` breaks
 */
export function exitRulesOf(seed: Exiting, genes: Genes): ExitRules | undefined {
  if (seed.exits !== undefined) {
    const rules = seed.exits(genes);
    const broken = exitRulesViolation(rules);
    if (broken !== undefined) throw new RangeError(describeViolation(broken));
    return rules;
  }
  const hasGenes = TARGET_GENES.every((gene) => seed.genes.includes(gene));
  return hasGenes ? rulesOfGenes(genes) : undefined;
}

const isShort = (value: unknown, most: number): boolean => {
  if (typeof value !== 'string' || !isDecimalText(value)) return false;
  const number = decimal(value);
  return number.gt(0) && number.lte(most) && number.decimalPlaces() <= PLACES;
};

/** The broken rule of what a strategy's own `exits` answers, or undefined. */
export function exitRulesViolation(rules: unknown): RuleViolation | undefined {
  if (rules === undefined) return undefined;
  const { targets, stopAfterTarget } = (rules ?? {}) as Partial<ExitRules>;
  const wrong = (field: string, value: unknown, rule: string): RuleViolation => ({
    field: `exits.${field}`,
    value: shownValue(value),
    rule,
  });
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > MOST_TARGETS) {
    return wrong('targets', targets, `must be a list of 1 to ${MOST_TARGETS} targets`);
  }
  let [distance, parts] = [decimal(0), decimal(0)];
  for (const [place, target] of (targets as readonly Partial<TargetRule>[]).entries()) {
    const { distanceR, fraction: part } = target ?? {};
    if (!isShort(distanceR, MOST_DISTANCE_R) || decimal(distanceR as Fraction).lte(distance)) {
      const rule = `must be a decimal text above that of the target before it, up to ${MOST_DISTANCE_R}, of ${PLACES} decimals at most`;
      return wrong(`targets[${place}].distanceR`, distanceR, rule);
    }
    if (!isShort(part, 1) || parts.plus(decimal(part as Fraction)).gt(1)) {
      const rule = `must be a decimal text above 0 of ${PLACES} decimals at most, all of them 1 at most`;
      return wrong(`targets[${place}].fraction`, part, rule);
    }
    distance = decimal(distanceR as Fraction);
    parts = parts.plus(decimal(part as Fraction));
  }
  const isKnown = (STOP_MOVES as readonly unknown[]).includes(stopAfterTarget);
  return isKnown
    ? undefined
    : wrong('stopAfterTarget', stopAfterTarget, `must be one of ${STOP_MOVES.join(', ')}`);
}
