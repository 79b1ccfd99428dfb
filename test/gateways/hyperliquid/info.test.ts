import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accountAddress } from '../../../domain/kernel/ids.ts';
import { connectVenue } from '../../../gateways/hyperliquid/connection.ts';
import {
  readAccount,
  readAssets,
  readFillsSince,
  readFundingSince,
  readOrderStatus,
} from '../../../gateways/hyperliquid/info.ts';
import type { UserFill } from '../../../gateways/hyperliquid/wire/info-account-history.ts';
import {
  answering,
  answeringJson,
  type Behaviour,
  type MisbehavingServer,
  openMisbehavingServer,
} from './support/misbehaving-server.ts';
import { cloidFor } from './support/paper-desk.ts';

const USER = accountAddress(`0x${'a'.repeat(40)}`);

let server: MisbehavingServer;
beforeAll(async () => {
  server = await openMisbehavingServer();
});
afterAll(() => server.close());

const connect = () =>
  connectVenue({ url: server.url, wsUrl: 'ws://127.0.0.1:1/ws', isMainnet: false });

const fillAt = (tid: number, time: number): UserFill => ({
  coin: 'BTC',
  px: '60000.0',
  sz: '0.5',
  side: tid % 2 === 0 ? 'B' : 'A',
  time,
  startPosition: '0.0',
  dir: 'Open Long',
  closedPnl: '0.0',
  hash: '0x00',
  oid: 7,
  crossed: true,
  fee: '0.1',
  tid,
  feeToken: 'USDC',
  cloid: cloidFor('x').toUpperCase().replace('0X', '0x'),
});

/** A venue that returns at most 2,000 fills a call, oldest first. */
const paging =
  (all: readonly UserFill[], starts: number[]): Behaviour =>
  (request, response, body) => {
    const { startTime } = JSON.parse(body) as { startTime: number };
    starts.push(startTime);
    const page = all.filter((fill) => fill.time >= startTime).slice(0, 2_000);
    return answeringJson(page)(request, response, body);
  };

describe('executions', () => {
  test('are read page by page until none is missing, none twice', async () => {
    // Three to a millisecond, so that a page ends in the middle of one.
    const all = Array.from({ length: 4_500 }, (_, tid) => fillAt(tid, 1_000 + Math.floor(tid / 3)));
    const starts: number[] = [];
    server.behave = paging(all, starts);
    const fills = await readFillsSince(connect(), USER, 0);
    expect(fills.map((fill) => fill.tid)).toEqual(all.map((fill) => fill.tid));
    expect(starts).toHaveLength(3);
  });

  test('of a venue that answers the same page for ever are read to an end', async () => {
    const page = Array.from({ length: 2_000 }, (_, tid) => fillAt(tid, 5));
    server.behave = answeringJson(page);
    expect(await readFillsSince(connect(), USER, 0)).toHaveLength(2_000);
  });

  test('are brought to our words: side, decimals, lower-case cloid', async () => {
    server.behave = answeringJson([fillAt(1, 5), { ...fillAt(2, 6), cloid: null }]);
    const [sell, buy] = await readFillsSince(connect(), USER, 0);
    expect(sell).toMatchObject({
      tid: 1,
      side: 'sell',
      px: '60000',
      sizeBase: '0.5',
      cloid: cloidFor('x'),
    });
    expect(buy).toMatchObject({ side: 'buy' });
    expect(buy).not.toHaveProperty('cloid');
  });
});

describe('an answer that cannot be used', () => {
  const corrupt: [string, Behaviour][] = [
    ['null', answering(200, 'null')],
    ['a price that is no number', answeringJson([{ ...fillAt(1, 5), px: 'NaN' }])],
    ['a price that is a float', answeringJson([{ ...fillAt(1, 5), px: 60000.1 }])],
    ['an exponent', answeringJson([{ ...fillAt(1, 5), sz: '1e-3' }])],
    ['a trade id that a number cannot hold', answering(200, hugeTid())],
    ['a missing field', answeringJson([{ coin: 'BTC' }])],
    ['an unknown side', answeringJson([{ ...fillAt(1, 5), side: 'X' }])],
  ];

  test.each(corrupt)('%s is corrupt data, named by the question', async (_what, behave) => {
    server.behave = behave;
    await expect(readFillsSince(connect(), USER, 0)).rejects.toMatchObject({
      name: 'VenueDataCorrupt',
      message: expect.stringContaining('userFillsByTime'),
    });
  });

  test.each<[string, Behaviour]>([
    ['429', answering(429, 'null')],
    ['502', answering(502, '<html>', 'text/html')],
    ['no JSON', answering(200, '{"half":')],
    ['a cut connection', (request) => void request.socket.destroy()],
  ])('%s is an unreachable venue: a read may be repeated', async (_what, behave) => {
    server.behave = behave;
    for (const read of [
      () => readFillsSince(connect(), USER, 0),
      () => readAccount(connect(), USER),
      () => readAssets(connect()),
      () => readFundingSince(connect(), USER, 0),
      () => readOrderStatus(connect(), USER, cloidFor('x')),
      () => connect().exchangeTimeMs(),
    ]) {
      await expect(read()).rejects.toMatchObject({ name: 'VenueUnreachable' });
    }
  });
});

function hugeTid(): string {
  return JSON.stringify([fillAt(1, 5)]).replace('"tid":1', '"tid":9007199254740993');
}

describe('the clock of the venue', () => {
  test('is asked for once in a while and goes on by ours in between', async () => {
    server.bodies.length = 0;
    const aheadMs = 90_000;
    server.behave = (request, response, body) => {
      const answer = { time: Date.now() + aheadMs, specialStatuses: null };
      return answeringJson(answer)(request, response, body);
    };
    const connection = connect();
    for (let ask = 0; ask < 3; ask += 1) {
      const offsetMs = (await connection.exchangeTimeMs()) - Date.now();
      expect(Math.abs(offsetMs - aheadMs)).toBeLessThan(5_000);
    }
    expect(server.bodies).toHaveLength(1);
  });

  test('is asked for again when the venue calls an action expired', async () => {
    server.bodies.length = 0;
    let time = 1_800_000_000_000;
    const clock: Behaviour = (request, response, body) =>
      answeringJson({ time, specialStatuses: null })(request, response, body);
    server.behave = clock;
    const connection = connect();
    await connection.exchangeTimeMs();
    time += 90_000;
    server.behave = answeringJson({ status: 'err', response: 'Action already expired' });
    await connection.exchange({ action: { type: 'order' } });
    server.behave = clock;
    expect(await connection.exchangeTimeMs()).toBeGreaterThanOrEqual(time);
  });

  test('is not moved by a step of ours', async () => {
    const realNow = Date.now;
    const time = 1_800_000_000_000;
    server.behave = answeringJson({ time, specialStatuses: null });
    const connection = connect();
    await connection.exchangeTimeMs();
    try {
      Date.now = () => realNow() + 90_000;
      expect((await connection.exchangeTimeMs()) - time).toBeLessThan(10_000);
      Date.now = () => realNow() - 90_000;
      expect((await connection.exchangeTimeMs()) - time).toBeGreaterThanOrEqual(0);
    } finally {
      Date.now = realNow;
    }
  });
});
