/**
 * The actions of `POST /exchange` in canonical form: the key order, the shortest decimals and the
 * lower-case hex that the venue rebuilds before it hashes. What is signed is this form, not the bytes
 * that were received. Refuses anything that is no known action.
 *
 * To add an action: write its schema with the keys in signing order (zod builds objects in the order
 * of the schema), put it into `actionSchema`, and add its vectors to the signing test.
 */
import { z } from 'zod';
import { address, canonicalDecimal, cloidText, optional, unsignedInt } from './scalars.ts';

const assetId = unsignedInt.max(0xffff_ffff);

/** A flag that is part of the signed form only when it is true. */
const presentWhenTrue = z.preprocess((value) => value || undefined, z.literal(true).optional());

export const timeInForceSchema = z.enum(['Gtc', 'Ioc', 'Alo', 'FrontendMarket']);

const orderTypeSchema = z.union([
  z.strictObject({ limit: z.strictObject({ tif: timeInForceSchema }) }),
  z.strictObject({
    trigger: z.strictObject({
      isMarket: z.boolean(),
      triggerPx: canonicalDecimal,
      tpsl: z.enum(['tp', 'sl']),
    }),
  }),
]);

const wireOrderSchema = z.object({
  a: assetId,
  b: z.boolean(),
  p: canonicalDecimal,
  s: canonicalDecimal,
  r: z.boolean(),
  t: orderTypeSchema,
  c: optional(cloidText),
});

const orderActionSchema = z.object({
  type: z.literal('order'),
  orders: z.array(wireOrderSchema),
  grouping: z.enum(['na', 'normalTpsl', 'positionTpsl']),
  builder: optional(z.object({ b: address, f: unsignedInt })),
});

const cancelActionSchema = z.object({
  type: z.literal('cancel'),
  cancels: z.array(z.object({ a: assetId, o: unsignedInt })),
  f: presentWhenTrue,
});

const cancelByCloidActionSchema = z.object({
  type: z.literal('cancelByCloid'),
  cancels: z.array(z.object({ asset: assetId, cloid: cloidText })),
  f: presentWhenTrue,
});

const updateLeverageActionSchema = z.object({
  type: z.literal('updateLeverage'),
  asset: assetId,
  isCross: z.boolean(),
  leverage: unsignedInt,
});

const noopActionSchema = z.object({ type: z.literal('noop') });

export const actionSchema = z.discriminatedUnion('type', [
  orderActionSchema,
  cancelActionSchema,
  cancelByCloidActionSchema,
  updateLeverageActionSchema,
  noopActionSchema,
]);

export type WireOrder = z.infer<typeof wireOrderSchema>;
export type OrderAction = z.infer<typeof orderActionSchema>;
/** An action in canonical form, ready to be signed. */
export type Action = z.infer<typeof actionSchema>;
/** An action as a caller may write it: any decimals, any letter case, nulls for what is absent. */
export type ActionInput = z.input<typeof actionSchema>;

/**
 * Brings an action to the form that is signed.
 * @throws ZodError when it is no action that we know.
 */
export function canonicalAction(action: unknown): Action {
  return actionSchema.parse(action);
}

/** Actions that the venue knows and this wire does not speak yet. */
export const UNSUPPORTED_ACTION_TYPES: ReadonlySet<string> = new Set([
  'modify',
  'batchModify',
  'scheduleCancel',
  'updateIsolatedMargin',
  'topUpIsolatedOnlyMargin',
  'twapOrder',
  'twapCancel',
  'reserveRequestWeight',
  'setReferrer',
  'createSubAccount',
  'subAccountTransfer',
  'subAccountSpotTransfer',
  'vaultTransfer',
  'agentSendAsset',
  'agentSetAbstraction',
  'evmUserModify',
  'approveAgent',
  'approveBuilderFee',
  'usdSend',
  'spotSend',
  'withdraw3',
  'usdClassTransfer',
  'sendAsset',
  'userSetAbstraction',
  'userDexAbstraction',
  'tokenDelegate',
  'convertToMultiSigUser',
  'multiSig',
]);
