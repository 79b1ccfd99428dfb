import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { privateKeyToAccount } from 'viem/accounts';
import { RateLimited } from '../../../../activities/ports/errors.ts';
import { accountAddress, type Cloid, intentId } from '../../../../domain/kernel/ids.ts';
import { createCancelMany } from '../../../../gateways/hyperliquid/cancel-many.ts';
import { connectVenue } from '../../../../gateways/hyperliquid/connection.ts';
import { sendEnvelope } from '../../../../gateways/hyperliquid/exchange.ts';
import { createAddressMeter } from '../../../../gateways/hyperliquid/governor/address-meter.ts';
import { createGovernor } from '../../../../gateways/hyperliquid/governor/governor.ts';
import { createRateGate, pauseMs } from '../../../../gateways/hyperliquid/governor/rate-gate.ts';
import { memoryStore } from '../../../../gateways/hyperliquid/governor/spend-store.ts';
import { canonicalAction } from '../../../../gateways/hyperliquid/wire/actions.ts';
import { BTC } from '../../../domain/market/samples.ts';
import {
  answeringJson,
  type MisbehavingServer,
  openMisbehavingServer,
} from '../support/misbehaving-server.ts';

const signer = privateKeyToAccount(`0x${'1'.repeat(64)}`);
const CLOID = `0x${'ab'.repeat(16)}` as Cloid;
let server: MisbehavingServer;
beforeAll(async () => {
  server = await openMisbehavingServer();
});
afterAll(() => server.close());

/** An entry, or an exit. */
const envelopeOf = (r: boolean, expiresAfterMs = Date.now() + 8_000) => ({
  cloid: CLOID,
  account: accountAddress(signer.address),
  intentId: intentId('demo'),
  network: 'paper' as const,
  epoch: 0,
  workflowId: 'order:demo',
  signer: accountAddress(signer.address),
  nonce: 1_760_000_000_000,
  expiresAfterMs,
  action: canonicalAction({
    type: 'order',
    orders: [{ a: 0, b: true, p: '60000', s: '1', r, t: { limit: { tif: 'Gtc' } }, c: CLOID }],
    grouping: 'na',
  }),
  sends: 1,
});

const resting = answeringJson({
  status: 'ok',
  response: { type: 'order', data: { statuses: [{ resting: { oid: 7 } }] } },
});

function open(budget = 1_200, use = { used: 0, cap: 10_000 }) {
  const clock = { nowMs: 0 };
  const store = memoryStore(() => clock.nowMs);
  const meter = createAddressMeter(async () => use);
  const gate = createRateGate(createGovernor(store, budget), meter);
  const connection = connectVenue(
    { url: server.url, wsUrl: 'ws://127.0.0.1:1/ws', isMainnet: false },
    5_000,
    gate,
  );
  server.bodies.length = 0;
  return { clock, store, meter, connection };
}

