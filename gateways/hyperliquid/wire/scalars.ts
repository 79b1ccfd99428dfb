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

/** An unsigned amount as text that is signed as it came: the venue's own SDK sends `100.0`. */
export const amountText = decimalText.refine(
  (text) => !text.startsWith('-'),
  'must not be negative',
);

/** A name, a code or a token: longer texts are none. */
export const shortText = z.string().max(100);

/** `0x` and 40 hex digits, kept as they came: what is signed as text and not as an address. */
export const addressText = z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'must be 0x and 40 hex digits');

/** `0x` and 40 hex digits in any case, lower-cased. */
export const address = addressText.transform((text): AccountAddress => accountAddress(text));

/** A hex number as the venue writes it: lower-case, without leading zeros. */
export const canonicalHex = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/, 'must be 0x and 1 to 64 hex digits')
  .transform(
    (text) =>
      `0x${text
        .slice(2)
        .toLowerCase()
        .replace(/^0+(?=.)/, '')}`,
  );

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
