/**
 * `POST /exchange`: the envelope that clients send and the answers that the venue gives.
 * Unknown extra keys of answers are kept; an answer of another shape is refused, since an order
 * whose fate cannot be read is in doubt.
 */
import { z } from 'zod';
import { actionSchema } from './actions.ts';
import { decimalText, looseAddress, optional, unsignedInt } from './scalars.ts';

const hexNumber = z.string().regex(/^0x[0-9a-fA-F]{1,64}$/, 'must be 0x and hex digits');

export const signatureSchema = z.object({
  r: hexNumber,
  s: hexNumber,
  v: z.union([z.literal(27), z.literal(28)]),
});

/** An envelope; the action comes out in canonical form, whatever spelling was received. */
export const envelopeSchema = z.object({
  action: actionSchema,
  nonce: unsignedInt,
  signature: signatureSchema,
  vaultAddress: optional(looseAddress),
  expiresAfter: optional(unsignedInt),
});

export type Envelope = z.infer<typeof envelopeSchema>;

const cloidEcho = z.string().optional();

/** The fate of one order of a batch, in the order of the batch. */
export const orderStatusSchema = z.union([
  z.looseObject({ resting: z.looseObject({ oid: unsignedInt, cloid: cloidEcho }) }),
  z.looseObject({
    filled: z.looseObject({
      totalSz: decimalText,
      avgPx: decimalText,
      oid: unsignedInt,
      cloid: cloidEcho,
    }),
  }),
  z.looseObject({ error: z.string() }),
  z.enum(['waitingForFill', 'waitingForTrigger']),
]);

export const cancelStatusSchema = z.union([
  z.literal('success'),
  z.looseObject({ error: z.string() }),
]);

const orderResultSchema = z.looseObject({
  type: z.literal('order'),
  data: z.looseObject({ statuses: z.array(orderStatusSchema) }),
});

const cancelResultSchema = z.looseObject({
  type: z.literal('cancel'),
  data: z.looseObject({ statuses: z.array(cancelStatusSchema) }),
});

const defaultResultSchema = z.looseObject({ type: z.literal('default') });

/** Every answer with HTTP status 200: `ok` with a result, or `err` with the reason in words. */
export const exchangeResponseSchema = z.discriminatedUnion('status', [
  z.looseObject({
    status: z.literal('ok'),
    response: z.discriminatedUnion('type', [
      orderResultSchema,
      cancelResultSchema,
      defaultResultSchema,
    ]),
  }),
  z.looseObject({ status: z.literal('err'), response: z.string() }),
]);

export type WireOrderStatus = z.infer<typeof orderStatusSchema>;
export type WireCancelStatus = z.infer<typeof cancelStatusSchema>;
export type ExchangeResponse = z.infer<typeof exchangeResponseSchema>;
