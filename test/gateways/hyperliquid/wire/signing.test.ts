import { describe, expect, test } from '@jest/globals';
import { createL1ActionHash, signL1Action as sdkSignL1Action } from '@nktkas/hyperliquid/signing';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { privateKeyToAccount } from 'viem/accounts';
import { accountAddress } from '../../../../domain/kernel/ids.ts';
import {
  type Action,
  actionSchema,
  canonicalAction,
} from '../../../../gateways/hyperliquid/wire/actions.ts';
import { recoverAddress } from '../../../../gateways/hyperliquid/wire/recovery.ts';
import {
  type ActionContext,
  actionHash,
  addressOf,
  agentDigest,
  packAction,
  type Signature,
  type SignatureSource,
  signDigest,
  signL1Action,
} from '../../../../gateways/hyperliquid/wire/signing.ts';
import {
  userActionDigest,
  userActionSchema,
} from '../../../../gateways/hyperliquid/wire/user-actions.ts';
import { signUserAction } from '../../../../gateways/hyperliquid/wire/user-signing.ts';
import { padded, type Vector, vectors } from './vectors.ts';

const l1Vectors = vectors.filter((vector) => vector.kind === 'l1');
const userVectors = vectors.filter((vector) => vector.kind === 'user-signed');

interface Signed extends ActionContext {
  readonly action: Action;
  readonly signature: Signature;
  readonly source: SignatureSource;
}

const signerOf = ({ action, signature, source, ...context }: Signed) =>
  recoverAddress(agentDigest(actionHash(action, context), source), signature);

const contextOf = (vector: Vector) => ({
  nonce: vector.nonce,
  vaultAddress: vector.vaultAddress === null ? undefined : accountAddress(vector.vaultAddress),
  expiresAfter: vector.expiresAfter ?? undefined,
});

const key = '0x0123456789012345678901234567890123456789012345678901234567890123';
const aDecimal = fc
  .tuple(fc.integer({ min: 0, max: 9_999_999 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, places]) => (digits / 10 ** places).toFixed(places));
const anOrder = fc.record(
  {
    a: fc.integer({ min: 0, max: 0xffff_ffff }),
    b: fc.boolean(),
    p: aDecimal,
    s: aDecimal,
    r: fc.boolean(),
    t: fc.constantFrom(
      { limit: { tif: 'Gtc' as const } },
      { trigger: { isMarket: true, triggerPx: '100.5', tpsl: 'sl' as const } },
    ),
    c: fc.option(
      fc
        .array(fc.integer({ min: 0, max: 15 }), { minLength: 32, maxLength: 32 })
        .map((digits) => `0x${digits.map((digit) => digit.toString(16)).join('')}`),
      { nil: undefined },
    ),
  },
  { requiredKeys: ['a', 'b', 'p', 's', 'r', 't'] },
);
const anAction = fc.oneof(
  fc.record({
    type: fc.constant('order' as const),
    orders: fc.array(anOrder, { minLength: 1, maxLength: 4 }),
    grouping: fc.constant('na' as const),
  }),
  fc.record({
    type: fc.constant('cancel' as const),
    cancels: fc.array(
      fc.record({ a: fc.nat(300), o: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }) }),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  fc.record({
    type: fc.constant('updateLeverage' as const),
    asset: fc.nat(300),
    isCross: fc.boolean(),
    leverage: fc.integer({ min: 1, max: 50 }),
  }),
);
const aNonce = fc.integer({ min: 0, max: 2 ** 45 });

function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, reversedKeys(inner)]),
  );
}

