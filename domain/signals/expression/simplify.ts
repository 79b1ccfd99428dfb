/**
 * Simpler trees of the same value on every bar, to the last bit: only what holds for every float,
 * also for none (`x * 0` is no 0 while x warms up, `x + 0` is not x when x is -0).
 */
import type { ConditionNode, ExpressionNode, NumberNode } from './ast.ts';
import { AGO_MAX } from './ast.ts';
import { print } from './print.ts';

const same = (one: ExpressionNode, other: ExpressionNode): boolean => print(one) === print(other);

const isConstant = (node: NumberNode, value: number): boolean =>
  node.kind === 'constant' && Object.is(node.value, value);

/** A constant that can be written down: results that are no number stay as they are. */
const constant = (value: number, otherwise: NumberNode): NumberNode =>
  Number.isFinite(value) && !Object.is(value, -0) ? { kind: 'constant', value } : otherwise;

export function compute(operator: string, left: number, right: number): number {
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  return operator === '*' ? left * right : left / right;
}

export function compared(operator: string, left: number, right: number): boolean {
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

export function simplifyNumber(node: NumberNode): NumberNode {
  switch (node.kind) {
    case 'arithmetic': {
      const [left, right] = [simplifyNumber(node.left), simplifyNumber(node.right)];
      const made: NumberNode = { ...node, left, right };
      if (left.kind === 'constant' && right.kind === 'constant') {
        return constant(compute(node.operator, left.value, right.value), made);
      }
      const neutral = node.operator === '-' ? 0 : node.operator === '+' ? Number.NaN : 1;
      if (isConstant(right, neutral)) return left;
      return node.operator === '*' && isConstant(left, 1) ? right : made;
    }
    case 'extreme': {
      const [left, right] = [simplifyNumber(node.left), simplifyNumber(node.right)];
      if (same(left, right)) return left;
      const made: NumberNode = { ...node, left, right };
      if (left.kind !== 'constant' || right.kind !== 'constant') return made;
      return constant(Math[node.name](left.value, right.value), made);
    }
    case 'negative': {
      const of = simplifyNumber(node.of);
      if (of.kind === 'negative') return of.of;
      return of.kind === 'constant' ? constant(-of.value, { ...node, of }) : { ...node, of };
    }
    case 'absolute': {
      const of = simplifyNumber(node.of);
      if (of.kind === 'absolute') return of;
      if (of.kind === 'negative') return simplifyNumber({ kind: 'absolute', of: of.of });
      return of.kind === 'constant'
        ? constant(Math.abs(of.value), { ...node, of })
        : { ...node, of };
    }
    case 'ago': {
      const of = simplifyNumber(node.of);
      if (of.kind !== 'ago' || of.bars + node.bars > AGO_MAX) return { ...node, of };
      return { kind: 'ago', of: of.of, bars: of.bars + node.bars };
    }
    default:
      return node;
  }
}

/** Simplifies a condition; applied again it changes nothing more. */
export function simplify(node: ConditionNode): ConditionNode {
  switch (node.kind) {
    case 'compare': {
      const [left, right] = [simplifyNumber(node.left), simplifyNumber(node.right)];
      if (left.kind === 'constant' && right.kind === 'constant') {
        return { kind: 'always', value: compared(node.operator, left.value, right.value) };
      }
      const isStrict = node.operator === '<' || node.operator === '>';
      return isStrict && same(left, right)
        ? { kind: 'always', value: false }
        : { ...node, left, right };
    }
    case 'logic': {
      const [left, right] = [simplify(node.left), simplify(node.right)];
      // `and` is decided by false, `or` by true; the other word leaves the other side.
      const decisive = node.operator === 'or';
      for (const [side, other] of [[left, right] as const, [right, left] as const]) {
        if (side.kind === 'always') return side.value === decisive ? side : other;
      }
      return same(left, right) ? left : { ...node, left, right };
    }
    case 'not': {
      const of = simplify(node.of);
      if (of.kind === 'not') return of.of;
      return of.kind === 'always' ? { kind: 'always', value: !of.value } : { ...node, of };
    }
    default:
      return node;
  }
}
