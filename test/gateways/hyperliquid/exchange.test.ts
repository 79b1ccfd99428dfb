import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { privateKeyToAccount } from 'viem/accounts';
import type { Envelope } from '../../../activities/ports/envelope.ts';
import type { SendOutcome } from '../../../activities/ports/venue.ts';
import { decimal } from '../../../domain/kernel/decimal.ts';
import { accountAddress, type Cloid, intentId } from '../../../domain/kernel/ids.ts';
import { createCancelMany } from '../../../gateways/hyperliquid/cancel-many.ts';
import { connectVenue, type VenueConnection } from '../../../gateways/hyperliquid/connection.ts';
import { burnNonce, sendEnvelope } from '../../../gateways/hyperliquid/exchange.ts';
import { canonicalAction } from '../../../gateways/hyperliquid/wire/actions.ts';
import { envelopeSchema } from '../../../gateways/hyperliquid/wire/exchange.ts';
import { recoverAddress } from '../../../gateways/hyperliquid/wire/recovery.ts';
import { actionHash, agentDigest } from '../../../gateways/hyperliquid/wire/signing.ts';
import { BTC } from '../../domain/market/samples.ts';
import {
  answering,
  answeringJson,
  type Behaviour,
  type MisbehavingServer,
  openMisbehavingServer,
} from './support/misbehaving-server.ts';

const KEY = '0x0123456789012345678901234567890123456789012345678901234567890123';
const signer = privateKeyToAccount(KEY);
const CLOID = `0x${'ab'.repeat(16)}` as Cloid;

const envelopeOf = (tif = 'Gtc', size = '1'): Envelope => ({
  cloid: CLOID,
  account: accountAddress(signer.address),
  intentId: intentId('demo'),
  network: 'paper',
  epoch: 0,
  workflowId: 'order:demo',
  signer: accountAddress(signer.address),
  nonce: 1_760_000_000_000,
  expiresAfterMs: 1_760_000_008_000,
  action: canonicalAction({
    type: 'order',
    orders: [{ a: 0, b: true, p: '60000', s: size, r: false, t: { limit: { tif } }, c: CLOID }],
    grouping: 'na',
  }),
  sends: 1,
});

let server: MisbehavingServer;
beforeAll(async () => {
  server = await openMisbehavingServer();
});
beforeEach(() => {
  server.bodies.length = 0;
  server.readsBody = true;
});
afterAll(() => server.close());

const connect = (url = server.url, timeoutMs?: number) =>
  connectVenue({ url, wsUrl: 'ws://127.0.0.1:1/ws', isMainnet: false }, timeoutMs);

const send = (behave: Behaviour, envelope = envelopeOf()): Promise<SendOutcome> => {
  server.behave = behave;
  return sendEnvelope(connect(), signer, envelope);
};

const statuses = (...list: unknown[]): Behaviour =>
  answeringJson({ status: 'ok', response: { type: 'order', data: { statuses: list } } });
const refusing = (response: string): Behaviour => answeringJson({ status: 'err', response });

/** Half of a good answer, then the connection is cut. */
const halfReply: Behaviour = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"status":"ok","response":{"type":"or', () => response.destroy());
};

const cutOff: Behaviour = (request) => {
  request.socket.destroy();
};

