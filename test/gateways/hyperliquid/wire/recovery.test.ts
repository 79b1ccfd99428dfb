import { describe, expect, test } from '@jest/globals';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { canonicalAction } from '../../../../gateways/hyperliquid/wire/actions.ts';
import { type Envelope, envelopeSchema } from '../../../../gateways/hyperliquid/wire/exchange.ts';
import {
  createSignerFinder,
  recoverAddress,
} from '../../../../gateways/hyperliquid/wire/recovery.ts';
import {
  actionHash,
  addressOf,
  addressOfPublicKey,
  agentDigest,
  type Signature,
  signDigest,
  signL1Action,
} from '../../../../gateways/hyperliquid/wire/signing.ts';
import { signMultiSig } from '../../../../gateways/hyperliquid/wire/user-signing.ts';

const ALICE_KEY = '0x0123456789012345678901234567890123456789012345678901234567890123';
const BOB_KEY = '0xe908f86dbb4d55ac876378565aafeabc187f6690f046459397b17d9b9a19688e';
const ALICE = addressOf(ALICE_KEY);
const BOB = addressOf(BOB_KEY);
const ORDER_OF_CURVE = secp256k1.Point.Fn.ORDER;

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const aKey = bytes32
  .filter((bytes) => secp256k1.utils.isValidSecretKey(bytes))
  .map((bytes) => `0x${bytesToHex(bytes)}`);

/** The address by another implementation. */
function nobleAddress(digest: Uint8Array, { r, s, v }: Signature): string | undefined {
  const words = [r, s].map((part) => hexToBytes(part.slice(2).padStart(64, '0')));
  try {
    const bytes = concatBytes(Uint8Array.of(v - 27), ...words);
    const publicKey = secp256k1.recoverPublicKey(bytes, digest, { prehash: false });
    return addressOfPublicKey(secp256k1.Point.fromBytes(publicKey).toBytes(false));
  } catch {
    return undefined;
  }
}

describe('the address behind a signature', () => {
  test("is the signing key's, and the same by another implementation", () => {
    fc.assert(
      fc.property(bytes32, aKey, (digest, key) => {
        const signature = signDigest(digest, key);
        expect(recoverAddress(digest, signature)).toBe(addressOf(key));
        expect(nobleAddress(digest, signature)).toBe(addressOf(key));
      }),
      { numRuns: 50 },
    );
  });

  test('is the same for the high twin of s, and for numbers without leading zeros', () => {
    fc.assert(
      fc.property(bytes32, aKey, (digest, key) => {
        const { r, s, v } = signDigest(digest, key);
        const high = `0x${(ORDER_OF_CURVE - BigInt(s)).toString(16)}`;
        expect(recoverAddress(digest, { r, s: high, v: 55 - v })).toBe(addressOf(key));
        const short = (hex: string) => `0x${BigInt(hex).toString(16)}`;
        expect(recoverAddress(digest, { r: short(r), s: short(s), v })).toBe(addressOf(key));
      }),
      { numRuns: 50 },
    );
  });

  test('of any numbers whatever is what another implementation finds, or nobody', () => {
    const odd = fc.constantFrom(0n, 1n, ORDER_OF_CURVE - 1n, ORDER_OF_CURVE, 2n ** 256n - 1n);
    const aNumber = fc.oneof(
      bytes32.map((bytes) => BigInt(`0x${bytesToHex(bytes)}`)),
      odd,
    );
    fc.assert(
      fc.property(bytes32, aNumber, aNumber, fc.constantFrom(27, 28), (digest, r, s, v) => {
        const signature = { r: `0x${r.toString(16)}`, s: `0x${s.toString(16)}`, v };
        expect(recoverAddress(digest, signature)).toBe(nobleAddress(digest, signature));
      }),
      { numRuns: 150 },
    );
  });

  test.each([26, 29, 0, 1])('is nobody when v is %d', (v) => {
    const digest = new Uint8Array(32).fill(7);
    expect(recoverAddress(digest, { ...signDigest(digest, ALICE_KEY), v })).toBeUndefined();
  });
});

const noop = canonicalAction({ type: 'noop' });

