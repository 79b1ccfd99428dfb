import { describe, expect, test } from '@jest/globals';
import { VenueUnreachable } from '../../../activities/ports/errors.ts';
import { createBarStore } from '../../../gateways/hyperliquid/bar-store.ts';
import type { VenueConnection } from '../../../gateways/hyperliquid/connection.ts';
import type { Stream } from '../../../gateways/hyperliquid/streams.ts';
import type { Candle } from '../../../gateways/hyperliquid/wire/info-market.ts';

const MINUTE_MS = 60_000;
const FIRST_MS = 100 * MINUTE_MS;

/** The bar of a minute that closed, or stands, at a price. */
const bar = (minute: number, close: number): Candle => ({
  t: FIRST_MS + minute * MINUTE_MS,
  T: FIRST_MS + (minute + 1) * MINUTE_MS - 1,
  s: 'BTC',
  i: '1m',
  o: `${close}`,
  c: `${close}`,
  h: `${close}`,
  l: `${close}`,
  v: '1',
  n: 1,
});

interface Question {
  readonly answer: (rows: readonly Candle[]) => void;
  readonly fail: (fault: Error) => void;
}

/** A venue whose frames and answers come when the test says so. */
function desk() {
  const questions: Question[] = [];
  let push: (candle: Candle) => void = () => undefined;
  let reopen: () => void = () => undefined;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const connection: VenueConnection = {
    endpoints: { url: '', wsUrl: '', isMainnet: false },
    info: (_request, schema) =>
      new Promise((resolve, reject) => {
        questions.push({ answer: (rows) => resolve(schema.parse(rows)), fail: reject });
      }),
    exchange: () => Promise.reject(new Error('nothing is sent here')),
    exchangeTimeMs: async () => 0,
  };
  const stream: Stream = {
    subscribe: async (_channel, _subscription, listener) => {
      push = listener as unknown as (candle: Candle) => void;
    },
    onReopened: (listener) => {
      reopen = listener;
    },
    failed: failed.promise,
    close: () => undefined,
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    questions,
    fail: failed.reject,
    push: async (...candles: readonly Candle[]) => {
      for (const candle of candles) push(candle);
      await settle();
    },
    reopen: () => reopen(),
    reply: async (rows: readonly Candle[]) => {
      questions.shift()?.answer(rows);
      await settle();
    },
    refuse: async () => {
      questions.shift()?.fail(new VenueUnreachable('HTTP 502'));
      await settle();
    },
    create: () => createBarStore(connection, stream, 'BTC', '1m'),
    settle,
  };
}

/** A store that stands in minute 0, and the minutes that its listener was told of. */
async function openStore() {
  const venue = desk();
  const opening = venue.create();
  await venue.settle();
  await venue.push(bar(0, 10));
  await venue.reply([bar(-2, 8), bar(-1, 9), bar(0, 10)]);
  const store = await opening;
  const told: number[] = [];
  store.onClosed((openTimeMs) => told.push((openTimeMs - FIRST_MS) / MINUTE_MS));
  const closeOf = (minute: number): number | undefined =>
    store.bars().find((each) => each.openTimeMs === FIRST_MS + minute * MINUTE_MS)?.close;
  return { ...venue, store, told, closeOf };
}

describe('closed bars', () => {
  test('are told without a question while the stream shows every bar', async () => {
    const { push, told, questions } = await openStore();
    await push(bar(0, 11), bar(1, 12), bar(1, 13), bar(2, 14));
    expect(told).toEqual([0, 1]);
    expect(questions).toEqual([]);
  });

  test('that the stream skipped are fetched before anybody is told', async () => {
    const { push, reply, told, closeOf } = await openStore();
    await push(bar(3, 30));
    expect(told).toEqual([]);
    await reply([bar(0, 11), bar(1, 12), bar(2, 13), bar(3, 29)]);
    expect(told).toEqual([0, 1, 2]);
    expect([0, 1, 2, 3].map(closeOf)).toEqual([11, 12, 13, 30]);
  });

  test('stay in order when another closes while skipped ones are fetched', async () => {
    const { push, reply, told } = await openStore();
    await push(bar(3, 30));
    await push(bar(4, 40));
    expect(told).toEqual([]);
    await reply([bar(0, 11), bar(1, 12), bar(2, 13), bar(3, 30)]);
    expect(told).toEqual([0, 1, 2, 3]);
  });

  test('that could not be fetched are asked for again with the next bar, and none is lost', async () => {
    const { push, reply, refuse, told, closeOf } = await openStore();
    await push(bar(3, 30));
    await refuse();
    expect(told).toEqual([]);
    await push(bar(4, 40));
    await reply([bar(0, 11), bar(1, 12), bar(2, 13), bar(3, 31), bar(4, 40)]);
    expect(told).toEqual([0, 1, 2, 3]);
    expect(closeOf(3)).toBe(31);
  });

  test('are fetched again when the socket was away, though none was skipped', async () => {
    const { push, reply, reopen, told, closeOf } = await openStore();
    reopen();
    await push(bar(1, 12));
    expect(told).toEqual([]);
    await reply([bar(0, 11), bar(1, 12)]);
    expect(told).toEqual([0]);
    expect(closeOf(0)).toBe(11);
  });

  test('that the venue does not have are asked for once, not for every decision', async () => {
    const { store, push, reply, questions } = await openStore();
    const reaching = store.reach(undefined, 2_000);
    await reply([bar(-3, 7), bar(-2, 8), bar(-1, 9), bar(0, 10)]);
    await reaching;
    await push(bar(1, 11));
    await store.reach(FIRST_MS, 1_500);
    expect(questions).toEqual([]);
    const further = store.reach(FIRST_MS, 2_500);
    expect(questions).toHaveLength(1);
    await reply([bar(-3, 7)]);
    await further;
  });

  test('keep what the stream showed after an answer was made', async () => {
    const { push, reply, closeOf } = await openStore();
    await push(bar(2, 20));
    await push(bar(2, 21), bar(3, 30));
    // Made when minute 2 was still open, and late.
    await reply([bar(0, 11), bar(1, 12), bar(2, 20)]);
    expect([1, 2, 3].map(closeOf)).toEqual([12, 21, 30]);
  });
});

describe('a store', () => {
  test('whose stream dies before the first bar is refused', async () => {
    const { create, fail, settle } = desk();
    const opening = create();
    opening.catch(() => undefined);
    await settle();
    fail(new VenueUnreachable('candle: refused'));
    await expect(opening).rejects.toThrow('candle: refused');
  });

  test('of an interval that does not exist is refused', async () => {
    const connection = {} as VenueConnection;
    await expect(createBarStore(connection, {} as Stream, 'BTC', '7m')).rejects.toThrow(
      'interval "7m"',
    );
  });
});
