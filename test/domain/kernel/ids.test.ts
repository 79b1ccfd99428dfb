import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CloidFacts } from '../../../domain/kernel/ids.ts';
import {
  accountAddress,
  accountWorkflowId,
  canonicalJson,
  carriesTag,
  deploymentTag,
  deriveCloid,
  intentId,
  isIntentId,
  orderWorkflowId,
  sessionWorkflowId,
  sha256Hex,
} from '../../../domain/kernel/ids.ts';

const facts: CloidFacts = {
  tag: deploymentTag('perpetua'),
  network: 'paper',
  account: accountAddress('0x00000000000000000000000000000000000000AA'),
  strategy: 'ema-crossover',
  intentId: intentId('demo/BTC/1746372960000'),
  leg: 'entry',
  epoch: 0,
};

describe('a client order id', () => {
  test('is pinned: these facts always gave these ids, and orders in flight depend on it', () => {
    expect(facts.tag).toBe('169ed1a5');
    expect(deriveCloid(facts)).toBe('0x169ed1a56b029a49c5168072f537045f');
    expect(deriveCloid({ ...facts, epoch: 1 })).toBe('0x169ed1a5d7bf10036e1edfece81ff4e7');
    expect(deriveCloid({ ...facts, network: 'mainnet', leg: 'protect' })).toBe(
      '0x169ed1a5b1ffc2e0e9034464015a5e83',
    );
  });

  test('is 0x and 32 hex digits and carries the deployment tag', () => {
    const cloid = deriveCloid(facts);
    expect(cloid).toMatch(/^0x[0-9a-f]{32}$/);
    expect(carriesTag(cloid, facts.tag)).toBe(true);
    expect(carriesTag(cloid.toUpperCase(), facts.tag)).toBe(true);
    expect(carriesTag(cloid, deploymentTag('another'))).toBe(false);
    expect(carriesTag(null, facts.tag)).toBe(false);
    expect(carriesTag(undefined, facts.tag)).toBe(false);
  });

  test('differs when any single fact differs', () => {
    const changes: Partial<CloidFacts>[] = [
      { tag: deploymentTag('another') },
      { network: 'testnet' },
      { account: accountAddress(`0x${'b'.repeat(40)}`) },
      { strategy: 'rsi-reversion' },
      { intentId: intentId('demo/BTC/1746373020000') },
      { leg: 'exit' },
      { epoch: 1 },
    ];
    const ids = changes.map((change) => deriveCloid({ ...facts, ...change }));
    expect(new Set([deriveCloid(facts), ...ids]).size).toBe(changes.length + 1);
  });

  test('is refused without a legal tag', () => {
    expect(() => deriveCloid({ ...facts, tag: 'XYZ' as CloidFacts['tag'] })).toThrow(
      '8 hex digits',
    );
  });
});

describe('ids are checked', () => {
  test('an account is 20 bytes of hex, in lower case from then on', () => {
    expect(facts.account).toBe('0x00000000000000000000000000000000000000aa');
    for (const text of [
      '',
      '0x12',
      '00000000000000000000000000000000000000aa00',
      `0x${'g'.repeat(40)}`,
    ]) {
      expect(() => accountAddress(text)).toThrow('must be 0x and 40 hex digits');
    }
  });

  test('an intent key has 1 to 128 characters of a small alphabet', () => {
    expect(isIntentId('a.b_c:d/e@f-1')).toBe(true);
    expect(isIntentId('x'.repeat(128))).toBe(true);
    for (const text of ['', 'x'.repeat(129), 'a b', 'a|b', 'ä', 'a\n']) {
      expect(() => intentId(text)).toThrow('must be 1 to 128 characters');
    }
  });

  test('workflow ids are made of the business key', () => {
    const { account } = facts;
    expect(orderWorkflowId(account, facts.intentId)).toBe(
      `order:${account}:demo/BTC/1746372960000`,
    );
    expect(sessionWorkflowId(account, 'demo')).toBe(`session:${account}:demo`);
    expect(accountWorkflowId(account)).toBe(`account:${account}`);
  });
});

describe('canonical JSON', () => {
  test('is pinned: hashes of stored facts depend on it', () => {
    const text = canonicalJson({ b: [1, { z: null, a: 'ü"' }], a: { d: 0.1, c: true } });
    expect(text).toBe('{"a":{"c":true,"d":0.1},"b":[1,{"a":"ü\\"","z":null}]}');
    expect(sha256Hex(text)).toBe(
      'b73fce223d65fda68ce84e7ce1179b2d3fe8929246c46c311f7402bb8f50cb27',
    );
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  test('does not depend on the order in which keys were written, but on that of lists', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      }),
    );
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });

  test('is what JSON.stringify says of the same things with their keys in order', () => {
    const sorting = (_key: string, inner: unknown): unknown =>
      inner !== null && typeof inner === 'object' && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner;
    const said = (value: unknown): void =>
      expect(canonicalJson(value)).toBe(JSON.stringify(value, sorting));
    fc.assert(fc.property(fc.jsonValue(), said));
    said({ at: new Date(0), list: [new Date(1), undefined, Number.NaN], none: undefined });
    said({ b: new Float64Array([1.5, 2]), a: [{ d: 1, c: [[2], { z: 1, y: [] }] }] });
  });

  test('reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
