import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { signL1Action } from '../../gateways/hyperliquid/wire/signing.ts';
import { ALICE_KEY, openPaperVenue, type PaperVenue, STRANGER_KEY } from './paper-venue.ts';

const MALFORMED = 'Failed to deserialize the JSON body into the target type';

let venue: PaperVenue;

beforeAll(async () => {
  venue = await openPaperVenue();
});

afterAll(() => venue.close());

const action = {
  type: 'order' as const,
  orders: [
    { a: 0, b: true, p: '50000', s: '0.01', r: false, t: { limit: { tif: 'Gtc' as const } } },
  ],
  grouping: 'na' as const,
};
const nonce = Date.now();
const signature = signL1Action({ privateKey: ALICE_KEY, action, nonce, isMainnet: false });
const body = { action, nonce, signature };

describe('a body that means nothing', () => {
  test.each([
    ['/info', ''],
    ['/info', 'not json'],
    ['/info', '[]'],
    ['/info', 'null'],
    ['/info', '{"type":"noSuchQuestion"}'],
    ['/info', '{"type":"l2Book"}'],
    ['/info', '{"type":"clearinghouseState","user":"0x12"}'],
    ['/info', '{"type":"candleSnapshot","req":{"coin":"BTC","interval":"7m","startTime":0}}'],
    ['/exchange', '{}'],
    ['/exchange', JSON.stringify({ ...body, nonce: '1' })],
    ['/exchange', JSON.stringify({ ...body, signature: { r: 'x', s: '0x1', v: 27 } })],
    ['/exchange', JSON.stringify({ ...body, action: { type: 'noSuchAction' } })],
    ['/exchange', JSON.stringify({ ...body, action: { ...action, orders: [{ a: 0 }] } })],
    ['/exchange', JSON.stringify(body).replace('"50000"', '"NaN"')],
    ['/exchange', JSON.stringify(body).replace('"50000"', '"1e400"')],
    ['/exchange', JSON.stringify(body).replace('"50000"', '50000')],
  ])('gets 422 in plain text: %s %s', async (path, text) => {
    const answer = await venue.post(path, text);
    expect(answer).toEqual({ status: 422, type: 'text/plain; charset=utf-8', text: MALFORMED });
  });

  test('that is longer than 256 KB is refused by its length', async () => {
    const answer = await venue.post('/info', `{"type":"${'x'.repeat(300_000)}"}`);
    expect(answer.status).toBe(413);
  });

  test('at another path or by another method is told so', async () => {
    expect((await venue.post('/nowhere', '{}')).status).toBe(404);
    expect((await fetch(`${venue.running.url}/info`)).status).toBe(405);
  });
});

describe('an envelope that is well formed', () => {
  const send = async (envelope: object) =>
    JSON.parse((await venue.post('/exchange', JSON.stringify(envelope))).text) as unknown;

  test('is answered in words when nobody signed it', async () => {
    const nobody = { r: `0x${'f'.repeat(64)}`, s: '0x1', v: 27 };
    expect(await send({ ...body, signature: nobody })).toEqual({
      status: 'err',
      response: 'Unable to recover signer.',
    });
  });

  test('recovers to somebody else when it was changed after signing', async () => {
    expect(await send({ ...body, nonce: nonce + 1 })).toEqual({
      status: 'err',
      response: expect.stringMatching(/^User or API Wallet 0x[0-9a-f]{40} does not exist\.$/),
    });
  });

  test('is taken with either source, nulls, and an unpadded or upper-case spelling', async () => {
    for (const [index, isMainnet] of [true, false].entries()) {
      const at = nonce + 10 + index;
      const signed = signL1Action({ privateKey: ALICE_KEY, action, nonce: at, isMainnet });
      const unpadded = { ...signed, r: signed.r.replace(/^0x0*/, '0x') };
      const envelope = {
        signature: unpadded,
        vaultAddress: null,
        expiresAfter: null,
        nonce: at,
        action: JSON.parse(JSON.stringify(action).replace('"50000"', '"50000.0"')),
      };
      expect(await send(envelope)).toMatchObject({ status: 'ok' });
    }
  });

  test('of an unknown vault, or with a builder not approved, is refused in words', async () => {
    const vaultAddress = '0x1719884eb866cb12b2287399b15f7db5e7d775ea' as never;
    const builder = { b: vaultAddress, f: 10 };
    const cases: [object, object, string][] = [
      [action, { vaultAddress }, `Vault not registered: ${vaultAddress}`],
      [{ ...action, builder }, {}, 'Builder fee has not been approved.'],
    ];
    for (const [index, [refused, extra, response]] of cases.entries()) {
      const at = nonce + 30 + index;
      const signed = signL1Action({
        privateKey: ALICE_KEY,
        action: refused as never,
        nonce: at,
        isMainnet: false,
        ...extra,
      });
      expect(await send({ action: refused, nonce: at, signature: signed, ...extra })).toEqual({
        status: 'err',
        response,
      });
    }
  });

  test('is refused after its expiry, and its nonce works once', async () => {
    const sign = (at: number, expiresAfter: number) => ({
      action,
      nonce: at,
      expiresAfter,
      signature: signL1Action({
        privateKey: ALICE_KEY,
        action,
        nonce: at,
        expiresAfter,
        isMainnet: false,
      }),
    });
    expect(await send(sign(nonce + 20, Date.now() - 1))).toEqual({
      status: 'err',
      response: 'Action already expired',
    });
    const good = sign(nonce + 21, Date.now() + 60_000);
    expect(await send(good)).toMatchObject({ status: 'ok' });
    expect(await send(good)).toEqual({
      status: 'err',
      response: `Invalid nonce: duplicate nonce ${nonce + 21}`,
    });
  });

  test('of a stranger leaves no trace', async () => {
    const signed = signL1Action({ privateKey: STRANGER_KEY, action, nonce, isMainnet: false });
    await send({ action, nonce, signature: signed });
    expect(venue.running.exchange.venue.knownAccounts()).toEqual([
      venue.alice.address,
      venue.bob.address,
    ]);
  });
});

