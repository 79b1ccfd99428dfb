import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { barView } from '../../../domain/market/bar-arrays.ts';
import type { ConditionNode, NumberNode } from '../../../domain/signals/expression/ast.ts';
import {
  BAR_INDICATORS,
  COLUMN_INDICATORS,
  COLUMNS,
  COMPARISONS,
  depthOf,
  MAX_DEPTH,
  sizeOf,
} from '../../../domain/signals/expression/ast.ts';
import { holdsOn, numbersOf, warmupOf } from '../../../domain/signals/expression/evaluate.ts';
import { parseCondition } from '../../../domain/signals/expression/parse.ts';
import { print } from '../../../domain/signals/expression/print.ts';
import { simplify, simplifyNumber } from '../../../domain/signals/expression/simplify.ts';
import { parseGenes } from '../../../domain/signals/genes.ts';
import { expression } from '../../../domain/signals/seeds/expression.ts';
import { IndicatorSource } from '../../../domain/signals/source.ts';
import { barsFromCloses } from '../market/samples.ts';
import { inputFrom, REAL } from './inputs.ts';
import { genesOf, judgeLast } from './samples.ts';

const period = fc.integer({ min: 1, max: 40 });
const constant = fc
  .oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((value): NumberNode => ({ kind: 'constant', value: value === 0 ? 0 : value }));
const column = fc.constantFrom(...COLUMNS);

/** Every kind of node, a few levels deep. */
const { number, condition } = fc.letrec<{ number: NumberNode; condition: ConditionNode }>(
  (tie) => ({
    number: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      constant,
      fc.record({ kind: fc.constant('column' as const), column }),
      fc.record({
        kind: fc.constant('columnIndicator' as const),
        name: fc.constantFrom(...COLUMN_INDICATORS),
        column,
        period,
      }),
      fc.record({
        kind: fc.constant('barIndicator' as const),
        name: fc.constantFrom(...BAR_INDICATORS),
        period,
      }),
      fc.record({
        kind: fc.constant('arithmetic' as const),
        operator: fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const),
        left: tie('number'),
        right: tie('number'),
      }),
      fc.record({
        kind: fc.constant('extreme' as const),
        name: fc.constantFrom('min' as const, 'max' as const),
        left: tie('number'),
        right: tie('number'),
      }),
      fc.record({
        kind: fc.constantFrom('negative' as const, 'absolute' as const),
        of: tie('number'),
      }),
      fc.record({ kind: fc.constant('ago' as const), of: tie('number'), bars: period }),
    ),
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({ kind: fc.constant('always' as const), value: fc.boolean() }),
      fc.record({
        kind: fc.constant('compare' as const),
        operator: fc.constantFrom(...COMPARISONS),
        left: tie('number'),
        right: tie('number'),
      }),
      fc.record({
        kind: fc.constant('logic' as const),
        operator: fc.constantFrom('and' as const, 'or' as const),
        left: tie('condition'),
        right: tie('condition'),
      }),
      fc.record({ kind: fc.constant('not' as const), of: tie('condition') }),
    ),
  }),
);
const readable = condition.filter((node) => depthOf(node) <= MAX_DEPTH && sizeOf(node) <= 60);

const whole = inputFrom(REAL);
const window = { ...whole, bars: barView(whole.bars, 0, 160) };
const sourceOf = () => new IndicatorSource(window);
const bits = (values: Float64Array): readonly bigint[] => [
  ...new BigUint64Array(values.slice().buffer),
];