describe('an answer that can be read', () => {
  test('a resting order is accepted as open', async () => {
    expect(await send(statuses({ resting: { oid: 7 } }))).toEqual({
      kind: 'accepted',
      status: { oid: 7, status: 'open', remainingBase: '1', statusTimestampMs: 0 },
      executedBase: '0',
    });
  });

  test.each([
    ['a whole fill', 'Gtc', '1.0', 'filled', '0'],
    [
      'a partial fill of an immediate order: the end of it is the venue to tell',
      'Ioc',
      '0.4',
      'open',
      '0.6',
    ],
    ['a partial fill of an order that may rest', 'Gtc', '0.4', 'open', '0.6'],
  ])('%s', async (_what, tif, totalSz, status, remainingBase) => {
    const filled = { totalSz, avgPx: '60000.0', oid: 7 };
    expect(await send(statuses({ filled }), envelopeOf(tif))).toEqual({
      kind: 'accepted',
      status: { oid: 7, status, remainingBase, statusTimestampMs: 0 },
      executedBase: decimal(totalSz).toFixed(),
    });
  });

  test('the refusal of the order itself is final, in the words of the venue', async () => {
    const error = 'Insufficient margin to place order. asset=0';
    expect(await send(statuses({ error }))).toEqual({ kind: 'rejected', reason: error });
  });

  test.each([
    'User or API Wallet 0xabc does not exist.',
    'Must deposit before performing actions. User: 0xabc',
    'Action already expired',
    'Only post-only orders allowed immediately after network upgrade',
    'Trading is halted.',
    'Too many cumulative requests sent (10001 > 10000) for cumulative volume traded $0.',
  ])('"%s" refuses the whole action: nothing of it was executed', async (reason) => {
    expect(await send(refusing(reason))).toEqual({ kind: 'rejected', reason });
  });

  test('a nonce below all that the venue keeps is told apart: no later copy can land either', async () => {
    const reason = 'Invalid nonce: nonce too low 1760000000000 < 1760000000100';
    const outcome = await send(refusing(reason));
    expect(outcome).toEqual({ kind: 'rejected', reason, noncePassed: true });
  });
});

describe('what leaves an order in doubt', () => {
  test.each<[string, Behaviour]>([
    ['a duplicate nonce: it may be our own', refusing('Invalid nonce: duplicate nonce 17')],
    ['a refusal that we do not know', refusing('Something went wrong, please try again')],
    ['an empty refusal', refusing('')],
    ['429 with a null body', answering(429, 'null')],
    ['502 with a page', answering(502, '<html>Bad Gateway</html>', 'text/html')],
    ['500 without a body', answering(500, '')],
    ['422 in plain text', answering(422, 'Failed to deserialize', 'text/plain')],
    ['200 that is no JSON', answering(200, '<html>hello</html>')],
    ['200 in plain text', answering(200, '{"status":"ok"}', 'text/plain')],
    ['200 with null', answering(200, 'null')],
    ['200 with an empty body', answering(200, '')],
    ['200 of another shape', answeringJson({ status: 'maybe' })],
    ['200 of another type', answeringJson({ status: 'ok', response: { type: 'default' } })],
    ['no status at all', statuses()],
    ['a status of another shape', statuses({ parked: { oid: 7 } })],
    ['an order id that a number cannot hold', answering(200, unsafeOid())],
    ['a status without an order id', statuses('waitingForFill')],
    ['half a reply', halfReply],
    ['a connection cut after the request was read', cutOff],
  ])('%s', async (_what, behave) => {
    const outcome = await send(behave);
    expect(outcome.kind).toBe('unknown');
    expect(outcome.kind === 'unknown' && outcome.reason).not.toBe('');
  });

  test('a connection cut before the request was read', async () => {
    server.readsBody = false;
    expect((await send(cutOff)).kind).toBe('unknown');
  });

  test('a refused connection', async () => {
    const gone = await openMisbehavingServer();
    await gone.close();
    const outcome = await sendEnvelope(connect(gone.url), signer, envelopeOf());
    expect(outcome).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('fetch') });
  });

  test('an answer that never comes, after the timeout', async () => {
    server.behave = () => undefined;
    const outcome = await sendEnvelope(connect(server.url, 50), signer, envelopeOf());
    expect(outcome).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('timed out'),
    });
    expect(server.bodies).toHaveLength(1);
  });
});

function unsafeOid(): string {
  const answer = { status: 'ok', response: { type: 'order', data: { statuses: ['@'] } } };
  return JSON.stringify(answer).replace('"@"', '{"resting":{"oid":9007199254740993}}');
}

describe('a resend', () => {
  test('is the same bytes, whoever sends it, and it is sent once per call', async () => {
    await send(answering(502, ''));
    await send(cutOff);
    const stored = JSON.parse(JSON.stringify({ ...envelopeOf(), sends: 3 })) as Envelope;
    await send(statuses({ resting: { oid: 7 } }), stored);
    expect(server.bodies).toHaveLength(3);
    expect(new Set(server.bodies).size).toBe(1);
  });

  test("is signed by the signer over action, nonce and expiry, for paper's source", async () => {
    await send(statuses({ resting: { oid: 7 } }));
    const body = envelopeSchema.parse(JSON.parse(server.bodies[0] ?? ''));
    expect(body).toMatchObject({ nonce: envelopeOf().nonce, expiresAfter: 1_760_000_008_000 });
    const digest = agentDigest(actionHash(body.action, body), 'b');
    expect(recoverAddress(digest, body.signature)).toBe(accountAddress(signer.address));
  });
});

