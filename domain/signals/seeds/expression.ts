/** Expression: a strategy written as rules, or bred as trees; see `domain/signals/expression`. */
import { err, ok } from '../../kernel/outcome.ts';
import {
  COMMON_GENES,
  maxHoldGene,
  type Opinion,
  riskWarmupBars,
  traceOf,
} from '../common-genes.ts';
import type { ConditionNode } from '../expression/ast.ts';
import { comparedNumbers, holdsOn, warmupOf } from '../expression/evaluate.ts';
import { parseCondition } from '../expression/parse.ts';
import { print } from '../expression/print.ts';
import { simplify } from '../expression/simplify.ts';
import type { GeneSpec, Genes } from '../genes.ts';
import { categoryGene, numberGene } from '../genes.ts';
import { holdingOf, whenEntered } from '../holding.ts';
import type { StrategySeed } from '../seed.ts';
import { FLAT, LONG, NO_VERDICT } from '../seed.ts';
import { shown } from '../shown.ts';
import type { IndicatorSource } from '../source.ts';

/** Rules may read so many bars that the longest hold still fits into the venue's history. */
const MAX_RULE_BARS = 1_900;

const ruleGene = (name: string, title: string, standard: string): GeneSpec => ({
  kind: 'text',
  name,
  title,
  default: standard,
  read: (text) => {
    const parsed = parseCondition(text);
    if (!parsed.ok) return parsed;
    const rule = simplify(parsed.value);
    const bars = warmupOf(rule);
    if (bars > MAX_RULE_BARS) return err(`reads ${bars} bars, must read at most ${MAX_RULE_BARS}`);
    return ok(print(rule));
  },
});

const RULES = ['long', 'short', 'exit'] as const;

function ruleOf(genes: Genes, name: (typeof RULES)[number]): ConditionNode {
  const parsed = parseCondition(categoryGene(genes, name));
  if (!parsed.ok) throw new RangeError(`gene ${name}: ${parsed.error}`);
  return parsed.value;
}

const warmupBars = (genes: Genes): number =>
  Math.max(...RULES.map((name) => warmupOf(ruleOf(genes, name)))) +
  numberGene(genes, 'maxHoldBars') +
  1;

function opinionOf(genes: Genes, source: IndicatorSource): Opinion {
  const rules = {
    long: ruleOf(genes, 'long'),
    short: ruleOf(genes, 'short'),
    exit: ruleOf(genes, 'exit'),
  };
  const [long, short, exit] = RULES.map((name) => holdsOn(rules[name], source)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const maxHoldBars = numberGene(genes, 'maxHoldBars');
  const begins = (rule: Uint8Array, i: number): boolean => rule[i] === 1 && rule[i - 1] === 0;
  const holding = holdingOf(
    source.bars.length,
    {
      entersLong: (i) => begins(long, i) && exit[i] === 0,
      entersShort: (i) => begins(short, i) && exit[i] === 0,
      exitsLong: (i) => exit[i] === 1,
      exitsShort: (i) => exit[i] === 1,
    },
    maxHoldBars,
  );
  const first = warmupBars(genes) - 1;
  const stance = holding.stance.map((held, i) => (i < first ? NO_VERDICT : held));
  const strength = Float64Array.from(holding.stance, (held) => (held === FLAT ? 0 : 1));
  const numbersAt = (rule: ConditionNode, i: number): string => {
    const numbers = [...comparedNumbers(rule, source)];
    return numbers.map(([text, values]) => `${text} ${shown(values[i] as number)}`).join(', ');
  };
  const reasonAt = (i: number): string => {
    if (stance[i] === NO_VERDICT) return `warming up: ${i + 1} of ${first + 1} bars`;
    if (stance[i] === FLAT) {
      const [one, other] = [numbersAt(rules.long, i), numbersAt(rules.short, i)];
      return `no entry of the last ${maxHoldBars} bars is in force (${one === other ? one : `${one}; ${other}`})`;
    }
    const name = stance[i] === LONG ? 'long' : 'short';
    const when = whenEntered(holding, i);
    return `${name} rule ${print(rules[name])} began to hold ${when} (${numbersAt(rules[name], i)})`;
  };
  return { stance, entered: holding.entered, strength, reasonAt };
}

export const expression: StrategySeed = {
  name: 'expression',
  title: 'A strategy of your own rules: conditions over indicators',
  description:
    'Enters long or short on the bar on which its rule begins to hold, leaves when the exit rule holds ' +
    'or time is up. Rules compare numbers (< <= > >=) made of open, high, low, close, volume, constants, ' +
    'indicators (sma, ema, wma, stdev, zscore, highest, lowest of a column and a period; rsi, atr, adx, ' +
    'vwap, change, volatility, stochastic, kernel of a period), + - * /, min, max, abs and ago(x, bars), ' +
    'joined by and, or, not. No rule can name a later bar.',
  genes: [
    ruleGene('long', 'when to enter long', 'rsi(14) < 35 and close > sma(close, 200)'),
    ruleGene('short', 'when to enter short', 'rsi(14) > 65 and close < sma(close, 200)'),
    ruleGene('exit', 'when to leave', 'rsi(14) > 48 and rsi(14) < 52'),
    maxHoldGene(96),
    ...COMMON_GENES,
  ],
  constraints: [],
  warmupBars: (genes) => Math.max(warmupBars(genes), riskWarmupBars(genes)),
  trace: (_input, genes, source) => traceOf(opinionOf(genes, source), genes, source),
};
