import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LedgerPort } from '../../../activities/ports/ledger.ts';
import { accountAddress, intentId } from '../../../domain/kernel/ids.ts';
import { createLedger } from '../../../gateways/ledger/ledger.ts';
import {
  cloidOf,
  draftOf,
  intentOf,
  NOW_MS,
  SIGNER,
  startTestLedger,
  type TestLedger,
} from './test-ledger.ts';

let source: TestLedger;
let ledger: LedgerPort;
beforeAll(async () => {
  source = await startTestLedger();
  ledger = createLedger(source.pool);
});
afterAll(() => source.close());

const signerOf = (digit: string) => accountAddress(`0x${digit.repeat(40)}`);

describe('an envelope', () => {
  test('is returned as it was drafted, with the keys of its action in signing order', async () => {
    const action = { type: 'order', zeta: 1, orders: [{ b: true, a: 3, p: '1.50' }], alpha: '2' };
    const { envelope, inserted } = await ledger.prepareEnvelope(draftOf('plain', { action }));
    expect(inserted).toBe(true);
    const { nowMs: _nowMs, intent: _intent, ...rest } = draftOf('plain', { action });
    expect(envelope).toEqual({ ...rest, nonce: envelope.nonce, sends: 0 });
    expect(JSON.stringify(envelope.action)).toBe(JSON.stringify(action));
    expect(await ledger.envelope(cloidOf('plain'))).toEqual(envelope);
  });

  test('is the same for every later caller, whatever that caller drafts', async () => {
    const first = await ledger.prepareEnvelope(draftOf('again'));
    const second = await ledger.prepareEnvelope(
      draftOf('again', { nowMs: NOW_MS + 60_000, expiresAfterMs: 5, action: { type: 'other' } }),
    );
    expect(second).toEqual({ envelope: first.envelope, inserted: false });
  });

  test('costs no nonce when it existed before', async () => {
    const signer = signerOf('1');
    const { envelope } = await ledger.prepareEnvelope(draftOf('free', { signer }));
    await ledger.prepareEnvelope(draftOf('free', { signer }));
    expect(await ledger.nextNonce(signer, 1)).toBe(envelope.nonce + 1);
  });

  test('is refused for a cloid that belongs to another intent', async () => {
    await ledger.prepareEnvelope(draftOf('mine'));
    const stolen = draftOf('mine', { intentId: intentId('other'), intent: intentOf('other') });
    await expect(ledger.prepareEnvelope(stolen)).rejects.toThrow(/belongs to intent mine/);
  });

  test('of a second epoch shares the intent and has its own nonce', async () => {
    const first = await ledger.prepareEnvelope(draftOf('epochs'));
    const second = await ledger.prepareEnvelope(
      draftOf('epochs', { epoch: 1, cloid: cloidOf('epochs-1') }),
    );
    expect(second.inserted).toBe(true);
    expect(second.envelope.nonce).toBeGreaterThan(first.envelope.nonce);
  });

  test('counts every send, and none for an unknown cloid', async () => {
    await ledger.prepareEnvelope(draftOf('sends'));
    await Promise.all(Array.from({ length: 10 }, () => ledger.noteSend(cloidOf('sends'))));
    expect((await ledger.noteSend(cloidOf('sends')))?.sends).toBe(11);
    expect(await ledger.noteSend(cloidOf('nobody'))).toBeUndefined();
    expect(await ledger.envelope(cloidOf('nobody'))).toBeUndefined();
  });

  test('names its workflow by cloid', async () => {
    await ledger.prepareEnvelope(draftOf('owner'));
    const found = await ledger.workflowsOf([cloidOf('owner'), cloidOf('nobody')]);
    expect([...found]).toEqual([[cloidOf('owner'), draftOf('owner').workflowId]]);
  });
});

describe('a hundred callers at once', () => {
  test('with one cloid all get the one envelope, and exactly one of them inserted it', async () => {
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        ledger.prepareEnvelope(draftOf('race', { nowMs: NOW_MS + index })),
      ),
    );
    expect(new Set(results.map((one) => JSON.stringify(one.envelope))).size).toBe(1);
    expect(results.filter((one) => one.inserted)).toHaveLength(1);
  });

  test('with their own cloids get a hundred nonces, each once, none below the clock', async () => {
    const signer = signerOf('2');
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        ledger.prepareEnvelope(draftOf(`many-${index}`, { signer })),
      ),
    );
    const nonces = results.map((one) => one.envelope.nonce);
    expect(new Set(nonces).size).toBe(100);
    expect(Math.min(...nonces)).toBe(NOW_MS);
  });

  test('who mix cloids, signers, clocks and bare nonces never share a nonce of a signer', async () => {
    let round = 0;
    const call = fc.record({
      key: fc.integer({ min: 0, max: 15 }),
      lane: fc.constantFrom('3', '4'),
      skewMs: fc.integer({ min: -5, max: 5 }),
      bare: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 20, maxLength: 60 }), async (calls) => {
        round += 1;
        const drawn = await Promise.all(
          calls.map(async ({ key, lane, skewMs, bare }) => {
            const signer = signerOf(lane);
            const nowMs = NOW_MS + skewMs;
            if (bare) return `${signer} ${await ledger.nextNonce(signer, nowMs)}`;
            const draft = draftOf(`mix-${round}-${key}`, { signer, nowMs });
            const { envelope, inserted } = await ledger.prepareEnvelope(draft);
            return inserted ? `${envelope.signer} ${envelope.nonce}` : undefined;
          }),
        );
        const used = drawn.filter((one) => one !== undefined);
        expect(new Set(used).size).toBe(used.length);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a nonce', () => {
  test('is the clock when the clock is ahead of the last one, and the last one plus 1 otherwise', async () => {
    const signer = signerOf('5');
    expect(await ledger.nextNonce(signer, NOW_MS)).toBe(NOW_MS);
    expect(await ledger.nextNonce(signer, NOW_MS)).toBe(NOW_MS + 1);
    expect(await ledger.nextNonce(signer, NOW_MS - 90_000)).toBe(NOW_MS + 2);
    expect(await ledger.nextNonce(signer, NOW_MS + 90_000)).toBe(NOW_MS + 90_000);
  });

  test('needs a clock: without one nothing is stored', async () => {
    const draft = draftOf('no-clock', { nowMs: Number.NaN, signer: SIGNER });
    await expect(ledger.prepareEnvelope(draft)).rejects.toThrow(/nowMs/);
    expect(await ledger.envelope(cloidOf('no-clock'))).toBeUndefined();
  });
});