describe('published signing vectors', () => {
  test('the vectors are all there', () => {
    expect(l1Vectors.length).toBeGreaterThanOrEqual(10);
    expect(userVectors).toHaveLength(2);
  });

  test.each(l1Vectors.map((vector) => [vector.id, vector] as const))(
    '%s packs and hashes to the published bytes',
    (_id, vector) => {
      expect(bytesToHex(packAction(vector.action))).toBe(vector.expected.msgpack);
      const hash = actionHash(vector.action, contextOf(vector));
      expect(`0x${bytesToHex(hash)}`).toBe(vector.expected.actionHash);
    },
  );

  test.each(
    l1Vectors.flatMap((vector) =>
      (['mainnet', 'testnet'] as const).flatMap((network) => {
        const signature = vector.expected.signature[network];
        return signature
          ? [[`${vector.id} on ${network}`, vector, network, signature] as const]
          : [];
      }),
    ),
  )('%s signs to and recovers from the published signature', (_id, vector, network, signature) => {
    const digest = agentDigest(
      actionHash(vector.action, contextOf(vector)),
      network === 'mainnet' ? 'a' : 'b',
    );
    expect(signDigest(digest, vector.privateKey)).toEqual(padded(signature));
    expect(recoverAddress(digest, signature)).toBe(vector.address.toLowerCase());
    expect(addressOf(vector.privateKey)).toBe(vector.address.toLowerCase());
  });

  test.each(userVectors.map((vector) => [vector.id, vector] as const))(
    '%s signs to and recovers from the published signature',
    (_id, { action, privateKey, address, expected }) => {
      const canonical = userActionSchema.parse(action);
      expect(signUserAction(canonical, privateKey)).toEqual(padded(expected.signature));
      expect(recoverAddress(userActionDigest(canonical), expected.signature)).toBe(
        address.toLowerCase(),
      );
    },
  );

  test('the published phantom agent signs to the published signature', () => {
    const vector = vectors.find((candidate) => candidate.kind === 'phantom-agent');
    if (vector === undefined) throw new Error('the vector is missing');
    const { mainnet, testnet } = vector.expected.signature;
    const connectionId = hexToBytes(vector.connectionId.slice(2));
    expect(signDigest(agentDigest(connectionId, 'a'), vector.privateKey)).toEqual(mainnet);
    expect(signDigest(agentDigest(connectionId, 'b'), vector.privateKey)).toEqual(testnet);
  });

  test.each(
    l1Vectors
      .filter((vector) => actionSchema.safeParse(vector.action).success)
      .filter((vector) => !vector.expected.msgpack.includes('a6323030302e30')) // "2000.0"
      .map((vector) => [vector.id, vector] as const),
  )('%s is already canonical', (_id, vector) => {
    expect(bytesToHex(packAction(canonicalAction(vector.action)))).toBe(vector.expected.msgpack);
  });

  test('a price that was hashed with trailing zeros recovers to somebody else', () => {
    const vector = l1Vectors.find((candidate) => candidate.id === 'rust/order-ioc-cloid');
    const signature = vector?.expected.signature.mainnet;
    if (vector === undefined || signature === undefined) throw new Error('the vector is missing');
    const signer = signerOf({
      ...contextOf(vector),
      action: canonicalAction(vector.action),
      signature,
      source: 'a',
    });
    expect(signer).toMatch(/^0x[0-9a-f]{40}$/);
    expect(signer).not.toBe(vector.address.toLowerCase());
  });
});

describe('any action', () => {
  test('is signed as the SDK signs it', async () => {
    const wallet = privateKeyToAccount(key);
    await fc.assert(
      fc.asyncProperty(
        anAction,
        aNonce,
        fc.option(aNonce, { nil: undefined }),
        fc.boolean(),
        async (input, nonce, expiresAfter, isMainnet) => {
          const action = canonicalAction(input);
          const expiry = expiresAfter === undefined ? {} : { expiresAfter };
          expect(`0x${bytesToHex(actionHash(action, { nonce, expiresAfter }))}`).toBe(
            createL1ActionHash({ action, nonce, ...expiry }),
          );
          const ours = signL1Action({
            privateKey: key,
            action,
            nonce,
            expiresAfter,
            isMainnet,
          });
          const theirs = await sdkSignL1Action({
            wallet,
            action,
            nonce,
            isTestnet: !isMainnet,
            ...expiry,
          });
          expect(ours).toEqual(padded(theirs));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('hashes the same whatever the order of its keys and the zeros of its decimals', () => {
    fc.assert(
      fc.property(anAction, aNonce, (input, nonce) => {
        const reordered = canonicalAction(reversedKeys(input));
        expect(actionHash(reordered, { nonce })).toEqual(
          actionHash(canonicalAction(input), { nonce }),
        );
        expect(canonicalAction(canonicalAction(input))).toEqual(canonicalAction(input));
      }),
      { numRuns: 100 },
    );
  });

  test('recovers to its signer, and to nobody else when a byte of it changes', () => {
    const vault = accountAddress('0x1719884EB866cb12b2287399B15f7db5e7d775eA');
    fc.assert(
      fc.property(anAction, aNonce, (input, nonce) => {
        const action = canonicalAction(input);
        const signature = signL1Action({ privateKey: key, action, nonce, isMainnet: false });
        const signed = { action, nonce, signature, source: 'b' as const };
        expect(signerOf(signed)).toBe(addressOf(key));
        expect(signerOf({ ...signed, nonce: nonce + 1 })).not.toBe(addressOf(key));
        expect(signerOf({ ...signed, vaultAddress: vault })).not.toBe(addressOf(key));
        expect(signerOf({ ...signed, expiresAfter: 1 })).not.toBe(addressOf(key));
        expect(signerOf({ ...signed, source: 'a' })).not.toBe(addressOf(key));
      }),
      { numRuns: 40 },
    );
  });

  test('with numbers that are no signature recovers to nobody', () => {
    const action = canonicalAction({ type: 'noop' });
    const signed = { action, nonce: 1, source: 'b' as const };
    const zero = { r: '0x0', s: '0x0', v: 27 };
    const tooBig = { r: `0x${'f'.repeat(64)}`, s: `0x${'f'.repeat(64)}`, v: 27 };
    expect(signerOf({ ...signed, signature: zero })).toBeUndefined();
    expect(signerOf({ ...signed, signature: tooBig })).toBeUndefined();
  });
});
