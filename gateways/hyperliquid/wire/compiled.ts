/**
 * Schemas with a parser that is generated for them, for what is read thousands of times: answers,
 * frames and actions. It accepts the same values, gives the same ones, and complains in the same
 * words, since whatever it refuses is read once more the ordinary way.
 */
import { z } from 'zod';

const known = new WeakMap<z.ZodType, z.ZodType>();

/** The schema, compiled when it is first asked for: that takes about a millisecond. */
export function compiled<Schema extends z.ZodType>(schema: Schema): Schema {
  const ready = known.get(schema);
  if (ready !== undefined) return ready as Schema;
  const made = z.compile(schema);
  known.set(schema, made);
  return made;
}