describe('whatever is sent', () => {
  const types = ['order', 'cancel', 'cancelByCloid', 'updateLeverage', 'noop', 'modify'];
  const anyBody = fc.oneof(
    fc.json().map((text) => text.slice(0, 5000)),
    fc.string(),
    fc
      .record({
        type: fc.constantFrom('l2Book', 'candleSnapshot', 'userFills', 'orderStatus', 'meta'),
        coin: fc.jsonValue(),
        user: fc.jsonValue(),
        oid: fc.jsonValue(),
        req: fc.jsonValue(),
      })
      .map((value) => JSON.stringify(value)),
    fc
      .record({
        action: fc.record({
          type: fc.constantFrom(...types),
          orders: fc.jsonValue(),
          cancels: fc.jsonValue(),
          grouping: fc.jsonValue(),
        }),
        nonce: fc.oneof(fc.nat(), fc.jsonValue()),
        signature: fc.oneof(fc.constant(signature), fc.jsonValue()),
      })
      .map((value) => JSON.stringify(value)),
  );

  test('over HTTP is answered with 200 or 422, and the exchange goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('/info', '/exchange'), anyBody, async (path, text) => {
        expect([200, 422]).toContain((await venue.post(path, text)).status);
      }),
      { numRuns: 150 },
    );
    expect((await venue.post('/info', '{"type":"allMids"}')).status).toBe(200);
  });

  test('validly signed with any numbers is answered in JSON', async () => {
    let at = nonce + 100;
    const number = fc.oneof(
      fc.constantFrom('0', '-1', '0.0000001', '99999999999999999999', '0.1', '100000'),
      fc.integer({ min: -5, max: 200_000 }).map(String),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(0xffff_ffff),
        number,
        number,
        fc.boolean(),
        async (a, p, s, isBuy) => {
          at += 1;
          const odd = {
            ...action,
            orders: [{ ...action.orders[0], a: a % 3 === 0 ? a : a % 230, b: isBuy, p, s }],
          } as typeof action;
          const signed = signL1Action({
            privateKey: ALICE_KEY,
            action: odd,
            nonce: at,
            isMainnet: false,
          });
          const text = JSON.stringify({ action: odd, nonce: at, signature: signed });
          const answer = await venue.post('/exchange', text);
          expect([answer.status, JSON.parse(answer.text).status]).toEqual([
            200,
            expect.stringMatching(/^(ok|err)$/),
          ]);
        },
      ),
      { numRuns: 100 },
    );
    expect(venue.running.exchange.venue.conservation().difference).toBe('0.0');
  });
});

