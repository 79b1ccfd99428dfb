/**
 * The user-signed actions of `POST /exchange`: what a wallet signs as readable EIP-712 text, because
 * it moves funds or grants rights. Texts are signed as they came, addresses and numbers by value.
 * It neither signs nor recovers.
 *
 * To add an action: write its schema and the line of its signed fields, and add its vectors.
 */
import { z } from 'zod';
import type { AccountAddress } from '../../../domain/kernel/ids.ts';
import {
  address,
  addressText,
  amountText,
  canonicalHex,
  optional,
  shortText,
  unsignedInt,
} from './scalars.ts';
import { domainSeparator, type Struct, structHasher, typedDataDigest } from './typed-data.ts';

const hyperliquidChainSchema = z.enum(['Mainnet', 'Testnet']);
export type HyperliquidChain = z.infer<typeof hyperliquidChainSchema>;

/** First in every user-signed action; the chain id is the wallet's, any number. */
const chain = { signatureChainId: canonicalHex, hyperliquidChain: hyperliquidChainSchema };

/** A sub-account's transfer names the sub-account behind the amount. */
const classTransferAmount = z
  .string()
  .max(100)
  .regex(
    /^\d+(\.\d+)?( +subaccount:0x[0-9a-fA-F]{40})?$/,
    'must be an amount, or an amount and subaccount:0x…',
  );

/** On the wire the letter; what is signed is the word. */
const ABSTRACTION_WORDS = {
  i: 'disabled',
  u: 'unifiedAccount',
  p: 'portfolioMargin',
} as const;
const ABSTRACTION_LETTERS = new Map<unknown, unknown>(
  Object.entries(ABSTRACTION_WORDS).map(([letter, word]) => [word, letter]),
);

const abstractionLetter = z.preprocess(
  (value) => ABSTRACTION_LETTERS.get(value) ?? value,
  z.enum(['i', 'u', 'p']),
);

const percentText = z
  .string()
  .max(50)
  .regex(/^\d+(\.\d+)?%$/, 'must be a number and %');

export const userActionSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('usdSend'),
    ...chain,
    destination: addressText,
    amount: amountText,
    time: unsignedInt,
  }),
  z.object({
    type: z.literal('spotSend'),
    ...chain,
    destination: addressText,
    token: shortText,
    amount: amountText,
    time: unsignedInt,
  }),
  z.object({
    type: z.literal('withdraw3'),
    ...chain,
    destination: addressText,
    amount: amountText,
    time: unsignedInt,
  }),
  z.object({
    type: z.literal('usdClassTransfer'),
    ...chain,
    amount: classTransferAmount,
    toPerp: z.boolean(),
    nonce: unsignedInt,
  }),
  z.object({
    type: z.literal('sendAsset'),
    ...chain,
    destination: addressText,
    sourceDex: shortText,
    destinationDex: shortText,
    token: shortText,
    amount: amountText,
    fromSubAccount: z.union([z.literal(''), addressText]),
    nonce: unsignedInt,
  }),
  z.object({
    type: z.literal('approveAgent'),
    ...chain,
    agentAddress: address,
    agentName: optional(shortText),
    nonce: unsignedInt,
  }),
  z.object({
    type: z.literal('approveBuilderFee'),
    ...chain,
    maxFeeRate: percentText,
    builder: address,
    nonce: unsignedInt,
  }),
  z.object({
    type: z.literal('tokenDelegate'),
    ...chain,
    validator: address,
    wei: unsignedInt,
    isUndelegate: z.boolean(),
    nonce: unsignedInt,
  }),
  z.object({
    type: z.literal('userSetAbstraction'),
    ...chain,
    user: address,
    abstraction: abstractionLetter,
    nonce: unsignedInt,
  }),
  z.object({
    type: z.literal('userDexAbstraction'),
    ...chain,
    user: address,
    enabled: z.boolean(),
    nonce: unsignedInt,
  }),
  z.object({
    type: z.literal('convertToMultiSigUser'),
    ...chain,
    signers: z.string().max(2000),
    nonce: unsignedInt,
  }),
]);