describe('a rule', () => {
  test('that is printed is read back as the very same tree', () => {
    fc.assert(
      fc.property(readable, (node) => {
        expect(parseCondition(print(node))).toEqual({ ok: true, value: node });
      }),
      { numRuns: 500 },
    );
  });

  test('that is simplified has the same value on every bar, to the last bit', () => {
    fc.assert(
      fc.property(readable, number, (rule, value) => {
        const source = sourceOf();
        expect([...holdsOn(simplify(rule), source)]).toEqual([...holdsOn(rule, source)]);
        const simple = numbersOf(simplifyNumber(value), source);
        const plain = numbersOf(value, source);
        // Not-a-number has many bit patterns: which one is nobody's business.
        const known = (values: Float64Array) =>
          bits(values.map((v) => (Number.isNaN(v) ? Number.NaN : v)));
        expect(known(simple)).toEqual(known(plain));
      }),
      { numRuns: 400 },
    );
  });

  test('keeps the zero that is not there: x + 0 is no x where x is -0, x * 0 no 0 where x is none', () => {
    const zero: NumberNode = { kind: 'constant', value: 0 };
    const less: NumberNode = { kind: 'negative', of: zero };
    const none: NumberNode = { kind: 'columnIndicator', name: 'sma', column: 'close', period: 9 };
    for (const node of [
      { kind: 'arithmetic', operator: '+', left: less, right: zero },
      { kind: 'arithmetic', operator: '*', left: none, right: zero },
      { kind: 'arithmetic', operator: '-', left: none, right: none },
    ] as const) {
      const [simple] = numbersOf(simplifyNumber(node), sourceOf());
      const [plain] = numbersOf(node, sourceOf());
      expect(simple).toBe(plain);
    }
  });

  test('that is simple is not simplified again, and never grows', () => {
    fc.assert(
      fc.property(readable, (rule) => {
        const once = simplify(rule);
        expect(simplify(once)).toEqual(once);
        expect(sizeOf(once)).toBeLessThanOrEqual(sizeOf(rule));
      }),
      { numRuns: 500 },
    );
  });

  test('sees nothing of later bars, and no more of the past than it says', () => {
    fc.assert(
      fc.property(readable, fc.integer({ min: 1, max: 159 }), (rule, cut) => {
        const short = new IndicatorSource({ ...window, bars: barView(whole.bars, 0, cut) });
        expect([...holdsOn(rule, short)]).toEqual([...holdsOn(rule, sourceOf())].slice(0, cut));
        expect(warmupOf(rule)).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['rsi(14) <', 'cannot be read at 10: "the end" where a number or a name was expected'],
    ['rsi(0) < 3', 'cannot be read at 5: "0" where a whole number from 1 to 200 was expected'],
    ['close', 'cannot be read at 1: "close" where a condition was expected'],
    ['close > 1 and 3', 'cannot be read at 15: "3" where a condition was expected'],
    ['(close > 1) + 3 > 2', 'cannot be read at 1: "(" where a number was expected'],
    ['next(close) > 1', 'cannot be read at 1: "next" where a known name was expected'],
    [
      'ago(close, -1) > 1',
      'cannot be read at 12: "-" where a whole number from 1 to 100 was expected',
    ],
    [
      'sma(price, 3) > 1',
      'cannot be read at 5: "price" where open, high, low, close, volume was expected',
    ],
    ['close > 1 $', 'cannot be read at 10:  $'],
    ['close > 1e999', 'cannot be read at 9: "1e999" where a finite number was expected'],
    ['close > 1 2', 'cannot be read at 11: "2" where the end was expected'],
    [`${'not '.repeat(20)}true`, 'must be at most 10 levels deep'],
    ['x'.repeat(2_001), 'must be at most 2000 characters'],
  ])('%s is refused: %s', (text, error) => {
    expect(parseCondition(text)).toEqual({ ok: false, error });
  });

  test('reads any text without a throw', () => {
    const words = fc.array(
      fc.constantFrom('rsi(14)', 'close', 'and', 'not', '<', '(', ')', '3', ',', '-'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          words.map((parts) => parts.join(' ')),
        ),
        (text) => {
          const parsed = parseCondition(text);
          if (parsed.ok) expect(parseCondition(print(parsed.value))).toEqual(parsed);
        },
      ),
    );
  });

  test('means what people read: precedence, sides, and looking back', () => {
    const { bars } = window;
    const close = (i: number): number => bars.close[i] ?? Number.NaN;
    const rule = parseCondition('not close > ago(close, 1) or close + 2 * 3 < 0 and true');
    if (!rule.ok) throw new Error(rule.error);
    const holds = holdsOn(rule.value, sourceOf());
    for (let i = 1; i < 100; i += 1) expect(holds[i]).toBe(close(i) > close(i - 1) ? 0 : 1);
    expect(print(rule.value)).toBe('not close > ago(close, 1) or close + 2 * 3 < 0 and true');
  });
});

describe('a strategy of rules', () => {
  test('keeps its rules simplified, and says where one cannot be read', () => {
    const genes = genesOf(expression, { long: 'not not (close * 1 > -(-(open))) and true' });
    expect(genes.long).toBe('close > open');
    const broken = parseGenes(expression, { long: 'close >', exit: 7 });
    expect(!broken.ok && broken.error).toMatchObject([
      { field: 'long', rule: expect.stringMatching(/^cannot be read at/) },
      { field: 'exit', rule: 'must be text' },
    ]);
  });

  test('refuses a rule that reads more bars than the venue serves', () => {
    const parsed = parseGenes(expression, { long: 'adx(200) > 20' });
    expect(!parsed.ok && parsed.error).toMatchObject([
      { field: 'long', rule: 'reads 8402 bars, must read at most 1900' },
    ]);
  });

  test('enters where its rule begins to hold, leaves by the exit rule or by time', () => {
    const rules = { long: 'close > 105', short: 'close < 95', exit: 'close > 110', maxHoldBars: 5 };
    const genes = genesOf(expression, { ...rules, atrPeriod: 5 });
    const judge = (...closes: number[]) =>
      judgeLast(
        expression,
        barsFromCloses([...new Array<number>(130).fill(100), ...closes], 0.5),
        genes,
      );
    expect(judge(106)).toMatchObject({ stance: 'long', changedThisBar: true, mayOpen: true });
    expect(judge(106, 107)).toMatchObject({ stance: 'long', mayOpen: false });
    expect(judge(106, 111)).toMatchObject({ stance: 'flat', changedThisBar: true });
    expect(judge(94)).toMatchObject({ stance: 'short' });
    expect(judge(106, 100, 100, 100, 100, 100)).toMatchObject({ stance: 'flat' });
    expect(judge(106).reason).toMatch(
      /^long rule close > 105 began to hold on this bar \(close 106\)/,
    );
  });
});
