/** What zod found wrong, as field, value and rule. It decides nothing. */
import type { z } from 'zod';
import { type RuleViolation, shownValue } from '../../domain/kernel/outcome.ts';

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );
}

/** The first broken rule. @param field the name of the whole value */
export function violationOf(error: z.ZodError, value: unknown, field: string): RuleViolation {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  const name = path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    field,
  );
  return {
    field: name,
    value: shownValue(valueAt(value, path)).slice(0, 200),
    rule: issue?.message ?? 'is not valid',
  };
}
