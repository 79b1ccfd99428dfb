/**
 * The scalars of the venue's wire and their two spellings of a decimal: requests carry the shortest
 * text (`100`), answers always a decimal point (`100.0`). Never turns a decimal into a float.
 */
import { z } from 'zod';
import { decimal, isDecimalText, plain } from '../../../domain/kernel/decimal.ts';
import { type AccountAddress, accountAddress, type Cloid } from '../../../domain/kernel/ids.ts';

/** Longer numbers are no prices: refusing them bounds the work that one request can cause. */
const MAX_DECIMAL_CHARS = 48;

/** A decimal as the venue writes it: plain text, kept as it came. */
export const decimalText = z
  .string()
  .max(MAX_DECIMAL_CHARS)
  .refine(isDecimalText, 'must be a plain decimal number');

/** A decimal of a request, brought to the shortest text: the form that gets signed. */
export const canonicalDecimal = decimalText.transform((text) => plain(decimal(text)));

/** `0x` and 40 hex digits in any case, lower-cased. */
export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'must be 0x and 40 hex digits')
  .transform((text): AccountAddress => accountAddress(text));

/** An address whose `0x` some clients leave out (ccxt's `vaultAddress`). */
export const looseAddress = z
  .string()
  .transform((text) => (text.startsWith('0x') ? text : `0x${text}`))
  .pipe(address);

/** `0x` and 32 hex digits in any case, lower-cased. */
export const cloidText = z
  .string()
  .regex(/^0x[0-9a-fA-F]{32}$/, 'must be 0x and 32 hex digits')
  .transform((text) => text.toLowerCase() as Cloid);

/** An unsigned integer that a JSON number holds exactly: order ids, nonces, times in ms. */
export const unsignedInt = z.int().nonnegative();

/** A value that clients may leave out, or spell as null or undefined: it is then left out. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => value ?? undefined, schema.optional());
}

/** The name of the first perpetuals' dex, the only one that we speak of. */
export const firstDex = optional(z.literal(''));

/** A decimal as the venue writes it in answers: always with a decimal point. */
export function wireDecimal(text: string): string {
  return text.includes('.') ? text : `${text}.0`;
}
