import { describe, expect, test } from '@jest/globals';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Action, actionSchema } from '../../../../gateways/hyperliquid/wire/actions.ts';
import {
  type Envelope,
  type ExchangeAction,
  envelopeSchema,
  exchangeActionSchema,
} from '../../../../gateways/hyperliquid/wire/exchange.ts';
import { createSignerFinder } from '../../../../gateways/hyperliquid/wire/recovery.ts';
import { actionHash, signL1Action } from '../../../../gateways/hyperliquid/wire/signing.ts';
import {
  isUserAction,
  type UserAction,
  userActionSchema,
} from '../../../../gateways/hyperliquid/wire/user-actions.ts';
import {
  signMultiSig,
  signUserAction,
} from '../../../../gateways/hyperliquid/wire/user-signing.ts';
import { padded, type Sent, sentBodies } from './vectors.ts';

const bodies = sentBodies.map((sent) => [sent.name, sent] as const);
/** All but those of a wallet, which signs the action and nothing beside it. */
const hashedBodies = bodies.filter(([, { body }]) => !isUserAction(body.action));
const everyType = [
  ...[...actionSchema.options, ...userActionSchema.options].map(({ shape }) => shape.type.value),
  'multiSig',
];

/** Who signed, for a server that knows the one who should have. */
const signedBy = (envelope: Envelope, known: string) =>
  createSignerFinder((address) => address === known)(envelope);

const isL1 = (action: ExchangeAction): action is Action =>
  action.type !== 'multiSig' && !isUserAction(action);

/** Signs what was sent anew with our own signers. */
function signAnew({ keys, body, expect: { chain = 'Testnet' } }: Sent): object {
  const envelope = envelopeSchema.parse(body);
  const { action } = envelope;
  const [privateKey] = keys;
  const isMainnet = chain === 'Mainnet';
  if (isL1(action)) {
    return { action, signature: signL1Action({ ...envelope, action, privateKey, isMainnet }) };
  }
  if (isUserAction(action)) return { action, signature: signUserAction(action, privateKey) };
  const { signatureChainId, payload } = action;
  return signMultiSig({ ...envelope, ...payload, privateKeys: keys, signatureChainId, chain });
}

/** Every value inside an action but the type, each with a way to put another in its place. */
function places(value: object): { path: string; inner: unknown; put: (other: unknown) => void }[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (key === 'type') return [];
    if (typeof inner === 'object' && inner !== null) {
      return places(inner).map((place) => ({ ...place, path: `${key}.${place.path}` }));
    }
    return { path: key, inner, put: (other) => Object.assign(value, { [key]: other }) };
  });
}

/** Another value of the same kind. */
function other(value: unknown, path: string): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (path.endsWith('abstraction')) return value === 'u' ? 'p' : 'u';
  const text = String(value ?? '0x1');
  return `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
}

describe('a body that a client sent', () => {
  test('is there of every action type', () => {
    const sent = new Set(sentBodies.map(({ body }) => envelopeSchema.parse(body).action.type));
    expect([...sent].sort()).toEqual([...everyType].sort());
    expect(sentBodies).toHaveLength(142);
  });

  test.each(bodies)('recovers to everybody who signed it: %s', (_name, { body, expect: want }) => {
    const envelope = envelopeSchema.parse(body);
    const { signer, owners } = want;
    expect(signedBy(envelope, signer)).toEqual(owners ? { signer, owners } : { signer });
    if (isL1(envelope.action)) {
      expect(`0x${bytesToHex(actionHash(envelope.action, envelope))}`).toBe(want.actionHash);
    }
  });

  test.each(bodies)('is signed by us with the same bytes: %s', (_name, sent) => {
    const { action } = envelopeSchema.parse(sent.body);
    expect(signAnew(sent)).toEqual({ action, signature: padded(sent.body.signature) });
  });

  test('reads the same when it is read again', () => {
    for (const { body } of sentBodies) {
      const once = exchangeActionSchema.parse(body.action);
      expect(exchangeActionSchema.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
    }
  });
});

describe('whoever changes one value of what was signed', () => {
  test.each(bodies)(
    'inside the action is not taken for the signer: %s',
    (_name, { body, expect: { signer } }) => {
      const envelope = envelopeSchema.parse(body);
      const count = places(envelope.action).length;
      for (let index = 0; index < count; index += 1) {
        const changed = structuredClone(envelope);
        const place = places(changed.action)[index];
        if (place === undefined) throw new Error('the copy has another shape');
        place.put(other(place.inner, place.path));
        expect([place.path, signedBy(changed, signer)?.signer]).not.toEqual([place.path, signer]);
      }
    },
  );

  test.each(hashedBodies)(
    'beside the action is not taken for the signer: %s',
    (_name, { body, expect: { signer } }) => {
      const envelope = envelopeSchema.parse(body);
      const { nonce, expiresAfter = 1, vaultAddress = signer } = envelope;
      const changes = [
        { nonce: nonce + 1 },
        { expiresAfter: expiresAfter + 1 },
        { vaultAddress: other(vaultAddress, '') },
      ];
      for (const change of changes) {
        const changed = { ...envelope, ...change } as Envelope;
        expect(signedBy(changed, signer)?.signer).not.toBe(signer);
      }
    },
  );

  test('of the type of an action with the same fields is not taken for the signer', () => {
    const sent = sentBodies.find(({ name }) => name === 'usdSend');
    const envelope = envelopeSchema.parse(sent?.body);
    const withdrawal = { ...envelope.action, type: 'withdraw3' } as UserAction;
    const signer = sent?.expect.signer ?? '';
    expect(signedBy(envelope, signer)).toEqual({ signer });
    expect(signedBy({ ...envelope, action: withdrawal }, signer)).not.toEqual({ signer });
  });
});
