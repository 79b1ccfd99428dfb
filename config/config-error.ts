/** Settings that cannot be used: which key, which value, which rule, and where it was said. */
import { describeViolation, type RuleViolation } from '../domain/kernel/outcome.ts';

export interface ConfigViolation extends RuleViolation {
  /** Where the value came from, e.g. `environment PERPETUA_PAPER_SPEED`. */
  readonly source: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly violations: readonly ConfigViolation[];

  constructor(violations: readonly ConfigViolation[]) {
    super(violations.map((one) => `${describeViolation(one)} (from ${one.source})`).join('\n'));
    this.violations = violations;
  }
}

/** How a value is shown in a message: short, and never a password. */
export function shownValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const masked = text.replace(/(\/\/[^/:@\s]*:)[^@/\s]+@/g, '$1***@');
  return masked.length > 80 ? `${masked.slice(0, 77)}...` : masked;
}
