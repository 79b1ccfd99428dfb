/** Reads rules such as `rsi(14) < 30 and close > sma(close, 200)`. Errors say where and what. */
import type { Outcome } from '../../kernel/outcome.ts';
import { err, ok } from '../../kernel/outcome.ts';
import type { ColumnName, ConditionNode, ExpressionNode, NumberNode } from './ast.ts';
import {
  AGO_MAX,
  ARITHMETIC,
  BAR_INDICATORS,
  COLUMN_INDICATORS,
  COLUMNS,
  COMPARISONS,
  depthOf,
  MAX_DEPTH,
  MAX_NODES,
  PERIOD_MAX,
  PERIOD_MIN,
  sizeOf,
} from './ast.ts';

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([A-Za-z]+)|(<=|>=|[<>+\-*/(),]))/y;
const MAX_TEXT = 2_000;

interface Token {
  readonly kind: 'number' | 'word' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

class Unreadable extends Error {}

const isOneOf = <Word extends string>(words: readonly Word[], text: string): text is Word =>
  words.some((word) => word === text);

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new Unreadable(`at ${from + 1}: ${text.slice(from, from + 10)}`);
    const [whole, number, word, sign] = found;
    const part = number ?? word ?? sign ?? '';
    const kind = number !== undefined ? 'number' : word !== undefined ? 'word' : 'sign';
    tokens.push({ kind, text: part, at: from + whole.length - part.length + 1 });
  }
  tokens.push({ kind: 'end', text: 'the end', at: text.length + 1 });
  return tokens;
}

const isCondition = (node: ExpressionNode): node is ConditionNode =>
  node.kind === 'always' || node.kind === 'compare' || node.kind === 'logic' || node.kind === 'not';

