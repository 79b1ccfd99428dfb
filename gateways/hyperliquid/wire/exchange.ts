/**
 * `POST /exchange`: the envelope that clients send and the answers that the venue gives.
 * Unknown extra keys of answers are kept; an answer of another shape is refused, since an order
 * whose fate cannot be read is in doubt.
 */
import { z } from 'zod';
import { actionSchema } from './actions.ts';
import { multiSigActionSchema } from './multi-sig.ts';
import {
  address,
  canonicalHex,
  decimalText,
  looseAddress,
  optional,
  unsignedInt,
} from './scalars.ts';
import { isUserAction, nonceOf, userActionSchema } from './user-actions.ts';

export const signatureSchema = z.object({
  r: canonicalHex,
  s: canonicalHex,
  v: z.union([z.literal(27), z.literal(28)]),
});

/** Every action that the wire speaks, whoever signs it and how. */
export const exchangeActionSchema = z.discriminatedUnion('type', [
  actionSchema,
  userActionSchema,
  multiSigActionSchema,
]);

export type ExchangeAction = z.infer<typeof exchangeActionSchema>;

/** An envelope; the action comes out in canonical form, whatever spelling was received. */
export const envelopeSchema = z.object({
  action: exchangeActionSchema,
  nonce: unsignedInt,
  signature: signatureSchema,
  vaultAddress: optional(looseAddress),
  expiresAfter: optional(unsignedInt),
});

export type Envelope = z.infer<typeof envelopeSchema>;

/** The nonce inside an action, if it has one; the envelope's must be the same. */
export function innerNonce(action: ExchangeAction): number | undefined {
  if (action.type === 'multiSig') return innerNonce(action.payload.action);
  if (isUserAction(action)) return nonceOf(action);
  return action.type === 'agentSendAsset' ? action.nonce : undefined;
}

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

const twapOrderResultSchema = z.looseObject({
  type: z.literal('twapOrder'),
  data: z.looseObject({
    status: z.union([
      z.looseObject({ running: z.looseObject({ twapId: unsignedInt }) }),
      z.looseObject({ error: z.string() }),
    ]),
  }),
});

const twapCancelResultSchema = z.looseObject({
  type: z.literal('twapCancel'),
  data: z.looseObject({ status: cancelStatusSchema }),
});

/** The address of the new account. */
const createSubAccountResultSchema = z.looseObject({
  type: z.literal('createSubAccount'),
  data: address,
});

const defaultResultSchema = z.looseObject({ type: z.literal('default') });

/** Every answer with HTTP status 200: `ok` with a result, or `err` with the reason in words. */
export const exchangeResponseSchema = z.discriminatedUnion('status', [
  z.looseObject({
    status: z.literal('ok'),
    response: z.discriminatedUnion('type', [
      orderResultSchema,
      cancelResultSchema,
      twapOrderResultSchema,
      twapCancelResultSchema,
      createSubAccountResultSchema,
      defaultResultSchema,
    ]),
  }),
  z.looseObject({ status: z.literal('err'), response: z.string() }),
]);

export type WireOrderStatus = z.infer<typeof orderStatusSchema>;
export type WireCancelStatus = z.infer<typeof cancelStatusSchema>;
export type ExchangeResponse = z.infer<typeof exchangeResponseSchema>;
