import { describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createAccountActivities } from '../../activities/account.activities.ts';
import {
  catchUpFills,
  createFactsRouter,
  runAccountStream,
} from '../../activities/account-stream.ts';
import { sizeBase, usd } from '../../domain/kernel/decimal.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';
import { NOW_MS, venueFill } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld, SIGNER, until } from './support/fake-world.ts';

const cloid = (digit: string): Cloid => `0x${digit.repeat(32)}` as Cloid;
const request = { account: ACCOUNT, workflowId: 'account', equitySampleMs: 60_000 };

/** A world in which the orders `a` and `b` are ours. */
function desk() {
  const world = fakeWorld();
  for (const name of ['a', 'b']) {
    world.ledger.envelopes.set(cloid(name), {
      cloid: cloid(name),
      workflowId: `order:${name}`,
      account: ACCOUNT,
      signer: SIGNER,
      network: 'paper',
      epoch: 0,
      nonce: 1,
      sends: 1,
      expiresAfterMs: 1,
      action: {},
      intentId: name as never,
    });
  }
  const stop = new AbortController();
  const start = (changes: Partial<typeof request> = {}) => {
    const running = runAccountStream(world, { ...request, ...changes }, stop.signal);
    // The end is asserted where it matters; elsewhere it is only waited for.
    running.catch(() => undefined);
    return running;
  };
  const opened = async () => {
    await until(() => world.venue.stream !== undefined, 'the stream');
    const { stream } = world.venue;
    if (stream === undefined) throw new Error('the stream has ended');
    return stream.handlers;
  };
  return { ...world, world, stop, start, opened };
}

const statusOf = (name: string, word: string) => ({
  cloid: cloid(name),
  asset: 'BTC',
  fact: { oid: 7, status: word, remainingBase: sizeBase('1'), statusTimestampMs: 1 },
});

describe('catching up', () => {
  test('starts from the beginning, then from the mark with an overlap', async () => {
    const { world, venue, ledger } = desk();
    venue.fills = [venueFill(1), venueFill(2)];
    expect((await catchUpFills(world, ACCOUNT)).added).toBe(2);
    expect(venue.fillsAskedSince).toEqual([0]);
    expect(ledger.marks.get('fills')).toBe(NOW_MS + 2);
    expect((await catchUpFills(world, ACCOUNT)).added).toBe(0);
    expect(venue.fillsAskedSince).toEqual([0, NOW_MS + 2 - 5_000]);
  });

  test('moves the mark only once the executions are stored', async () => {
    const { world, venue, ledger } = desk();
    venue.fills = [venueFill(1)];
    ledger.away.add('recordFills');
    await expect(catchUpFills(world, ACCOUNT)).rejects.toThrow('the store is away');
    expect(ledger.marks.size).toBe(0);
  });

  test('without news the mark stays', async () => {
    const { world, ledger } = desk();
    await catchUpFills(world, ACCOUNT);
    expect(ledger.marks.size).toBe(0);
  });
});

describe('routing facts to their orders', () => {
  test('each order is told once a turn, of what concerns it', async () => {
    const { world, workflows } = desk();
    const router = createFactsRouter(world, ACCOUNT);
    router.addStatuses([statusOf('a', 'open'), statusOf('b', 'open'), statusOf('a', 'filled')]);
    await router.route([venueFill(1, { cloid: cloid('a') })]);
    expect(workflows.told).toEqual([
      {
        workflowId: 'order:a',
        facts: {
          cloid: cloid('a'),
          statuses: [
            expect.objectContaining({ status: 'open' }),
            expect.objectContaining({ status: 'filled' }),
          ],
          fills: [expect.objectContaining({ tid: 1 })],
        },
      },
      {
        workflowId: 'order:b',
        facts: {
          cloid: cloid('b'),
          statuses: [expect.objectContaining({ status: 'open' })],
          fills: [],
        },
      },
    ]);
    await router.route([]);
    expect(workflows.told).toHaveLength(2);
  });

  test('facts of foreign orders reach the ledger and nobody else', async () => {
    const { world, ledger, workflows } = desk();
    const { cloid: _cloid, ...byHand } = statusOf('a', 'open');
    const router = createFactsRouter(world, ACCOUNT);
    router.addStatuses([statusOf('f', 'open'), byHand]);
    await router.route([venueFill(1), venueFill(2, { cloid: cloid('f') })]);
    expect(ledger.fills.size).toBe(2);
    expect(workflows.told).toEqual([]);
  });

  test('an execution is in the ledger before its order hears of it', async () => {
    const { world, ledger, workflows } = desk();
    workflows.onMessage = () => ledger.writes.push('told');
    await createFactsRouter(world, ACCOUNT).route([venueFill(1, { cloid: cloid('a') })]);
    expect(ledger.writes).toEqual(['fills 1', 'told']);
    ledger.away.add('recordFills');
    const unheard = createFactsRouter(world, ACCOUNT).route([venueFill(2, { cloid: cloid('a') })]);
    await expect(unheard).rejects.toThrow('the store is away');
    expect(workflows.told).toHaveLength(1);
  });
});

