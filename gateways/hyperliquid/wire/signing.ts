/**
 * Signatures of L1 actions: canonical action -> msgpack -> action hash -> EIP-712 `Agent` digest.
 * Signing is deterministic (RFC 6979): the same envelope gives the same bytes on every resend.
 * Does not sign user-signed actions (sends, withdrawals, approvals), so a leaked call cannot move
 * funds to anybody else; those are signed in `user-signing.ts`, which trading does not import.
 *
 * Source: the venue's Python SDK, `hyperliquid/utils/signing.py`.
 */
import { Encoder } from '@msgpack/msgpack';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { type AccountAddress, accountAddress } from '../../../domain/kernel/ids.ts';
import { type ActionInput, canonicalAction } from './actions.ts';
import { domainSeparator, hashText, typedDataDigest } from './typed-data.ts';

export interface Signature {
  /** `0x` and hex; the venue's own SDK does not pad, so 62 and 63 digits occur. */
  readonly r: string;
  readonly s: string;
  /** 27 or 28. */
  readonly v: number;
}

/** What is hashed beside the action. */
export interface ActionContext {
  /** Milliseconds of the signer's clock; the venue's replay guard. */
  readonly nonce: number;
  /** The vault or sub-account to act for; absent for the signer's own account. */
  readonly vaultAddress?: AccountAddress | undefined;
  /** Milliseconds since 1970 after which the venue refuses the action. */
  readonly expiresAfter?: number | undefined;
}

/** `a` is signed for mainnet, `b` for testnet and for the paper exchange. */
export type SignatureSource = 'a' | 'b';

const DOMAIN = domainSeparator('Exchange', 1337);
const AGENT_TYPE_HASH = hashText('Agent(string source,bytes32 connectionId)');
const SOURCE_HASHES = { a: hashText('a'), b: hashText('b') };

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

const encoder = new Encoder({ ignoreUndefined: true });

/** The msgpack bytes of an action: keys in the order given, big integers as uint64, never floats. */
export function packAction(action: object): Uint8Array {
  return encoder.encode(action);
}

/** keccak256 over the packed action, the nonce, the vault marker and the expiry. */
export function actionHash(action: object, context: ActionContext): Uint8Array {
  const { nonce, vaultAddress, expiresAfter } = context;
  const vault =
    vaultAddress === undefined
      ? Uint8Array.of(0)
      : concatBytes(Uint8Array.of(1), hexToBytes(vaultAddress.slice(2)));
  const expiry =
    expiresAfter === undefined
      ? new Uint8Array()
      : concatBytes(Uint8Array.of(0), uint64(expiresAfter));
  return keccak_256(concatBytes(packAction(action), uint64(nonce), vault, expiry));
}

/** The EIP-712 digest of the phantom agent: what the key signs. */
export function agentDigest(connectionId: Uint8Array, source: SignatureSource): Uint8Array {
  const agent = concatBytes(AGENT_TYPE_HASH, SOURCE_HASHES[source], connectionId);
  return typedDataDigest(DOMAIN, keccak_256(agent));
}

/**
 * Signs a digest. The signature is the same for the same key and digest.
 * @throws when the key is no secp256k1 key in hex.
 */
export function signDigest(digest: Uint8Array, privateKey: string): Signature {
  const key = hexToBytes(privateKey.replace(/^0x/, ''));
  const bytes = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' });
  return {
    r: `0x${bytesToHex(bytes.subarray(1, 33))}`,
    s: `0x${bytesToHex(bytes.subarray(33, 65))}`,
    v: 27 + (bytes[0] ?? 0),
  };
}

/** The account address of an uncompressed public key (65 bytes). */
export function addressOfPublicKey(publicKey: Uint8Array): AccountAddress {
  return accountAddress(`0x${bytesToHex(keccak_256(publicKey.subarray(1)).subarray(12))}`);
}

/** The account address of a private key (`0x` and 64 hex digits). */
export function addressOf(privateKey: string): AccountAddress {
  const key = hexToBytes(privateKey.replace(/^0x/, ''));
  return addressOfPublicKey(secp256k1.getPublicKey(key, false));
}

export interface SignL1ActionOptions extends ActionContext {
  readonly privateKey: string;
  readonly action: ActionInput;
  /** True only for the real exchange: a body signed for it is valid there for two days. */
  readonly isMainnet: boolean;
}

/**
 * Signs an action in its canonical form.
 * @throws ZodError when the action is none that this wire speaks.
 */
export function signL1Action(options: SignL1ActionOptions): Signature {
  const hash = actionHash(canonicalAction(options.action), options);
  return signDigest(agentDigest(hash, options.isMainnet ? 'a' : 'b'), options.privateKey);
}
