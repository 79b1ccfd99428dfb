/**
 * Signatures of L1 actions: canonical action -> msgpack -> action hash -> EIP-712 `Agent` digest.
 * Signing is deterministic (RFC 6979): the same envelope gives the same bytes on every resend.
 * Does not sign transfers or approvals (user-signed actions), so a leaked call cannot move funds.
 *
 * Source: the venue's Python SDK, `hyperliquid/utils/signing.py`.
 */
import { encode } from '@msgpack/msgpack';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { type AccountAddress, accountAddress } from '../../../domain/kernel/ids.ts';
import { type Action, type ActionInput, canonicalAction } from './actions.ts';

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

const DOMAIN_TYPE =
  'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
const CHAIN_ID = 1337;
const WORD_BYTES = 32;

const hashText = (text: string): Uint8Array => keccak_256(utf8ToBytes(text));

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(WORD_BYTES);
  new DataView(bytes.buffer).setBigUint64(WORD_BYTES - 8, BigInt(value));
  return bytes;
}

const DOMAIN_SEPARATOR = keccak_256(
  concatBytes(hashText(DOMAIN_TYPE), hashText('Exchange'), hashText('1'), word(CHAIN_ID), word(0)),
);
const AGENT_TYPE_HASH = hashText('Agent(string source,bytes32 connectionId)');

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** The msgpack bytes of an action: keys in the order given, big integers as uint64, never floats. */
export function packAction(action: Action | Record<string, unknown>): Uint8Array {
  return encode(action, { ignoreUndefined: true });
}

/** keccak256 over the packed action, the nonce, the vault marker and the expiry. */
export function actionHash(
  action: Action | Record<string, unknown>,
  context: ActionContext,
): Uint8Array {
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
  const agent = keccak_256(concatBytes(AGENT_TYPE_HASH, hashText(source), connectionId));
  return keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), DOMAIN_SEPARATOR, agent));
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

function addressOfPublicKey(publicKey: Uint8Array): AccountAddress {
  const uncompressed = secp256k1.Point.fromBytes(publicKey).toBytes(false);
  return accountAddress(`0x${bytesToHex(keccak_256(uncompressed.subarray(1)).subarray(12))}`);
}

/** The account address of a private key (`0x` and 64 hex digits). */
export function addressOf(privateKey: string): AccountAddress {
  return addressOfPublicKey(secp256k1.getPublicKey(hexToBytes(privateKey.replace(/^0x/, ''))));
}

/** The address that signed a digest, or undefined when the numbers are no signature at all. */
export function recoverAddress(
  digest: Uint8Array,
  signature: Signature,
): AccountAddress | undefined {
  const recovery = signature.v - 27;
  if (recovery !== 0 && recovery !== 1) return undefined;
  try {
    const numbers = [signature.r, signature.s].map((part) =>
      hexToBytes(part.replace(/^0x/, '').padStart(2 * WORD_BYTES, '0')),
    );
    const bytes = concatBytes(Uint8Array.of(recovery), ...numbers);
    return addressOfPublicKey(secp256k1.recoverPublicKey(bytes, digest, { prehash: false }));
  } catch {
    return undefined; // r or s outside the curve's order, or no point: nobody signed this
  }
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

export interface RecoverSignerOptions extends ActionContext {
  readonly action: Action;
  readonly signature: Signature;
  readonly source: SignatureSource;
}

/** Who signed a canonical action for the given source; undefined when it is no signature. */
export function recoverSigner(options: RecoverSignerOptions): AccountAddress | undefined {
  const digest = agentDigest(actionHash(options.action, options), options.source);
  return recoverAddress(digest, options.signature);
}
