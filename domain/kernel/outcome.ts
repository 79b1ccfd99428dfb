/** Expected outcomes are returned, not thrown: a refusal is a value with its reason. */
export type Outcome<Value, Problem> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Problem };

export const ok = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({
  ok: true,
  value,
});

export const err = <Problem>(error: Problem): { readonly ok: false; readonly error: Problem } => ({
  ok: false,
  error,
});

/** A broken rule, named so that a user can mend it: which field, which value, which rule. */
export interface RuleViolation {
  readonly field: string;
  readonly value: string;
  readonly rule: string;
}

/** One line for people: `size "0.00001": must have at most 5 decimals`. */
export function describeViolation(violation: RuleViolation): string {
  return `${violation.field} ${JSON.stringify(violation.value)}: ${violation.rule}`;
}

/** Any value as text for a message. Total: also what cannot be turned into text by itself. */
export function shownValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? 'an object';
  } catch {
    return 'an object that is no JSON';
  }
}
