import { describe, expect, test } from '@jest/globals';
import { bytesToHex } from '@noble/hashes/utils.js';
import { canonicalAction } from '../../../../gateways/hyperliquid/wire/actions.ts';
import {
  envelopeSchema,
  exchangeActionSchema,
  innerNonce,
} from '../../../../gateways/hyperliquid/wire/exchange.ts';
import { packAction } from '../../../../gateways/hyperliquid/wire/signing.ts';

const order = { a: 1, b: true, p: '1', s: '1', r: false, t: { limit: { tif: 'Gtc' } } };
const twap = { a: 0, b: true, s: '1', r: false, m: 5, t: false };
const USER = '0x5E9EE1089755c3435139848e47e6635505d5a13A';
const chain = { signatureChainId: '0x066EEE', hyperliquidChain: 'Testnet' };
const inner = { type: 'agentSendAsset', sourceDex: '', destinationDex: 'spot', token: 'USDC' };
const sent = { ...inner, destination: USER, amount: '1', fromSubAccount: '', nonce: 7 };

const packed = (action: unknown) => bytesToHex(packAction(exchangeActionSchema.parse(action)));

describe('what is received and what it is read as', () => {
  test.each([
    [
      'a flag that is false',
      { type: 'cancel', cancels: [], f: false },
      { type: 'cancel', cancels: [] },
    ],
    [
      'a modify that is not always placed',
      { type: 'modify', oid: 5, order, a: false },
      { type: 'modify', oid: 5, order },
    ],
    [
      'a null for what is left out',
      { type: 'order', orders: [{ ...order, c: null }], grouping: 'na', builder: null },
      { type: 'order', orders: [order], grouping: 'na' },
    ],
    ['a null time', { type: 'scheduleCancel', time: null }, { type: 'scheduleCancel' }],
    ['null details', { type: 'twapOrder', twap, details: null }, { type: 'twapOrder', twap }],
    [
      'details without a trigger',
      { type: 'twapOrder', twap, details: { s: '9.50' } },
      { type: 'twapOrder', twap, details: { t: null, s: '9.5' } },
    ],
    ['a key that nobody knows', { type: 'noop', why: 'not' }, { type: 'noop' }],
    [
      'another order of keys',
      { oid: 5, order: Object.fromEntries(Object.entries(order).reverse()), type: 'modify' },
      { type: 'modify', oid: 5, order },
    ],
    [
      'an upper-case address',
      { type: 'reserveRequestWeight', weight: 1, destination: USER },
      { type: 'reserveRequestWeight', weight: 1, destination: USER.toLowerCase() },
    ],
    [
      'the word of an abstraction',
      { type: 'userSetAbstraction', ...chain, user: USER, abstraction: 'unifiedAccount', nonce: 1 },
      { type: 'userSetAbstraction', ...chain, user: USER, abstraction: 'u', nonce: 1 },
    ],
  ])('%s changes nothing of what is hashed', (_what, received, meant) => {
    expect(packed(received)).toBe(packed(meant));
  });

  test.each([
    ['a text that a wallet shows', { amount: '100.0' }],
    ['an address that is signed as text', { destination: USER }],
  ])('%s is kept as it came', (_what, fields) => {
    const action = { type: 'usdSend', ...chain, destination: USER, amount: '1', time: 1 };
    expect(exchangeActionSchema.parse({ ...action, ...fields })).toMatchObject(fields);
  });

  test('a chain id and a signature lose their leading zeros and capitals', () => {
    const envelope = envelopeSchema.parse({
      action: { type: 'usdSend', ...chain, destination: USER, amount: '1', time: 1 },
      nonce: 1,
      signature: { r: '0x00AB', s: '0x0', v: 27 },
    });
    expect(envelope.action).toMatchObject({ signatureChainId: '0x66eee' });
    expect(envelope.signature).toEqual({ r: '0xab', s: '0x0', v: 27 });
  });
});

describe('an action is refused', () => {
  test.each([
    ['of a type that nobody knows', { type: 'spotDeploy' }],
    ['of no type', { orders: [] }],
    [
      'with an order of two kinds',
      { type: 'modify', oid: 1, order: { ...order, t: { limit: { tif: 'Gtc' }, trigger: {} } } },
    ],
    ['with a grouping of two kinds', { type: 'order', orders: [], grouping: { p: 1, q: 2 } }],
    ['with a fractional fee for priority', { type: 'order', orders: [], grouping: { p: 1.5 } }],
    ['with a cloid of odd length', { type: 'modify', oid: '0x12', order }],
    [
      'with a fraction of a margin unit',
      { type: 'updateIsolatedMargin', asset: 1, isBuy: true, ntli: 0.5 },
    ],
    ['with a number beyond exact integers', { type: 'cancel', cancels: [{ a: 1, o: 2 ** 53 }] }],
    ['with a negative amount', { ...sent, amount: '-1' }],
    ['with an amount in exponents', { ...sent, amount: '1e3' }],
    ['with a code that never ends', { type: 'setReferrer', code: 'x'.repeat(101) }],
    [
      'with a fee rate without per cent',
      { type: 'approveBuilderFee', ...chain, maxFeeRate: '1', builder: USER, nonce: 1 },
    ],
    [
      'for a chain of another name',
      {
        type: 'usdSend',
        ...chain,
        hyperliquidChain: 'Moon',
        destination: USER,
        amount: '1',
        time: 1,
      },
    ],
    [
      'with a wallet chain that is no number',
      {
        type: 'usdSend',
        ...chain,
        signatureChainId: '0xz',
        destination: USER,
        amount: '1',
        time: 1,
      },
    ],
    [
      'that wraps a wrapper',
      {
        type: 'multiSig',
        signatureChainId: '0x1',
        signatures: [],
        payload: { multiSigUser: USER, outerSigner: USER, action: { type: 'multiSig' } },
      },
    ],
  ])('%s', (_what, action) => {
    expect(exchangeActionSchema.safeParse(action).success).toBe(false);
  });

  test('where an L1 action is asked for and a wallet signs', () => {
    const send = { type: 'usdSend', ...chain, destination: USER, amount: '1', time: 1 };
    expect(exchangeActionSchema.safeParse(send).success).toBe(true);
    expect(() => canonicalAction(send)).toThrow('type');
  });
});

describe('the nonce inside an action', () => {
  const nonceIn = (action: unknown) => innerNonce(exchangeActionSchema.parse(action));
  const wrapped = (action: unknown) => ({
    type: 'multiSig',
    signatureChainId: '0x1',
    signatures: [],
    payload: { multiSigUser: USER, outerSigner: USER, action },
  });

  test.each([
    [7, sent],
    [8, { type: 'usdSend', ...chain, destination: USER, amount: '1', time: 8 }],
    [9, { type: 'userDexAbstraction', ...chain, user: USER, enabled: true, nonce: 9 }],
    [undefined, { type: 'scheduleCancel', time: 10 }],
  ])('is %p, alone and wrapped', (nonce, action) => {
    expect(nonceIn(action)).toBe(nonce);
    expect(nonceIn(wrapped(action))).toBe(nonce);
  });
});
