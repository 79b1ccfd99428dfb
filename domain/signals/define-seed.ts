/**
 * Checks that something is a strategy seed: its shape, its genes, and what it says of made-up bars.
 * A user's own file goes through it; the error names field, value and rule.
 */
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { describeViolation, err, ok, shownValue } from '../kernel/outcome.ts';
import { createRng } from '../kernel/rng.ts';
import type { BarArrays } from '../market/bar-arrays.ts';
import { lookAheadFaults } from './checks.ts';
import { exitRulesViolation } from './exit-rules.ts';
import type { GeneSpec, Genes } from './genes.ts';
import { parseGenes } from './genes.ts';
import type { SeedTrace, StrategySeed } from './seed.ts';
import { FLAT, LONG, NO_VERDICT, SHORT } from './seed.ts';
import { IndicatorSource } from './source.ts';
import { historyBars, MAX_WARMUP_BARS } from './window.ts';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const GENE_NAME = /^[a-z][A-Za-z0-9]*$/;
const KINDS = ['int', 'real', 'category', 'text'];

const violation = (field: string, value: unknown, rule: string): RuleViolation => ({
  field,
  value: shownValue(value),
  rule,
});

/**
 * Declares a strategy. It changes nothing: it checks, so that a mistake is told where it was made.
 * @throws RangeError naming every broken rule
 */
export function defineSeed(seed: StrategySeed): StrategySeed {
  const broken = shapeViolations(seed);
  if (broken.length > 0) throw new RangeError(broken.map(describeViolation).join('; '));
  return seed;
}

function shapeViolations(seed: Partial<StrategySeed>): readonly RuleViolation[] {
  const broken: RuleViolation[] = [];
  const { name, genes, constraints } = seed;
  if (typeof name !== 'string' || !NAME.test(name)) {
    broken.push(violation('name', name, 'must be words of a-z and 0-9 with hyphens between'));
  }
  for (const field of ['title', 'description'] as const) {
    if (typeof seed[field] !== 'string' || seed[field].trim() === '') {
      broken.push(violation(field, seed[field], 'must be some text'));
    }
  }
  for (const field of ['warmupBars', 'trace'] as const) {
    if (typeof seed[field] !== 'function') {
      broken.push(violation(field, typeof seed[field], 'must be a function'));
    }
  }
  for (const field of ['genes', 'constraints'] as const) {
    if (!Array.isArray(seed[field])) broken.push(violation(field, seed[field], 'must be an array'));
  }
  if (broken.length > 0) return broken;
  return geneViolations(genes ?? [], constraints ?? []);
}

function geneViolations(
  genes: readonly GeneSpec[],
  constraints: StrategySeed['constraints'],
): readonly RuleViolation[] {
  const broken: RuleViolation[] = [];
  const names = genes.map((gene) => gene?.name);
  genes.forEach((gene, index) => {
    const at = `genes[${index}]`;
    if (typeof gene !== 'object' || gene === null || !KINDS.includes(gene.kind)) {
      broken.push(violation(`${at}.kind`, gene?.kind, `must be one of ${KINDS.join(', ')}`));
    } else if (!GENE_NAME.test(gene.name) || names.indexOf(gene.name) !== index) {
      broken.push(violation(`${at}.name`, gene.name, 'must be a camelCase word, each once'));
    } else if ('min' in gene && !(gene.min < gene.max)) {
      broken.push(violation(`${at}.min`, gene.min, `must be less than max (${gene.max})`));
    }
  });
  for (const { less, than } of constraints) {
    const unknown = [less, than].find((name) => !names.includes(name));
    if (unknown !== undefined) {
      broken.push(violation('constraints', unknown, 'must be names of genes'));
    }
  }
  if (broken.length > 0) return broken;
  const defaults = parseGenes({ genes, constraints }, {});
  return defaults.ok
    ? []
    : defaults.error.map((one) => ({ ...one, field: `default of ${one.field}` }));
}