describe('the stream of an account', () => {
  test('reads what was missed on every connection and then says that it is connected', async () => {
    const { start, opened, stop, venue, ledger, workflows } = desk();
    venue.fills = [venueFill(1, { cloid: cloid('a') })];
    workflows.onMessage = () => ledger.writes.push('told');
    const running = start();
    const handlers = await opened();
    await until(() => workflows.accountEvents.length === 1, 'connected');
    expect(ledger.writes).toEqual([
      'fills 1',
      `mark fills ${NOW_MS + 1}`,
      'fills 1',
      'told',
      'told',
    ]);
    venue.fills.push(venueFill(2, { cloid: cloid('b') }));
    handlers.onConnected();
    await until(() => workflows.accountEvents.length === 2, 'connected again');
    expect(workflows.told.map(({ workflowId }) => workflowId)).toEqual([
      'order:a',
      'order:a',
      'order:b',
    ]);
    stop.abort();
    await running;
    expect(venue.stream).toBeUndefined();
  });

  test('tells orders of statuses and executions as they are heard', async () => {
    const { start, opened, stop, workflows } = desk();
    const running = start();
    const handlers = await opened();
    handlers.onStatuses([statusOf('a', 'open')]);
    handlers.onFills([venueFill(1, { cloid: cloid('b') })]);
    await until(() => workflows.told.length === 2, 'both were told');
    expect(workflows.told.map(({ workflowId }) => workflowId)).toEqual(['order:a', 'order:b']);
    stop.abort();
    await running;
  });

  test('what is heard while the ledger writes goes into one more write', async () => {
    const { start, opened, stop, ledger, workflows } = desk();
    const running = start();
    const handlers = await opened();
    await until(() => workflows.accountEvents.length === 1, 'connected');
    const before = ledger.writes.length;
    for (const tid of [1, 2, 3]) handlers.onFills([venueFill(tid, { cloid: cloid('a') })]);
    await until(() => workflows.told.length === 1, 'the order was told');
    expect(ledger.writes.slice(before)).toEqual(['fills 1,2,3']);
    expect(workflows.told[0]?.facts.fills.map(({ tid }) => tid)).toEqual([1, 2, 3]);
    stop.abort();
    await running;
  });

  test('ends when anything fails: the socket goes, and nothing later is told', async () => {
    const { start, opened, ledger, venue, workflows } = desk();
    const running = start();
    const handlers = await opened();
    await until(() => workflows.accountEvents.length === 1, 'connected');
    ledger.away.add('recordFills');
    handlers.onFills([venueFill(1, { cloid: cloid('a') })]);
    handlers.onStatuses([statusOf('b', 'open')]);
    await expect(running).rejects.toThrow('the store is away');
    await until(() => venue.stream === undefined, 'the socket was closed');
    ledger.away.clear();
    handlers.onStatuses([statusOf('b', 'filled')]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(workflows.told).toEqual([]);
  });

  test('ends with the fault of the venue', async () => {
    const { start, venue } = desk();
    venue.streamAccount = () => Promise.reject(new Error('refused'));
    await expect(start()).rejects.toThrow('refused');
  });

  test('samples equity and funding, and a sample that fails costs only itself', async () => {
    const { start, stop, venue, ledger } = desk();
    const read = venue.account;
    let calls = 0;
    venue.account = (account) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error('HTTP 502')) : read(account);
    };
    venue.payments = [
      {
        timeMs: 5,
        asset: 'BTC',
        amountUsd: usd('-1'),
        sizeBase: sizeBase('1'),
        ratePerHour: '0.0001',
      },
    ];
    const running = start({ equitySampleMs: 5 });
    await until(() => ledger.samples.length >= 2, 'two samples');
    expect(ledger.funding).toHaveLength(1);
    expect(ledger.marks.get('funding')).toBe(5);
    stop.abort();
    await running;
  });

  test('as an activity it ends when Temporal cancels it', async () => {
    const { world, venue } = desk();
    const { streamAccount } = createAccountActivities(world);
    const environment = new MockActivityEnvironment();
    const running = environment.run(streamAccount, request);
    await until(() => venue.stream !== undefined, 'the stream');
    environment.cancel();
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(venue.stream).toBeUndefined();
  });
});
