/**
 * The L1 actions of `POST /exchange` in canonical form: the key order, the shortest decimals and the
 * lower-case hex that the venue rebuilds before it hashes. What is signed is this form, not the bytes
 * that were received. Refuses anything that is no L1 action; user-signed actions have their own file.
 *
 * To add an action: write its schema with the keys in signing order (zod builds objects in the order
 * of the schema), put it into `actionSchema`, and add its vectors to the signing test.
 */
import { z } from 'zod';
import { compiled } from './compiled.ts';
import {
  address,
  amountText,
  canonicalDecimal,
  cloidText,
  optional,
  shortText,
  unsignedInt,
} from './scalars.ts';

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

/** A group of orders, or the fee offered for priority, in units of 1e-8. */
const groupingSchema = z.union([
  z.enum(['na', 'normalTpsl', 'positionTpsl']),
  z.strictObject({ p: unsignedInt }),
]);

const orderActionSchema = z.object({
  type: z.literal('order'),
  orders: z.array(wireOrderSchema),
  grouping: groupingSchema,
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

/** What is to be replaced by what; the old order by its number or by its client order id. */
const modification = { oid: z.union([unsignedInt, cloidText]), order: wireOrderSchema };

const modifyActionSchema = z.object({
  type: z.literal('modify'),
  ...modification,
  a: presentWhenTrue,
});

const batchModifyActionSchema = z.object({
  type: z.literal('batchModify'),
  modifies: z.array(z.object(modification)),
  a: presentWhenTrue,
});

/** Without a time it takes back what was scheduled. */
const scheduleCancelActionSchema = z.object({
  type: z.literal('scheduleCancel'),
  time: optional(unsignedInt),
});

const updateLeverageActionSchema = z.object({
  type: z.literal('updateLeverage'),
  asset: assetId,
  isCross: z.boolean(),
  leverage: unsignedInt,
});

/** `ntli` is in units of 1e-6 USD and signed: negative takes margin out. */
const updateIsolatedMarginActionSchema = z.object({
  type: z.literal('updateIsolatedMargin'),
  asset: assetId,
  isBuy: z.boolean(),
  ntli: z.int(),
});

const topUpIsolatedOnlyMarginActionSchema = z.object({
  type: z.literal('topUpIsolatedOnlyMargin'),
  asset: assetId,
  leverage: canonicalDecimal,
});

const nullable = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().default(null);

/** Runs for `m` minutes; `details` may hold a price that starts it and a price that ends it. */
const twapOrderActionSchema = z.object({
  type: z.literal('twapOrder'),
  twap: z.object({
    a: assetId,
    b: z.boolean(),
    s: canonicalDecimal,
    r: z.boolean(),
    m: unsignedInt,
    t: z.boolean(),
  }),
  details: optional(
    z.object({
      t: nullable(z.object({ p: canonicalDecimal, a: z.boolean() })),
      s: nullable(canonicalDecimal),
    }),
  ),
});

const twapCancelActionSchema = z.object({
  type: z.literal('twapCancel'),
  a: assetId,
  t: unsignedInt,
});

const noopActionSchema = z.object({ type: z.literal('noop') });

const reserveRequestWeightActionSchema = z.object({
  type: z.literal('reserveRequestWeight'),
  weight: unsignedInt,
  destination: optional(address),
});

const setReferrerActionSchema = z.object({ type: z.literal('setReferrer'), code: shortText });

const createSubAccountActionSchema = z.object({
  type: z.literal('createSubAccount'),
  name: shortText,
});

/** `usd` is in units of 1e-6 USD. */
const subAccountTransferActionSchema = z.object({
  type: z.literal('subAccountTransfer'),
  subAccountUser: address,
  isDeposit: z.boolean(),
  usd: unsignedInt,
});

const subAccountSpotTransferActionSchema = z.object({
  type: z.literal('subAccountSpotTransfer'),
  subAccountUser: address,
  isDeposit: z.boolean(),
  token: shortText,
  amount: amountText,
});

/** `usd` is in units of 1e-6 USD. */
const vaultTransferActionSchema = z.object({
  type: z.literal('vaultTransfer'),
  vaultAddress: address,
  isDeposit: z.boolean(),
  usd: unsignedInt,
});

const agentSendAssetActionSchema = z.object({
  type: z.literal('agentSendAsset'),
  destination: address,
  sourceDex: shortText,
  destinationDex: shortText,
  token: shortText,
  amount: amountText,
  fromSubAccount: z.union([z.literal(''), address]),
  nonce: unsignedInt,
});

/** `i` disabled, `u` unified account, `p` portfolio margin. */
const agentSetAbstractionActionSchema = z.object({
  type: z.literal('agentSetAbstraction'),
  abstraction: z.enum(['i', 'u', 'p']),
});

const evmUserModifyActionSchema = z.object({
  type: z.literal('evmUserModify'),
  usingBigBlocks: z.boolean(),
});

export const actionSchema = z.discriminatedUnion('type', [
  orderActionSchema,
  cancelActionSchema,
  cancelByCloidActionSchema,
  modifyActionSchema,
  batchModifyActionSchema,
  scheduleCancelActionSchema,
  updateLeverageActionSchema,
  updateIsolatedMarginActionSchema,
  topUpIsolatedOnlyMarginActionSchema,
  twapOrderActionSchema,
  twapCancelActionSchema,
  noopActionSchema,
  reserveRequestWeightActionSchema,
  setReferrerActionSchema,
  createSubAccountActionSchema,
  subAccountTransferActionSchema,
  subAccountSpotTransferActionSchema,
  vaultTransferActionSchema,
  agentSendAssetActionSchema,
  agentSetAbstractionActionSchema,
  evmUserModifyActionSchema,
]);

export type WireOrder = z.infer<typeof wireOrderSchema>;
export type OrderAction = z.infer<typeof orderActionSchema>;
/** An L1 action in canonical form, ready to be signed. */
export type Action = z.infer<typeof actionSchema>;
/** An action as a caller may write it: any decimals, any letter case, nulls for what is absent. */
export type ActionInput = z.input<typeof actionSchema>;

/**
 * Brings an action to the form that is signed.
 * @throws ZodError when it is no action that we know.
 */
export function canonicalAction(action: unknown): Action {
  return compiled(actionSchema).parse(action);
}
