import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VenueFill, VenueOrderStatus } from '../../../activities/ports/venue.ts';
import { decimal, px } from '../../../domain/kernel/decimal.ts';
import { accountAddress } from '../../../domain/kernel/ids.ts';
import type { PaperDesk } from './support/paper-desk.ts';
import { cloidFor, openPaperDesk, TRADER, until } from './support/paper-desk.ts';

let desk: PaperDesk;
beforeAll(async () => {
  desk = await openPaperDesk();
});
afterAll(async () => {
  await desk.close();
  expect(desk.corrupt).toEqual([]);
});

const resting = { type: 'LIMIT', limitPx: px('50000'), timeInForce: 'ALO' } as const;

describe('reads of a venue', () => {
  test('assets have their index and their rules', async () => {
    const assets = await desk.venue.assets();
    expect(assets.get('BTC')).toMatchObject({ index: 0, szDecimals: 5, isDelisted: false });
    expect(await desk.venue.assets()).toBe(assets);
  });

  test("the venue's clock is measured", async () => {
    const before = Date.now();
    const timeMs = await desk.venue.exchangeTimeMs();
    expect(Number.isInteger(timeMs)).toBe(true);
    expect(Math.abs(timeMs - before)).toBeLessThan(5_000);
  });

  test('an account that nobody knows is empty', async () => {
    const nobody = accountAddress(`0x${'d'.repeat(40)}`);
    expect(await desk.venue.account(nobody)).toMatchObject({ equityUsd: '0', positions: [] });
    expect(await desk.venue.openOrders(nobody)).toEqual([]);
    expect(await desk.venue.fillsSince(nobody, 0)).toEqual([]);
    expect(await desk.venue.fundingSince(nobody, 0)).toEqual([]);
    expect(await desk.venue.orderStatus(nobody, cloidFor('x'))).toBeUndefined();
  });

  test('a resting order is seen in every place, and gone from them when it is cancelled', async () => {
    const cloid = await desk.place('rests', resting);
    expect(await desk.venue.orderStatus(TRADER, cloid)).toMatchObject({
      cloid,
      asset: 'BTC',
      fact: { status: 'open', remainingBase: '0.01' },
    });
    expect(await desk.venue.openOrders(TRADER)).toEqual([
      expect.objectContaining({
        cloid,
        asset: 'BTC',
        side: 'buy',
        limitPx: '50000',
        isTrigger: false,
        reduceOnly: false,
        remainingBase: '0.01',
      }),
    ]);
    const nonce = Date.now() + 1_000;
    expect(await desk.venue.cancel('BTC', cloid, nonce)).toEqual({ kind: 'cancelled' });
    expect(await desk.venue.openOrders(TRADER)).toEqual([]);
    expect((await desk.venue.orderStatus(TRADER, cloid))?.fact).toMatchObject({
      status: 'canceled',
      remainingBase: '0.01',
    });
    expect(await desk.venue.cancel('BTC', cloid, nonce + 1)).toMatchObject({ kind: 'notOpen' });
    await expect(desk.venue.cancel('NOPE', cloid, nonce + 2)).rejects.toThrow('is not listed');
  });

  test('a market order fills, and account, fills and status agree on it', async () => {
    const cloid = await desk.place('fills');
    const fills = (await desk.venue.fillsSince(TRADER, 0)).filter((fill) => fill.cloid === cloid);
    const total = fills.reduce((sum, fill) => sum.plus(decimal(fill.sizeBase)), decimal(0));
    expect(total.eq('0.01')).toBe(true);
    expect(fills[0]).toMatchObject({ asset: 'BTC', side: 'buy', crossed: true, feeToken: 'USDC' });
    expect((await desk.venue.orderStatus(TRADER, cloid))?.fact).toMatchObject({
      status: 'filled',
      remainingBase: '0',
    });
    const { positions } = await desk.venue.account(TRADER);
    expect(positions).toEqual([expect.objectContaining({ asset: 'BTC', sizeBase: '0.01' })]);
  });

  test('a protective stop rests as a trigger that only reduces', async () => {
    const cloid = await desk.place('stop', {
      type: 'STOP_LOSS',
      side: 'sell',
      leg: 'protect',
      reduceOnly: true,
      triggerPx: px('40000'),
    });
    const order = (await desk.venue.openOrders(TRADER)).find((each) => each.cloid === cloid);
    expect(order).toMatchObject({ isTrigger: true, reduceOnly: true, triggerPx: '40000' });
  });

  test('executions are those at or after the time, oldest first', async () => {
    await desk.place('more');
    const all = await desk.venue.fillsSince(TRADER, 0);
    const times = all.map((fill) => fill.timeMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const last = times.at(-1) ?? 0;
    expect(await desk.venue.fillsSince(TRADER, last)).toEqual(
      all.filter((fill) => fill.timeMs === last),
    );
    expect(await desk.venue.fillsSince(TRADER, last + 1)).toEqual([]);
  });
});

interface Heard {
  connections: number;
  readonly statuses: VenueOrderStatus[];
  readonly fills: VenueFill[];
}

function listen() {
  const heard: Heard = { connections: 0, statuses: [], fills: [] };
  const stop = new AbortController();
  const running = desk.venue.streamAccount(
    TRADER,
    {
      onConnected: () => {
        heard.connections += 1;
      },
      onStatuses: (statuses) => heard.statuses.push(...statuses),
      onFills: (fills) => heard.fills.push(...fills),
    },
    stop.signal,
  );
  running.catch(() => undefined);
  return { heard, stop, running };
}

const saw = (heard: Heard, key: string, status: string): boolean =>
  heard.statuses.some((each) => each.cloid === cloidFor(key) && each.fact.status === status);

describe('the stream of an account', () => {
  test('tells of statuses and fills of our orders as they happen', async () => {
    const { heard, stop, running } = listen();
    await until(() => heard.connections === 1, 'connected');
    await desk.place('streamed-rests', resting);
    await desk.place('streamed-fills');
    await until(() => saw(heard, 'streamed-rests', 'open'), 'the open order');
    await until(() => saw(heard, 'streamed-fills', 'filled'), 'the filled order');
    await until(() => heard.fills.length > 0, 'the fill');
    expect(heard.fills.map((fill) => fill.cloid)).toEqual([cloidFor('streamed-fills')]);
    stop.abort();
    await running;
  });

  test('says so after every connection, and then hears again', async () => {
    const { heard, stop, running } = listen();
    await until(() => heard.connections === 1, 'connected');
    desk.proxy.cut();
    await until(() => heard.connections === 2, 'connected again');
    await desk.place('after-the-cut');
    await until(() => saw(heard, 'after-the-cut', 'filled'), 'the order');
    await until(() => heard.fills.length > 0, 'the fill');
    expect(heard.connections).toBe(2);
    stop.abort();
    await running;
  });

  test('what happened while it was away is in the executions since then', async () => {
    const { heard, stop, running } = listen();
    await until(() => heard.connections === 1, 'connected');
    const sinceMs = (await desk.venue.fillsSince(TRADER, 0)).at(-1)?.timeMs ?? 0;
    desk.proxy.cut();
    await desk.place('while-away');
    await until(() => heard.connections === 2, 'connected again');
    const missed = await desk.venue.fillsSince(TRADER, sinceMs);
    expect(missed.map((fill) => fill.cloid)).toContain(cloidFor('while-away'));
    stop.abort();
    await running;
  });

  test('is refused when the venue is away at the start', async () => {
    desk.proxy.closed = true;
    desk.proxy.cut();
    const { running } = listen();
    await expect(running).rejects.toMatchObject({ name: 'VenueUnreachable' });
    desk.proxy.closed = false;
  });

  test('ends at once when it is stopped before it began', async () => {
    const { stop, running } = listen();
    stop.abort();
    await running;
  });
});