function sealed(privateKey: string, isMainnet: boolean, nonce: number): Envelope {
  const signature = signL1Action({ privateKey, action: noop, nonce, isMainnet });
  return envelopeSchema.parse({ action: noop, nonce, signature });
}

describe('a server that knows Alice and Bob', () => {
  const isKnown = (address: string) => address === ALICE || address === BOB;

  test('finds either, whichever network each of them signs for', () => {
    const find = createSignerFinder(isKnown);
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.nat(), (isAlice, isMainnet, nonce) => {
        const envelope = sealed(isAlice ? ALICE_KEY : BOB_KEY, isMainnet, nonce);
        expect(find(envelope)).toEqual({ signer: isAlice ? ALICE : BOB });
      }),
      { numRuns: 40 },
    );
  });

  test('asks once for who signs for the same network as the one before', () => {
    let asked = 0;
    const find = createSignerFinder((address) => {
      asked += 1;
      return isKnown(address);
    });
    const timesAsked = (envelope: Envelope) => {
      asked = 0;
      find(envelope);
      return asked;
    };
    const networks = [false, false, true, true, true, false];
    const times = networks.map((isMainnet, nonce) =>
      timesAsked(sealed(ALICE_KEY, isMainnet, nonce)),
    );
    expect(times).toEqual([1, 1, 2, 1, 1, 2]);
  });

  test("names a stranger by testnet's address, whoever came before", () => {
    const stranger = `0x${'12'.repeat(32)}`;
    const find = createSignerFinder(isKnown);
    for (const isMainnet of [false, true]) {
      find(sealed(ALICE_KEY, isMainnet, 1));
      const envelope = sealed(stranger, true, 2);
      const testnetDigest = agentDigest(actionHash(noop, envelope), 'b');
      const onTestnet = recoverAddress(testnetDigest, envelope.signature);
      expect(find(envelope)).toEqual({ signer: onTestnet });
      expect(find(sealed(stranger, false, 3))).toEqual({ signer: addressOf(stranger) });
    }
  });

  test('finds nobody behind numbers that are no signature', () => {
    const signature = { r: `0x${'f'.repeat(64)}`, s: '0x1', v: 27 };
    const envelope = envelopeSchema.parse({ action: noop, nonce: 1, signature });
    expect(createSignerFinder(isKnown)(envelope)).toBeUndefined();
  });
});

describe('an action of several owners', () => {
  const multiSigUser = '0x1719884eb866cb12b2287399b15f7db5e7d775ea';
  const nonce = 1_790_000_000_000;
  const seal = (privateKeys: readonly [string, ...string[]], extra: object = {}) =>
    envelopeSchema.parse({
      ...signMultiSig({
        multiSigUser,
        action: noop,
        privateKeys,
        signatureChainId: '0x66eee',
        chain: 'Testnet',
        nonce,
      }),
      nonce,
      ...extra,
    });
  const find = createSignerFinder(() => true);

  test('names its owners in the order of their signatures, repeats included', () => {
    expect(find(seal([BOB_KEY, ALICE_KEY, ALICE_KEY]))).toEqual({
      signer: BOB,
      owners: [BOB, ALICE, ALICE],
    });
  });

  test('is signed by nobody when another than the declared one signed the whole', () => {
    const { signature } = seal([ALICE_KEY]);
    expect(find(seal([BOB_KEY], { signature }))).toBeUndefined();
  });

  test('is signed by nobody when one of the inner signatures is none', () => {
    const good = seal([BOB_KEY, ALICE_KEY]);
    if (good.action.type !== 'multiSig') throw new Error('not a multi-sig action');
    const broken = { r: `0x${'f'.repeat(64)}`, s: '0x1', v: 27 as const };
    const action = { ...good.action, signatures: [...good.action.signatures, broken] };
    expect(find({ ...good, action })).toBeUndefined();
  });

  test('carries at most ten signatures', () => {
    const keys = Array.from({ length: 11 }, () => ALICE_KEY);
    expect(() => seal([BOB_KEY, ...keys])).toThrow();
    expect(find(seal([BOB_KEY, ...keys.slice(2)]))?.owners).toHaveLength(10);
  });
});