/** A user-signed action in canonical form. */
export type UserAction = z.infer<typeof userActionSchema>;
export type UserActionInput = z.input<typeof userActionSchema>;

/** For whom an action is signed that several keys have to sign. */
export interface SharedSignature {
  readonly multiSigUser: AccountAddress;
  readonly outerSigner: AccountAddress;
}

type Hashers = Readonly<Record<UserAction['type'], (struct: Struct) => Uint8Array>>;

/** The hash functions of all actions, with fields inserted after the chain's name. */
function hashersWith(inserted: string): Hashers {
  const hasher = (name: string, fields: string) =>
    structHasher(`HyperliquidTransaction:${name}(string hyperliquidChain,${inserted}${fields})`);
  return {
    usdSend: hasher('UsdSend', 'string destination,string amount,uint64 time'),
    spotSend: hasher('SpotSend', 'string destination,string token,string amount,uint64 time'),
    withdraw3: hasher('Withdraw', 'string destination,string amount,uint64 time'),
    usdClassTransfer: hasher('UsdClassTransfer', 'string amount,bool toPerp,uint64 nonce'),
    sendAsset: hasher(
      'SendAsset',
      'string destination,string sourceDex,string destinationDex,string token,string amount,' +
        'string fromSubAccount,uint64 nonce',
    ),
    approveAgent: hasher('ApproveAgent', 'address agentAddress,string agentName,uint64 nonce'),
    approveBuilderFee: hasher(
      'ApproveBuilderFee',
      'string maxFeeRate,address builder,uint64 nonce',
    ),
    tokenDelegate: hasher(
      'TokenDelegate',
      'address validator,uint64 wei,bool isUndelegate,uint64 nonce',
    ),
    userSetAbstraction: hasher(
      'UserSetAbstraction',
      'address user,string abstraction,uint64 nonce',
    ),
    userDexAbstraction: hasher('UserDexAbstraction', 'address user,bool enabled,uint64 nonce'),
    convertToMultiSigUser: hasher('ConvertToMultiSigUser', 'string signers,uint64 nonce'),
  };
}

const OWN_HASHERS = hashersWith('');
const SHARED_HASHERS = hashersWith('address payloadMultiSigUser,address outerSigner,');

/** The digest of a struct that a wallet signs on the given chain. */
export function walletDigest(signatureChainId: string, structHash: Uint8Array): Uint8Array {
  const domain = domainSeparator('HyperliquidSignTransaction', BigInt(signatureChainId));
  return typedDataDigest(domain, structHash);
}

/** The fields of an action as they are signed. */
function messageOf(action: UserAction): Struct {
  switch (action.type) {
    case 'approveAgent':
      return { ...action, agentName: action.agentName ?? '' };
    case 'userSetAbstraction':
      return { ...action, abstraction: ABSTRACTION_WORDS[action.abstraction] };
    default:
      return action;
  }
}

/** What the wallet signs of an action: its owner's, or each owner's of a multi-sig account. */
export function userActionDigest(action: UserAction, shared?: SharedSignature): Uint8Array {
  const message = messageOf(action);
  const hash =
    shared === undefined
      ? OWN_HASHERS[action.type](message)
      : SHARED_HASHERS[action.type]({
          ...message,
          payloadMultiSigUser: shared.multiSigUser,
          outerSigner: shared.outerSigner,
        });
  return walletDigest(action.signatureChainId, hash);
}

/** Whether a canonical action is signed by a wallet as text, and not as the hash of an L1 action. */
export function isUserAction(action: object): action is UserAction {
  return 'hyperliquidChain' in action;
}

/** The nonce that is signed inside the action; the envelope's must be the same. */
export function nonceOf(action: UserAction): number {
  return 'time' in action ? action.time : action.nonce;
}