describe('under the rate limits', () => {
  test('an entry without room before its expiry is refused unsent, while an exit passes', async () => {
    const { connection, store } = open();
    store.owe('enter', 840);
    server.behave = resting;
    const late = await sendEnvelope(connection, signer, envelopeOf(false, Date.now() + 100));
    expect(late).toMatchObject({ kind: 'rejected' });
    expect(late.kind === 'rejected' && late.reason).toMatch(/^not sent: no room for weight 1 of/);
    expect(server.bodies).toEqual([]);
    expect(await sendEnvelope(connection, signer, envelopeOf(true))).toMatchObject({
      kind: 'accepted',
    });
  });

  test('a 429 leaves the order in doubt, and nobody sends until its time is over', async () => {
    const { connection, clock } = open();
    server.behave = (_request, response) => {
      response.writeHead(429, { 'retry-after': '7' });
      response.end('slow down');
    };
    const outcome = await sendEnvelope(connection, signer, envelopeOf(true));
    expect(outcome).toMatchObject({ kind: 'unknown' });
    expect(server.bodies).toHaveLength(1);
    clock.nowMs = 6_999;
    server.behave = resting;
    const waiting = await sendEnvelope(connection, signer, envelopeOf(true, Date.now() + 100));
    expect(waiting).toMatchObject({ kind: 'rejected' });
    expect(server.bodies).toHaveLength(1);
    clock.nowMs = 7_000;
    const sent = await sendEnvelope(connection, signer, envelopeOf(true));
    expect(sent).toMatchObject({ kind: 'accepted' });
  });

  test('entries stop before the account has used up its requests; exits and cancels go on', async () => {
    const { connection, meter } = open(1_200, { used: 9_800, cap: 10_000 });
    meter.refusal();
    await Promise.resolve();
    server.behave = resting;
    const entry = await sendEnvelope(connection, signer, envelopeOf(false));
    expect(entry).toMatchObject({
      kind: 'rejected',
      reason: 'not sent: the account has 200 of 10000 requests left: kept for exits',
    });
    expect(await sendEnvelope(connection, signer, envelopeOf(true))).toMatchObject({
      kind: 'accepted',
    });
    server.behave = answeringJson({
      status: 'ok',
      response: { type: 'cancel', data: { statuses: ['success'] } },
    });
    const cancelMany = createCancelMany(connection, signer, async () => new Map([['BTC', BTC]]));
    const cancels = await cancelMany([{ asset: 'BTC', cloid: CLOID }], 5);
    expect(cancels).toEqual([{ kind: 'cancelled' }]);
  });

  test('a question without room fails by name', async () => {
    const gate = createRateGate({
      admit: async () => {
        throw new RateLimited('no room');
      },
      owe: () => undefined,
      bar: () => undefined,
    });
    await expect(gate.before('info', { type: 'meta' })).rejects.toThrow(RateLimited);
  });
});

describe('the meter of an account', () => {
  test('counts on between two answers of the venue', async () => {
    const clock = { nowMs: 0 };
    const meter = createAddressMeter(
      async () => ({ used: 9_000, cap: 10_000 }),
      () => clock.nowMs,
    );
    expect(meter.refusal()).toBeUndefined();
    await Promise.resolve();
    meter.note(799);
    expect(meter.refusal()).toBeUndefined();
    meter.note(1);
    expect(meter.refusal()).toContain('200 of 10000');
  });

  test('counts what other processes have sent, from the moment of its question on', async () => {
    const clock = { nowMs: 1_000 };
    const store = memoryStore(() => clock.nowMs);
    const meters = [1, 2].map(() =>
      createAddressMeter(
        async () => ({ used: 9_000, cap: 10_000 }),
        () => clock.nowMs,
        store,
      ),
    );
    const [one, other] = meters;
    one?.note(500);
    clock.nowMs += 1;
    for (const meter of meters) expect(meter.refusal()).toBeUndefined();
    await Promise.resolve();
    // What was sent before the question is in the venue's answer.
    other?.note(799);
    expect(one?.refusal()).toBeUndefined();
    other?.note(1);
    expect(one?.refusal()).toContain('200 of 10000');
    expect(other?.refusal()).toContain('200 of 10000');
  });

  test('lets entries pass when the venue does not say', async () => {
    const meter = createAddressMeter(async () => {
      throw new Error('HTTP 502');
    });
    meter.note(1_000_000);
    expect(meter.refusal()).toBeUndefined();
    await Promise.resolve();
    expect(meter.refusal()).toBeUndefined();
  });
});

test.each([
  ['7', 7_000],
  ['0', 0],
  ['Thu, 01 Jan 1970 00:00:09 GMT', 8_000],
  ['soon', 1_000],
  ['-5', 1_000],
  [undefined, 1_000],
])('Retry-After %p is a pause of %d ms', (header, ms) => {
  expect(pauseMs(header, 1_000)).toBe(ms);
});
