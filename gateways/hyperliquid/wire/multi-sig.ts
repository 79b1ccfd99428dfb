/**
 * Actions of an account that several keys own: the wrapper that carries the inner action with the
 * signatures of its owners, and what is signed of both. It neither signs nor recovers, and holds no
 * list of owners: who may act for the account is the venue's to judge.
 *
 * Source: the venue's Python SDK, `hyperliquid/utils/signing.py`.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { actionSchema } from './actions.ts';
import { address, canonicalHex } from './scalars.ts';
import { type ActionContext, actionHash, agentDigest } from './signing.ts';
import { structHasher } from './typed-data.ts';
import {
  type HyperliquidChain,
  isUserAction,
  userActionDigest,
  userActionSchema,
  walletDigest,
} from './user-actions.ts';

/** An account has at most ten owners; more signatures would only cost time. */
const MAX_SIGNATURES = 10;

/** A signature in the form that is hashed: without leading zeros. */
const innerSignatureSchema = z.object({
  r: canonicalHex,
  s: canonicalHex,
  v: z.union([z.literal(27), z.literal(28)]),
});

export const multiSigActionSchema = z.object({
  type: z.literal('multiSig'),
  signatureChainId: canonicalHex,
  signatures: z.array(innerSignatureSchema).max(MAX_SIGNATURES),
  payload: z.object({
    multiSigUser: address,
    outerSigner: address,
    action: z.discriminatedUnion('type', [actionSchema, userActionSchema]),
  }),
});

export type MultiSigAction = z.infer<typeof multiSigActionSchema>;
export type MultiSigPayload = MultiSigAction['payload'];

const hashSendMultiSig = structHasher(
  'HyperliquidTransaction:SendMultiSig(string hyperliquidChain,bytes32 multiSigActionHash,uint64 nonce)',
);

/**
 * What each owner signs of the inner action. A user-signed action names its own chain; an L1 action
 * is signed for the chain given.
 */
export function innerDigest(
  { multiSigUser, outerSigner, action }: MultiSigPayload,
  context: ActionContext,
  chain: HyperliquidChain,
): Uint8Array {
  if (isUserAction(action)) return userActionDigest(action, { multiSigUser, outerSigner });
  const hash = actionHash([multiSigUser, outerSigner, action], context);
  return agentDigest(hash, chain === 'Mainnet' ? 'a' : 'b');
}

/** What the outer signer signs: the wrapper without its type. */
export function outerDigest(
  { type: _type, ...wrapper }: MultiSigAction,
  context: ActionContext,
  chain: HyperliquidChain,
): Uint8Array {
  const struct = {
    hyperliquidChain: chain,
    multiSigActionHash: bytesToHex(actionHash(wrapper, context)),
    nonce: context.nonce,
  };
  return walletDigest(wrapper.signatureChainId, hashSendMultiSig(struct));
}