class Reader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  get token(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] as Token;
  }

  fail(wanted: string, { at, text } = this.token): never {
    throw new Unreadable(`at ${at}: ${JSON.stringify(text)} where ${wanted} was expected`);
  }

  take(text: string): boolean {
    if (this.token.kind === 'end' || this.token.text !== text) return false;
    this.#next += 1;
    return true;
  }

  must(text: string): void {
    if (!this.take(text)) this.fail(JSON.stringify(text));
  }

  advance(): Token {
    const { token } = this;
    this.#next += 1;
    return token;
  }

  condition(node: ExpressionNode, token: Token): ConditionNode {
    return isCondition(node) ? node : this.fail('a condition', token);
  }

  number(node: ExpressionNode, token: Token): NumberNode {
    return isCondition(node) ? this.fail('a number', token) : node;
  }

  or(): ExpressionNode {
    const first = this.token;
    let left = this.and();
    while (this.take('or')) {
      const second = this.token;
      const right = this.condition(this.and(), second);
      left = { kind: 'logic', operator: 'or', left: this.condition(left, first), right };
    }
    return left;
  }

  and(): ExpressionNode {
    const first = this.token;
    let left = this.not();
    while (this.take('and')) {
      const second = this.token;
      const right = this.condition(this.not(), second);
      left = { kind: 'logic', operator: 'and', left: this.condition(left, first), right };
    }
    return left;
  }

  not(): ExpressionNode {
    if (!this.take('not')) return this.compare();
    const first = this.token;
    return { kind: 'not', of: this.condition(this.not(), first) };
  }

  compare(): ExpressionNode {
    const first = this.token;
    const left = this.sum();
    const operator = this.token.text;
    if (!isOneOf(COMPARISONS, operator)) return left;
    this.advance();
    const second = this.token;
    const right = this.number(this.sum(), second);
    return { kind: 'compare', operator, left: this.number(left, first), right };
  }

  sum(): ExpressionNode {
    return this.pairs(['+', '-'], () => this.product());
  }

  product(): ExpressionNode {
    return this.pairs(['*', '/'], () => this.atom());
  }

  pairs(operators: readonly string[], part: () => ExpressionNode): ExpressionNode {
    const first = this.token;
    let left = part();
    for (;;) {
      const operator = this.token.text;
      if (!operators.includes(operator) || !isOneOf(ARITHMETIC, operator)) return left;
      this.advance();
      const second = this.token;
      const right = this.number(part(), second);
      left = { kind: 'arithmetic', operator, left: this.number(left, first), right };
    }
  }

  atom(): ExpressionNode {
    const token = this.advance();
    if (token.kind === 'number') return { kind: 'constant', value: this.value(token) };
    if (token.text === '(') {
      const inner = this.or();
      this.must(')');
      return inner;
    }
    if (token.text === '-') return this.negative();
    return token.kind === 'word' ? this.word(token) : this.fail('a number or a name', token);
  }

  value(token: Token): number {
    const value = Number(token.text);
    return Number.isFinite(value) ? value : this.fail('a finite number', token);
  }

  negative(): NumberNode {
    if (this.token.kind === 'number') {
      const value = this.value(this.advance());
      // There is one zero: the other one would be printed like it.
      return { kind: 'constant', value: value === 0 ? 0 : -value };
    }
    const first = this.token;
    return { kind: 'negative', of: this.number(this.atom(), first) };
  }

  word(token: Token): ExpressionNode {
    const { text } = token;
    if (text === 'true' || text === 'false') return { kind: 'always', value: text === 'true' };
    if (isOneOf(COLUMNS, text)) return { kind: 'column', column: text };
    if (isOneOf(BAR_INDICATORS, text)) {
      return { kind: 'barIndicator', name: text, period: this.whole(PERIOD_MIN, PERIOD_MAX, true) };
    }
    if (isOneOf(COLUMN_INDICATORS, text)) {
      this.must('(');
      const column = this.column();
      this.must(',');
      const period = this.whole(PERIOD_MIN, PERIOD_MAX);
      this.must(')');
      return { kind: 'columnIndicator', name: text, column, period };
    }
    return this.call(token);
  }

  call(token: Token): NumberNode {
    const { text } = token;
    if (!isOneOf(['min', 'max', 'abs', 'ago'], text)) this.fail('a known name', token);
    this.must('(');
    const first = this.token;
    const left = this.number(this.or(), first);
    if (text === 'abs') {
      this.must(')');
      return { kind: 'absolute', of: left };
    }
    this.must(',');
    if (text === 'ago') {
      const bars = this.whole(1, AGO_MAX);
      this.must(')');
      return { kind: 'ago', of: left, bars };
    }
    const second = this.token;
    const right = this.number(this.or(), second);
    this.must(')');
    return { kind: 'extreme', name: text as 'min' | 'max', left, right };
  }

  column(): ColumnName {
    const token = this.advance();
    return isOneOf(COLUMNS, token.text) ? token.text : this.fail(COLUMNS.join(', '), token);
  }

  /** A whole number within bounds, in brackets or not. */
  whole(min: number, max: number, inBrackets = false): number {
    if (inBrackets) this.must('(');
    const token = this.advance();
    const value = Number(token.text);
    const isWhole = token.kind === 'number' && Number.isInteger(value);
    if (!isWhole || value < min || value > max)
      this.fail(`a whole number from ${min} to ${max}`, token);
    if (inBrackets) this.must(')');
    return value;
  }
}

/** Reads a condition; the error is a sentence that says where the text stops making sense. */
export function parseCondition(text: string): Outcome<ConditionNode, string> {
  if (text.length > MAX_TEXT) return err(`must be at most ${MAX_TEXT} characters`);
  try {
    const reader = new Reader(text);
    const first = reader.token;
    const node = reader.condition(reader.or(), first);
    if (reader.token.kind !== 'end') reader.fail('the end');
    if (depthOf(node) > MAX_DEPTH) return err(`must be at most ${MAX_DEPTH} levels deep`);
    if (sizeOf(node) > MAX_NODES) return err(`must have at most ${MAX_NODES} parts`);
    return ok(node);
  } catch (fault) {
    if (fault instanceof Unreadable) return err(`cannot be read ${fault.message}`);
    throw fault;
  }
}