describe('secrets', () => {
  const echoes: [string, (body: string) => Behaviour][] = [
    ['a refusal of the transport', (body) => answering(422, `cannot read ${body}`, 'text/plain')],
    ['a refusal in words', (body) => refusing(`cannot read ${body}`)],
    ['a refusal of the order', (body) => statuses({ error: `cannot read ${body}` })],
    ['no JSON', (body) => answering(200, `${body} is what you sent`)],
  ];

  test.each(echoes)('are not repeated when %s echoes the request', async (_what, behave) => {
    const outcome = await send((request, response, body) => behave(body)(request, response, body));
    const { signature } = JSON.parse(server.bodies[0] ?? '') as {
      signature: { r: string; s: string };
    };
    expect(outcome.kind).not.toBe('accepted');
    const said = JSON.stringify(outcome);
    for (const secret of [signature.r, signature.s, KEY]) {
      expect(said).not.toContain(secret.slice(2, 42));
    }
  });

  test('a cancel does not repeat them either', async () => {
    server.behave = (request, response, body) => refusing(`no: ${body}`)(request, response, body);
    const outcome = await cancelOne(connect());
    expect(JSON.stringify(outcome)).not.toMatch(/0x[0-9a-f]{41,}/i);
  });
});

/** Cancels one order of BTC. */
const cancelOne = async (connection: VenueConnection) => {
  const cancelMany = createCancelMany(connection, signer, async () => new Map([['BTC', BTC]]));
  return (await cancelMany([{ asset: 'BTC', cloid: CLOID }], 5))[0];
};

describe('burning a nonce', () => {
  const burn = (behave: Behaviour) => {
    server.behave = behave;
    return burnNonce(connect(), signer, envelopeOf());
  };

  test('is done only when the venue accepted it', async () => {
    expect(await burn(answeringJson({ status: 'ok', response: { type: 'default' } }))).toBe(
      'burnt',
    );
    const body = JSON.parse(server.bodies[0] ?? '') as object;
    expect(body).toMatchObject({ action: { type: 'noop' }, nonce: envelopeOf().nonce });
    expect(body).not.toHaveProperty('expiresAfter');
  });

  test('is done as well when the venue has passed the nonce', async () => {
    const text = 'Invalid nonce: nonce too low 1760000000000 < 1760000000100';
    expect(await burn(refusing(text))).toBe('burnt');
  });

  test.each<[string, Behaviour]>([
    ['a duplicate nonce, which may be the order itself', refusing('Invalid nonce: duplicate')],
    ['a page', answering(502, '<html>', 'text/html')],
    ['another shape', answeringJson({ status: 'ok' })],
    ['a cut connection', cutOff],
  ])('is not known after %s', async (_what, behave) => {
    expect(await burn(behave)).toBe('unknown');
  });
});

describe('a cancel', () => {
  const cancelled = (...list: unknown[]): Behaviour =>
    answeringJson({ status: 'ok', response: { type: 'cancel', data: { statuses: list } } });

  test.each<[string, Behaviour, string]>([
    ['success is proof', cancelled('success'), 'cancelled'],
    [
      'an order that is not open is named so',
      cancelled({ error: 'Order was never placed, already canceled, or filled.' }),
      'notOpen',
    ],
    ['no status is no answer', cancelled(), 'unknown'],
    ['another type is no answer', statuses({ resting: { oid: 7 } }), 'unknown'],
    ['a refusal of the action proves nothing', refusing('Invalid nonce: duplicate'), 'unknown'],
    ['429 proves nothing', answering(429, 'null'), 'unknown'],
    ['a cut connection proves nothing', cutOff, 'unknown'],
  ])('%s', async (_what, behave, kind) => {
    server.behave = behave;
    expect((await cancelOne(connect()))?.kind).toBe(kind);
    expect(JSON.parse(server.bodies[0] ?? '')).toMatchObject({
      action: { type: 'cancelByCloid', cancels: [{ asset: BTC.index, cloid: CLOID }] },
      nonce: 5,
    });
  });
});
