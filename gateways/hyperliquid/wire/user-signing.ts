/**
 * Signs what moves funds and grants rights: user-signed actions and the actions of multi-sig
 * accounts. For tests and for administration only; nothing that trades may import it.
 */
import {
  innerDigest,
  type MultiSigAction,
  multiSigActionSchema,
  outerDigest,
} from './multi-sig.ts';
import { type ActionContext, addressOf, type Signature, signDigest } from './signing.ts';
import {
  type HyperliquidChain,
  type UserActionInput,
  userActionDigest,
  userActionSchema,
} from './user-actions.ts';

/**
 * Signs a user-signed action in its canonical form.
 * @throws ZodError when the action is none that this wire speaks.
 */
export function signUserAction(action: UserActionInput, privateKey: string): Signature {
  return signDigest(userActionDigest(userActionSchema.parse(action)), privateKey);
}

export interface SignMultiSigOptions extends ActionContext {
  /** The account acted for, in any letter case. */
  readonly multiSigUser: string;
  /** An L1 or a user-signed action. */
  readonly action: unknown;
  /** The keys of owners; the first one also signs for the whole. */
  readonly privateKeys: readonly [string, ...string[]];
  /** The chain that the wallets are on. */
  readonly signatureChainId: string;
  readonly chain: HyperliquidChain;
}

export interface SignedMultiSig {
  readonly action: MultiSigAction;
  readonly signature: Signature;
}

/**
 * Wraps an action with the signatures of its owners and signs the wrapper.
 * @throws ZodError when the action is none that this wire speaks.
 */
export function signMultiSig(options: SignMultiSigOptions): SignedMultiSig {
  const { multiSigUser, action, privateKeys, signatureChainId, chain } = options;
  const wrap = (signatures: readonly Signature[]): MultiSigAction =>
    multiSigActionSchema.parse({
      type: 'multiSig',
      signatureChainId,
      signatures,
      payload: { multiSigUser, outerSigner: addressOf(privateKeys[0]), action },
    });
  const inner = innerDigest(wrap([]).payload, options, chain);
  const wrapper = wrap(privateKeys.map((key) => signDigest(inner, key)));
  return {
    action: wrapper,
    signature: signDigest(outerDigest(wrapper, options, chain), privateKeys[0]),
  };
}
