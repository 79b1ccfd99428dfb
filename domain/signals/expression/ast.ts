/**
 * Expression trees over indicators: numbers and conditions, each node of one of the two types, so
 * that every tree that can be built means something. Nothing in the grammar can name a later bar:
 * indicators are of closed bars, and `ago` looks back only.
 */

export const COLUMNS = ['open', 'high', 'low', 'close', 'volume'] as const;
export type ColumnName = (typeof COLUMNS)[number];

/** Indicators of a column and a period: `sma(close, 20)`. */
export const COLUMN_INDICATORS = [
  'sma',
  'ema',
  'wma',
  'stdev',
  'zscore',
  'highest',
  'lowest',
] as const;
/** Indicators of the bars and a period: `rsi(14)`. */
export const BAR_INDICATORS = [
  'rsi',
  'atr',
  'adx',
  'vwap',
  'change',
  'volatility',
  'stochastic',
  'kernel',
] as const;

export const ARITHMETIC = ['+', '-', '*', '/'] as const;
export const COMPARISONS = ['<', '<=', '>', '>='] as const;

export type ColumnIndicator = (typeof COLUMN_INDICATORS)[number];
export type BarIndicator = (typeof BAR_INDICATORS)[number];

export type NumberNode =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'column'; readonly column: ColumnName }
  | {
      readonly kind: 'columnIndicator';
      readonly name: ColumnIndicator;
      readonly column: ColumnName;
      readonly period: number;
    }
  | { readonly kind: 'barIndicator'; readonly name: BarIndicator; readonly period: number }
  | {
      readonly kind: 'arithmetic';
      readonly operator: (typeof ARITHMETIC)[number];
      readonly left: NumberNode;
      readonly right: NumberNode;
    }
  | {
      readonly kind: 'extreme';
      readonly name: 'min' | 'max';
      readonly left: NumberNode;
      readonly right: NumberNode;
    }
  | { readonly kind: 'negative' | 'absolute'; readonly of: NumberNode }
  /** The value some bars before. */
  | { readonly kind: 'ago'; readonly of: NumberNode; readonly bars: number };

export type ConditionNode =
  | { readonly kind: 'always'; readonly value: boolean }
  | {
      readonly kind: 'compare';
      readonly operator: (typeof COMPARISONS)[number];
      readonly left: NumberNode;
      readonly right: NumberNode;
    }
  | {
      readonly kind: 'logic';
      readonly operator: 'and' | 'or';
      readonly left: ConditionNode;
      readonly right: ConditionNode;
    }
  | { readonly kind: 'not'; readonly of: ConditionNode };

export type ExpressionNode = NumberNode | ConditionNode;

export const PERIOD_MIN = 1;
export const PERIOD_MAX = 200;
export const AGO_MAX = 100;
/** Deeper or larger trees are no rules that a person could read. */
export const MAX_DEPTH = 10;
export const MAX_NODES = 80;

/** The nodes right below one. */
export function childrenOf(node: ExpressionNode): readonly ExpressionNode[] {
  switch (node.kind) {
    case 'arithmetic':
    case 'extreme':
    case 'compare':
    case 'logic':
      return [node.left, node.right];
    case 'negative':
    case 'absolute':
    case 'ago':
    case 'not':
      return [node.of];
    default:
      return [];
  }
}

export const depthOf = (node: ExpressionNode): number =>
  1 + Math.max(0, ...childrenOf(node).map(depthOf));

export const sizeOf = (node: ExpressionNode): number =>
  1 + childrenOf(node).reduce((sum, child) => sum + sizeOf(child), 0);
