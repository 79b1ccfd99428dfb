/**
 * Finds out who signed an envelope. Who signed is recovered, never declared, and the network it was
 * signed for is not part of the envelope: of two candidates the caller says which one it knows.
 * It judges no rights: a recovered address may be anybody's.
 *
 * Recovery was the dearest step of an action; `public-key.ts` says what does it now.
 */
import type { AccountAddress } from '../../../domain/kernel/ids.ts';
import type { Action } from './actions.ts';
import type { Envelope } from './exchange.ts';
import { innerDigest, type MultiSigAction, outerDigest } from './multi-sig.ts';
import { keyRecovery } from './public-key.ts';
import {
  type ActionContext,
  actionHash,
  addressOfPublicKey,
  agentDigest,
  type Signature,
} from './signing.ts';
import { type HyperliquidChain, isUserAction, userActionDigest } from './user-actions.ts';

const WORD_BYTES = 32;
const HEX = /^(?:[0-9a-f]{2})*$/i;

/** Writes a number in hex, with or without leading zeros, as a word; false when it is none. */
function writeWord(hex: string, signature: Buffer, at: number): boolean {
  const digits = hex.replace(/^0x/, '').padStart(2 * WORD_BYTES, '0');
  if (digits.length !== 2 * WORD_BYTES || !HEX.test(digits)) return false;
  return signature.write(digits, at, 'hex') === WORD_BYTES;
}

/** The address that signed a digest, or undefined when the numbers are no signature at all. */
export function recoverAddress(
  digest: Uint8Array,
  { r, s, v }: Signature,
): AccountAddress | undefined {
  const parity = v - 27;
  if (parity !== 0 && parity !== 1) return undefined;
  const signature = Buffer.alloc(2 * WORD_BYTES);
  if (!writeWord(r, signature, 0) || !writeWord(s, signature, WORD_BYTES)) return undefined;
  const publicKey = keyRecovery.recover(digest, signature, parity);
  return publicKey && addressOfPublicKey(publicKey);
}

export interface MultiSigSigners {
  /** Signed for the whole and declared itself to be the one who does; its nonces are used. */
  readonly signer: AccountAddress;
  /** Who signed the inner action, in the order of the signatures; may repeat. */
  readonly owners: readonly AccountAddress[];
}

/**
 * Who signed a multi-sig action on the given chain; undefined when the outer signer is not the one
 * that it declares to be, or when an inner signature is none.
 */
export function recoverMultiSig(
  action: MultiSigAction,
  envelope: ActionContext & { readonly signature: Signature },
  chain: HyperliquidChain,
): MultiSigSigners | undefined {
  const { payload, signatures } = action;
  const signer = recoverAddress(outerDigest(action, envelope, chain), envelope.signature);
  if (signer === undefined || signer !== payload.outerSigner) return undefined;
  const digest = innerDigest(payload, envelope, chain);
  const owners = signatures.flatMap((signature) => recoverAddress(digest, signature) ?? []);
  return owners.length === signatures.length ? { signer, owners } : undefined;
}

/** Who signed an envelope. */
export interface Signed {
  readonly signer: AccountAddress;
  /** Only of a multi-sig action: who signed the inner action, in order; may repeat. */
  readonly owners?: readonly AccountAddress[];
}

/**
 * Makes a function that finds out who signed an envelope, for whichever network. L1 actions recover
 * to another address for each network: the one that is known wins; a stranger is named by the
 * address of testnet, which is what clients of a paper exchange should sign for. The network of the
 * last known signer is tried first, so that as a rule one recovery is enough.
 * @returns a function that gives undefined when nobody signed.
 */
export function createSignerFinder(
  isKnown: (address: AccountAddress) => boolean,
): (envelope: Envelope) => Signed | undefined {
  let chains: readonly [HyperliquidChain, HyperliquidChain] = ['Testnet', 'Mainnet'];
  const remember = (chain: HyperliquidChain): void => {
    if (chain !== chains[0]) chains = [chain, chains[0]];
  };

  const findL1Signer = (action: Action, envelope: Envelope): Signed | undefined => {
    const hash = actionHash(action, envelope);
    let stranger: AccountAddress | undefined;
    for (const chain of chains) {
      const digest = agentDigest(hash, chain === 'Mainnet' ? 'a' : 'b');
      const signer = recoverAddress(digest, envelope.signature);
      if (signer !== undefined && isKnown(signer)) {
        remember(chain);
        return { signer };
      }
      if (chain === 'Testnet') stranger = signer;
    }
    return stranger === undefined ? undefined : { signer: stranger };
  };

  const findMultiSig = (action: MultiSigAction, envelope: Envelope): Signed | undefined => {
    for (const chain of chains) {
      const signed = recoverMultiSig(action, envelope, chain);
      if (signed !== undefined) return signed;
    }
    return undefined;
  };

  return (envelope) => {
    const { action, signature } = envelope;
    if (action.type === 'multiSig') return findMultiSig(action, envelope);
    if (!isUserAction(action)) return findL1Signer(action, envelope);
    const signer = recoverAddress(userActionDigest(action), signature);
    return signer === undefined ? undefined : { signer };
  };
}
