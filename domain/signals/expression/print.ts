/** A tree as a rule that people read, and that `parse` reads back to the very same tree. */
import type { ConditionNode, ExpressionNode, NumberNode } from './ast.ts';

const BINDING: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  not: 3,
  compare: 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  atom: 7,
};

const bindingOf = (node: ExpressionNode): number => {
  if (node.kind === 'arithmetic' || node.kind === 'logic') return BINDING[node.operator] ?? 0;
  return BINDING[node.kind] ?? 7;
};

/** Wrapped where the parser would group it otherwise. Everything binds to the left. */
const inside = (node: ExpressionNode, least: number): string =>
  bindingOf(node) < least ? `(${print(node)})` : print(node);

export function print(node: ExpressionNode): string {
  switch (node.kind) {
    case 'constant':
      return String(node.value);
    case 'column':
      return node.column;
    case 'columnIndicator':
      return `${node.name}(${node.column}, ${node.period})`;
    case 'barIndicator':
      return `${node.name}(${node.period})`;
    case 'extreme':
      return `${node.name}(${print(node.left)}, ${print(node.right)})`;
    case 'negative':
      return `-(${print(node.of)})`;
    case 'absolute':
      return `abs(${print(node.of)})`;
    case 'ago':
      return `ago(${print(node.of)}, ${node.bars})`;
    case 'always':
      return String(node.value);
    case 'not':
      return `not ${inside(node.of, 3)}`;
    default:
      return printPair(node);
  }
}

function printPair(node: Extract<NumberNode | ConditionNode, { readonly left: unknown }>): string {
  if (node.kind === 'extreme') return print(node);
  const binding = bindingOf(node);
  const least = node.kind === 'compare' ? binding + 1 : binding;
  return `${inside(node.left, least)} ${node.operator} ${inside(node.right, binding + 1)}`;
}