describe('the socket', () => {
  const anyFrame = fc.oneof(
    fc.json().map((text) => text.slice(0, 2000)),
    fc.string(),
    fc
      .record({
        method: fc.constantFrom('subscribe', 'unsubscribe', 'post'),
        id: fc.oneof(fc.nat(), fc.jsonValue()),
        subscription: fc.record({
          type: fc.constantFrom('l2Book', 'trades', 'candle', 'userFills'),
          coin: fc.oneof(fc.string(), fc.jsonValue()),
          user: fc.jsonValue(),
        }),
        request: fc.record({ type: fc.constantFrom('info', 'action'), payload: fc.jsonValue() }),
      })
      .map((value) => JSON.stringify(value)),
  );

  async function talk(...texts: string[]): Promise<unknown[]> {
    const socket = new WebSocket(venue.running.wsUrl);
    await once(socket, 'open');
    const frames: unknown[] = [];
    socket.on('message', (data) => frames.push(JSON.parse(data.toString())));
    for (const text of texts) socket.send(text);
    socket.send('{"method":"ping"}');
    while (JSON.stringify(frames.at(-1)) !== '{"channel":"pong"}') await once(socket, 'message');
    socket.close();
    return frames.slice(0, -1);
  }
  const words = (text: string) => ({
    channel: 'error',
    data: `Error parsing JSON into valid websocket request: ${text}`,
  });

  test.each([
    'nonsense',
    '{"method":"subscribe"}',
    '{"method":"subscribe","subscription":{"type":"webData2","user":"0x1"}}',
    '{"method":"subscribe","subscription":{"type":"candle","coin":"BTC","interval":"7m"}}',
    '{"method":"post","id":1,"request":{"type":"info","payload":{"type":"noSuchQuestion"}}}',
  ])('repeats what it cannot read: %s', async (text) => {
    expect(await talk(text)).toEqual([words(text)]);
  });

  test('acknowledges in the normalised form, and once', async () => {
    const subscription = { type: 'l2Book', coin: 'BTC' };
    const text = JSON.stringify({ method: 'subscribe', subscription });
    const normal = { ...subscription, nSigFigs: null, mantissa: null, fast: false };
    const frames = await talk(text, text, text.replace('subscribe', 'unsubscribe'));
    expect(frames).toEqual([
      { channel: 'subscriptionResponse', data: { method: 'subscribe', subscription: normal } },
      { channel: 'l2Book', data: expect.objectContaining({ coin: 'BTC' }) },
      { channel: 'error', data: `Already subscribed: ${JSON.stringify(normal)}` },
      { channel: 'subscriptionResponse', data: { method: 'unsubscribe', subscription: normal } },
    ]);
  });

  test.each([
    [
      { type: 'userFills', user: '0xABCDEF0123456789abcdef0123456789abcdef01' },
      {
        type: 'userFills',
        user: '0xabcdef0123456789abcdef0123456789abcdef01',
        aggregateByTime: false,
      },
    ],
    [
      { coin: 'BTC', type: 'candle', interval: '1m' },
      { type: 'candle', interval: '1m', coin: 'BTC' },
    ],
    [
      { type: 'clearinghouseState', user: `0x${'a'.repeat(40)}` },
      { type: 'clearinghouseState', user: `0x${'a'.repeat(40)}`, dex: '' },
    ],
    [
      { type: 'user', user: `0x${'a'.repeat(40)}` },
      { type: 'user', user: `0x${'a'.repeat(40)}` },
    ],
  ])('echoes %j as %j', async (subscription, normal) => {
    const [frame] = await talk(JSON.stringify({ method: 'subscribe', subscription }));
    expect(frame).toEqual({
      channel: 'subscriptionResponse',
      data: { method: 'subscribe', subscription: normal },
    });
  });

  test('answers posts of questions and actions, refusals included', async () => {
    const question = { type: 'info', payload: { type: 'l2Book', coin: 'NOPE' } };
    const refused = { type: 'action', payload: { ...body, nonce: nonce + 1 } };
    const broken = { type: 'action', payload: { action: 1 } };
    const frames = await talk(
      ...[question, refused, broken].map((request, id) =>
        JSON.stringify({ method: 'post', id, request }),
      ),
    );
    const post = (id: number, response: object) => ({ channel: 'post', data: { id, response } });
    expect(frames).toEqual([
      post(0, { type: 'info', payload: { type: 'l2Book', data: null } }),
      post(1, { type: 'action', payload: expect.objectContaining({ status: 'err' }) }),
      post(2, { type: 'error', payload: `422 ${MALFORMED}` }),
    ]);
  });

  test('survives anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { minLength: 1, maxLength: 10 }), async (texts) => {
        const frames = await talk(...texts);
        expect(frames.length).toBeGreaterThanOrEqual(texts.length);
      }),
      { numRuns: 25 },
    );
  });
});