/** Reads a seed from whatever a module exports, and tries it on made-up bars with its defaults. */
export function readSeed(exported: unknown): Outcome<StrategySeed, readonly RuleViolation[]> {
  if (typeof exported !== 'object' || exported === null) {
    const rule = 'must be a strategy: export default defineSeed({ ... })';
    return err([violation('default export', exported, rule)]);
  }
  const shape = shapeViolations(exported);
  if (shape.length > 0) return err(shape);
  const seed = exported as StrategySeed;
  const genes = parseGenes(seed, {});
  if (!genes.ok) return err(genes.error);
  try {
    const broken = tryOut(seed, genes.value);
    return broken === undefined ? ok(seed) : err([broken]);
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault);
    return err([violation('trace', message, 'must not throw')]);
  }
}

/** A walk of prices, the same one always. */
function madeUpBars(length: number): BarArrays {
  const rng = createRng(1);
  const column = (): Float64Array => new Float64Array(length);
  const [open, high, low, close, volumeBase, openTimeMs] = [
    column(),
    column(),
    column(),
    column(),
    column(),
    column(),
  ];
  let price = 1_000;
  for (let i = 0; i < length; i += 1) {
    const next = price * (1 + (rng.next() - 0.5) / 200);
    openTimeMs[i] = i * 60_000;
    open[i] = price;
    close[i] = next;
    high[i] = Math.max(price, next) * 1.0005;
    low[i] = Math.min(price, next) * 0.9995;
    volumeBase[i] = 1 + rng.next();
    price = next;
  }
  return {
    asset: 'BTC',
    intervalMs: 60_000,
    length,
    openTimeMs,
    open,
    high,
    low,
    close,
    volumeBase,
  };
}

const STANCES = [SHORT, FLAT, LONG, NO_VERDICT];

function tryOut(seed: StrategySeed, genes: Genes): RuleViolation | undefined {
  const warmup = seed.warmupBars(genes);
  if (!Number.isInteger(warmup) || warmup < 1 || warmup > MAX_WARMUP_BARS) {
    return violation('warmupBars', warmup, `must be a whole number from 1 to ${MAX_WARMUP_BARS}`);
  }
  const exits = exitRulesViolation(seed.exits?.(genes));
  if (exits !== undefined) return exits;
  const bars = madeUpBars(historyBars(seed, genes) + 200);
  const input = { bars };
  const trace = seed.trace(input, genes, new IndicatorSource(input));
  const wrong = traceViolation(trace, bars.length);
  if (wrong !== undefined) return wrong;
  const cuts = [1, 7, 60].map((off) => bars.length - off);
  const [fault] = lookAheadFaults(seed, genes, input, cuts);
  if (fault === undefined) return undefined;
  const rule = 'must not change with the bars after it (look-ahead)';
  return violation(`trace at bar ${fault.openTimeMs / 60_000}`, fault.difference, rule);
}

function traceViolation(trace: SeedTrace, bars: number): RuleViolation | undefined {
  const fields = [
    'stance',
    'changed',
    'mayOpen',
    'strength',
    'stopDistanceFraction',
    'volatilityPerBar',
  ] as const;
  for (const field of fields) {
    const values = trace?.[field];
    if (!ArrayBuffer.isView(values) || values.length !== bars) {
      const value = values === undefined ? undefined : `${values.length} values`;
      return violation(
        `trace.${field}`,
        value,
        `must be a typed array with one value per bar (${bars})`,
      );
    }
  }
  const odd = trace.stance.findIndex((stance) => !STANCES.includes(stance));
  if (odd >= 0) {
    const rule = 'must be LONG, SHORT, FLAT or NO_VERDICT';
    return violation(`trace.stance[${odd}]`, trace.stance[odd], rule);
  }
  const reason: unknown = trace.reasonAt(bars - 1);
  if (typeof reason === 'string' && reason !== '') return undefined;
  return violation('trace.reasonAt', reason, 'must be a sentence');
}
