/**
 * Genes: the typed, bounded parameters of a strategy or a sizing rule, as plain JSON.
 *
 * Each stage lists its own genes; evolution and the command line read the lists. Values out of
 * bounds are refused, never clamped: a clamped value would trade something nobody asked for.
 */
import { assertInvariant } from '../kernel/assert.ts';
import { isDecimalText } from '../kernel/decimal.ts';
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { err, ok, shownValue } from '../kernel/outcome.ts';

interface GeneBase {
  readonly name: string;
  /** What the gene means, with its unit, for people. */
  readonly title: string;
  /**
   * While it has its default the gene is left out of the genes, so that hashes of genes that were there
   * before it stay what they were.
   */
  readonly isLeftOut?: true;
}

/** A number with inclusive bounds; `int` genes take whole numbers only. */
export interface NumberGene extends GeneBase {
  readonly kind: 'int' | 'real';
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

export interface CategoryGene extends GeneBase {
  readonly kind: 'category';
  readonly options: readonly string[];
  readonly default: string;
}

/** Text of a language of its own, such as a rule. */
export interface TextGene extends GeneBase {
  readonly kind: 'text';
  readonly default: string;
  /** The text as it is kept, or the rule that it breaks. */
  read(text: string): Outcome<string, string>;
}

export type GeneSpec = NumberGene | CategoryGene | TextGene;

/** `less` must be smaller than `than`: both name number genes of the same list. */
export interface GeneConstraint {
  readonly less: string;
  readonly than: string;
}

/** A complete, legal assignment of values to the genes of one list; absent ones have their default. */
export type Genes = Readonly<Record<string, number | string>>;

export interface GeneList {
  readonly genes: readonly GeneSpec[];
  readonly constraints: readonly GeneConstraint[];
}

/** Reads genes from anything; absent ones take their default. Every broken rule is reported. */
export function parseGenes(list: GeneList, input: unknown): Outcome<Genes, RuleViolation[]> {
  if (input !== undefined && (typeof input !== 'object' || input === null)) {
    return err([{ field: 'genes', value: shownValue(input), rule: 'must be an object' }]);
  }
  const given = new Map(Object.entries(input ?? {}));
  const violations: RuleViolation[] = [];
  const genes: Record<string, number | string> = {};
  for (const spec of list.genes) {
    const value = given.get(spec.name) ?? spec.default;
    given.delete(spec.name);
    const read = readGene(spec, value);
    if (!read.ok) violations.push(read.error);
    else if (!spec.isLeftOut || read.value !== spec.default) genes[spec.name] = read.value;
  }
  const known = list.genes.map((spec) => spec.name).join(', ');
  for (const [field, value] of given) {
    violations.push({ field, value: shownValue(value), rule: `is no gene; known genes: ${known}` });
  }
  if (violations.length === 0) violations.push(...brokenConstraints(list.constraints, genes));
  return violations.length === 0 ? ok(genes) : err(violations);
}

function readGene(spec: GeneSpec, value: unknown): Outcome<number | string, RuleViolation> {
  if (spec.kind === 'category') return readCategory(spec, value);
  if (spec.kind === 'text') return readText(spec, value);
  return readNumber(spec, value);
}

function readText(spec: TextGene, value: unknown): Outcome<string, RuleViolation> {
  const read = typeof value === 'string' ? spec.read(value) : err('must be text');
  return read.ok ? read : err({ field: spec.name, value: shownValue(value), rule: read.error });
}

function readNumber(spec: NumberGene, value: unknown): Outcome<number, RuleViolation> {
  const number = typeof value === 'string' && isDecimalText(value) ? Number(value) : value;
  const whole = spec.kind === 'int';
  const legal =
    typeof number === 'number' &&
    number >= spec.min &&
    number <= spec.max &&
    (!whole || Number.isInteger(number));
  if (legal) return ok(number);
  const rule = `must be a ${whole ? 'whole ' : ''}number from ${spec.min} to ${spec.max}`;
  return err({ field: spec.name, value: shownValue(value), rule });
}

function readCategory(spec: CategoryGene, value: unknown): Outcome<string, RuleViolation> {
  if (typeof value === 'string' && spec.options.includes(value)) return ok(value);
  const rule = `must be one of ${spec.options.join(', ')}`;
  return err({ field: spec.name, value: shownValue(value), rule });
}

function brokenConstraints(constraints: readonly GeneConstraint[], genes: Genes): RuleViolation[] {
  return constraints
    .filter(({ less, than }) => !(numberGene(genes, less) < numberGene(genes, than)))
    .map(({ less, than }) => ({
      field: less,
      value: String(genes[less]),
      rule: `must be less than ${than} (${genes[than]})`,
    }));
}

/** @throws InvariantBroken when the gene is no number: genes must come from {@link parseGenes}. */
export function numberGene(genes: Genes, name: string): number {
  const value = genes[name];
  assertInvariant(typeof value === 'number', `gene ${name} is missing or no number`);
  return value;
}

/** @throws InvariantBroken when the gene is no text: genes must come from {@link parseGenes}. */
export function categoryGene(genes: Genes, name: string): string {
  const value = genes[name];
  assertInvariant(typeof value === 'string', `gene ${name} is missing or no text`);
  return value;
}
