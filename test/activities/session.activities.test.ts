import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ProtectRequest, StartedOrder } from '../../activities/interfaces/session.ts';
import { createSessionActivities } from '../../activities/session.activities.ts';
import { startedOrder } from '../../activities/session-orders.ts';
import type { HeldExits } from '../../domain/execution/exits.ts';
import { fraction, type Px, px, sizeBase } from '../../domain/kernel/decimal.ts';
import { intentId, orderWorkflowId } from '../../domain/kernel/ids.ts';
import { intentOf } from '../domain/execution/samples.ts';
import { BTC } from '../domain/market/samples.ts';
import { ETH, positionOf } from './support/fake-venue.ts';
import { ACCOUNT, fakeWorld, until } from './support/fake-world.ts';
import { BAR_MS, decideRequest, rulesOf, turning } from './support/strategy.ts';

function desk() {
  const world = fakeWorld();
  world.market.snapshots.set('BTC', turning(BTC, 1));
  world.market.snapshots.set('ETH', turning(ETH, 1));
  return { ...world, world, activities: createSessionActivities(world) };
}

const session = decideRequest().session;
const workflowOf = (id: string): string => orderWorkflowId(ACCOUNT, intentId(id));
const startedIds = ({ workflows }: ReturnType<typeof fakeWorld>): string[] =>
  workflows.started.map(({ intent }) => intent.intentId);

describe('deciding bars', () => {
  test('records the decisions and then starts their orders', async () => {
    const { activities, world, ledger } = desk();
    const result = await activities.decideBars(decideRequest());
    expect(ledger.writes).toEqual(['decisions 2']);
    expect(startedIds(world)).toEqual([
      `demo-10000/BTC/${BAR_MS}/open`,
      `demo-10000/ETH/${BAR_MS}/open`,
    ]);
    expect(result.started).toEqual([
      expect.objectContaining({ asset: 'BTC', leg: 'entry', side: 'buy' }),
      expect.objectContaining({ asset: 'ETH', leg: 'entry', side: 'buy' }),
    ]);
    expect(Object.keys(result.stopPx)).toEqual(['BTC', 'ETH']);
    expect(result.summaries.BTC).toMatch(/^open long/);
    expect(result.dayStart.equityUsd).toBe('10000');
  });

  test('done again it starts the very same orders, whatever the market says by then', async () => {
    const { activities, world, workflows, venue } = desk();
    const first = await activities.decideBars(decideRequest());
    world.market.snapshots.set('BTC', turning(BTC, -1));
    venue.positions = [positionOf('BTC', '5')];
    const second = await activities.decideBars(decideRequest({ dayStart: first.dayStart }));
    expect(second).toEqual(first);
    expect(workflows.started.slice(2)).toEqual(workflows.started.slice(0, 2));
  });

  test('starts nothing that was not recorded', async () => {
    const { activities, ledger, workflows } = desk();
    ledger.away.add('recordDecisions');
    await expect(activities.decideBars(decideRequest())).rejects.toMatchObject({
      type: 'StoreUnavailable',
    });
    expect(workflows.started).toEqual([]);
  });

  test('a turn starts its close and defers its entry', async () => {
    const { activities, world, venue } = desk();
    venue.positions = [positionOf('BTC', '-5')];
    const result = await activities.decideBars(decideRequest({ assets: ['BTC'] }));
    const close = `demo-10000/BTC/${BAR_MS}/close`;
    expect(startedIds(world)).toEqual([close]);
    expect(result.deferred).toEqual([
      { after: close, decisionId: expect.stringContaining('/BTC/'), step: 1, asset: 'BTC' },
    ]);
    const [deferred] = result.deferred;
    if (deferred === undefined) throw new Error('nothing was deferred');
    const started = await activities.startDeferred({ session, deferred });
    expect(started).toMatchObject({ intentId: `demo-10000/BTC/${BAR_MS}/open`, leg: 'entry' });
    expect(startedIds(world)).toEqual([close, `demo-10000/BTC/${BAR_MS}/open`]);
  });

  test('a deferred step is not started while entries are halted', async () => {
    const { activities, world, venue, workflows } = desk();
    venue.positions = [positionOf('BTC', '-5')];
    const result = await activities.decideBars(decideRequest({ assets: ['BTC'] }));
    const [deferred] = result.deferred;
    if (deferred === undefined) throw new Error('nothing was deferred');
    world.halt = 'by hand';
    expect(await activities.startDeferred({ session, deferred })).toBeUndefined();
    expect(workflows.started).toHaveLength(1);
    const lost = { ...deferred, step: 7 };
    await expect(activities.startDeferred({ session, deferred: lost })).rejects.toThrow(
      'has no step 7',
    );
  });

  test('a deferred step is not started once the session holds entries back', async () => {
    const { activities, venue, workflows } = desk();
    venue.positions = [positionOf('BTC', '-5')];
    const [deferred] = (await activities.decideBars(decideRequest({ assets: ['BTC'] }))).deferred;
    if (deferred === undefined) throw new Error('nothing was deferred');
    const request = { session, deferred, entriesHalted: 'the session is paused' };
    expect(await activities.startDeferred(request)).toBeUndefined();
    expect(workflows.started).toHaveLength(1);
  });

  test('nothing is decided on a bar whose next has closed too', async () => {
    const { activities, world } = desk();
    const result = await activities.decideBars(decideRequest({ superseded: ['BTC'] }));
    expect(startedIds(world)).toEqual([`demo-10000/ETH/${BAR_MS}/open`]);
    expect(Object.keys(result.summaries)).toEqual(['ETH']);
  });

  test('what was decided on it before the answer was lost stands', async () => {
    const { activities, workflows } = desk();
    const first = await activities.decideBars(decideRequest());
    const again = decideRequest({ superseded: ['BTC'], dayStart: first.dayStart });
    const second = await activities.decideBars(again);
    expect(second.stopPx).toEqual(first.stopPx);
    expect(second.started).toEqual(expect.arrayContaining([...first.started]));
    expect(workflows.started).toHaveLength(4);
  });

  test.each([
    ['the session', { entriesHalted: 'the session is paused' }, undefined, 'the session is paused'],
    ['the kill switch', {}, 'by hand', 'by hand'],
  ])('%s can hold entries back', async (_who, request, halt, reason) => {
    const { activities, world, workflows } = desk();
    world.halt = halt;
    const result = await activities.decideBars(decideRequest(request));
    expect(workflows.started).toEqual([]);
    expect(result.summaries.BTC).toContain(reason);
    expect(result.stopPx).toEqual({});
  });

  const lookAt = (stopPx: Readonly<Record<string, Px>> = {}) => ({
    assets: ['BTC', 'ETH'],
    stopPx,
    orders: [],
    nextNumber: 3,
  });

  test('looks at the positions by the same reading of the account, and starts their stops', async () => {
    const { activities, world, venue } = desk();
    venue.positions = [positionOf('ETH', '1')];
    let readings = 0;
    const { account } = venue;
    venue.account = (...args) => {
      readings += 1;
      return account.apply(venue, args);
    };
    const request = decideRequest({ assets: ['BTC'], look: lookAt({ ETH: px('95') }) });
    const { looked, started } = await activities.decideBars(request);
    expect(readings).toBe(1);
    expect(looked).toEqual({
      open: ['ETH'],
      started: [expect.objectContaining({ asset: 'ETH', leg: 'protect', side: 'sell' })],
    });
    expect(started).toEqual([expect.objectContaining({ asset: 'BTC', leg: 'entry' })]);
    expect(startedIds(world).sort()).toEqual([
      `demo-10000/BTC/${BAR_MS}/open`,
      'demo-10000/ETH/protect/3',
    ]);
  });

  test('decides although the look fails, and says nothing of it', async () => {
    const { activities, world, venue } = desk();
    venue.positions = [positionOf('ETH', '1')];
    const look = { ...lookAt(), assets: ['ETH', 'GONE'] };
    const result = await activities.decideBars(decideRequest({ assets: ['BTC'], look }));
    expect(result).not.toHaveProperty('looked');
    expect(startedIds(world)).toContain(`demo-10000/BTC/${BAR_MS}/open`);
  });

  test('malformed rules are refused for good', async () => {
    const { activities } = desk();
    const request = decideRequest({ rules: rulesOf({ strategy: 'nope' }) });
    await expect(activities.decideBars(request)).rejects.toMatchObject({
      type: 'RequestMalformed',
      nonRetryable: true,
    });
  });
});

describe('an attempt that was held up until the session gave it up', () => {
  let passedMs = 0;
  const pass = (): void => {
    passedMs += 3_001;
  };
  beforeEach(() => {
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + passedMs);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** The world, but for its ledger and its venue, which take longer than anybody waits. */
  function heldUp() {
    const { world } = desk();
    const { recordDecisions, decision } = world.ledger;
    const ledger = {
      ...world.ledger,
      recordDecisions: (...asked: Parameters<typeof recordDecisions>) => {
        pass();
        return recordDecisions(...asked);
      },
      decision: (id: string) => {
        pass();
        return decision(id);
      },
    };
    const { account } = world.venue;
    const venue = {
      ...world.venue,
      account: (...asked: Parameters<typeof account>) => {
        pass();
        return account(...asked);
      },
    };
    return { world, ledger, venue };
  }
  const givenUp = { type: 'VenueUnreachable', message: expect.stringContaining('has gone on') };

  test('decides, which is recorded, and starts nothing', async () => {
    const { world, ledger } = heldUp();
    const activities = createSessionActivities({ ...world, ledger });
    await expect(activities.decideBars(decideRequest())).rejects.toMatchObject(givenUp);
    expect(world.ledger.writes).toEqual(['decisions 2']);
    expect(world.workflows.started).toEqual([]);
    // The next attempt finds what was decided.
    await createSessionActivities(world).decideBars(decideRequest());
    expect(startedIds(world)).toHaveLength(2);
  });

  test('starts no second half of a turn', async () => {
    const { world, ledger } = heldUp();
    world.venue.positions = [positionOf('BTC', '-5')];
    const decided = await createSessionActivities(world).decideBars(decideRequest());
    const [deferred] = decided.deferred;
    if (deferred === undefined) throw new Error('nothing was deferred');
    const before = world.workflows.started.length;
    const late = createSessionActivities({ ...world, ledger }).startDeferred({ session, deferred });
    await expect(late).rejects.toMatchObject(givenUp);
    expect(world.workflows.started).toHaveLength(before);
  });

  test('starts no stop', async () => {
    const { world, venue } = heldUp();
    world.venue.positions = [positionOf('BTC', '2')];
    const look = { session, strategy: 's', assets: ['BTC'], stopPx: {}, orders: [], nextNumber: 0 };
    const activities = createSessionActivities({ ...world, venue });
    await expect(activities.protectPositions(look)).rejects.toMatchObject(givenUp);
    expect(world.workflows.started).toEqual([]);
  });
});

describe('protecting positions', () => {
  const protect = (changes: Partial<ProtectRequest> = {}): ProtectRequest => ({
    session,
    strategy: 'ema-crossover',
    assets: ['BTC', 'ETH'],
    stopPx: { BTC: px('95') },
    orders: [],
    nextNumber: 3,
    ...changes,
  });
  const stop = (id: string, size: string, resting: boolean, asset = 'BTC') => {
    const order: StartedOrder = {
      intentId: id,
      asset,
      leg: 'protect',
      side: 'sell',
      sizeBase: sizeBase(size),
    };
    return { ...order, resting };
  };

  test('starts a stop for each open position, each with the next number', async () => {
    const { activities, workflows, venue } = desk();
    venue.positions = [positionOf('BTC', '2'), positionOf('ETH', '-1'), positionOf('SOL', '9')];
    const result = await activities.protectPositions(protect());
    expect(result.open).toEqual(['BTC', 'ETH']);
    expect(workflows.started.map(({ intent }) => intent)).toEqual([
      expect.objectContaining({
        intentId: 'demo-10000/BTC/protect/3',
        type: 'STOP_LOSS',
        leg: 'protect',
        side: 'sell',
        sizeBase: '2',
        triggerPx: '95',
        reduceOnly: true,
      }),
      expect.objectContaining({
        intentId: 'demo-10000/ETH/protect/4',
        side: 'buy',
        triggerPx: '105',
      }),
    ]);
    expect(result.started.map(({ intentId: id }) => id)).toEqual([
      'demo-10000/BTC/protect/3',
      'demo-10000/ETH/protect/4',
    ]);
  });

  test('sells at once what has passed its stop', async () => {
    const { activities, workflows, venue } = desk();
    venue.positions = [positionOf('BTC', '2', '94')];
    await activities.protectPositions(protect());
    const intent = workflows.started[0]?.intent;
    expect(intent).toMatchObject({ type: 'MARKET', reduceOnly: true, side: 'sell' });
    expect(intent).not.toHaveProperty('triggerPx');
  });

  test('cancels what no longer protects, but nothing before its successor rests', async () => {
    const { activities, workflows, venue } = desk();
    venue.positions = [positionOf('BTC', '2')];
    const old = stop('old', '1', true);
    const waiting = [old, stop('new', '2', false)];
    await activities.protectPositions(protect({ orders: waiting }));
    expect(workflows.cancelled).toEqual([]);
    await activities.protectPositions(protect({ orders: [old, stop('new', '2', true)] }));
    expect(workflows.cancelled).toEqual([workflowOf('old')]);
    expect(workflows.started).toEqual([]);
  });

  test('a flat asset loses its stops and is not listed as open', async () => {
    const { activities, workflows } = desk();
    const orders = [stop('a', '1', true), stop('b', '1', true, 'SOL')];
    const result = await activities.protectPositions(protect({ orders }));
    expect(result).toEqual({ started: [], open: [] });
    expect(workflows.cancelled).toEqual([workflowOf('a')]);
  });
});

describe('targets of positions', () => {
  const genes = { fast: 2, slow: 5, targetR: 1, targetFraction: 0.5, restTargetR: 1 };
  const rules = rulesOf({ genes: { ...genes, stopAfterTarget: 'entry' } });

  /** Long 2 BTC at 100 with a stop at 95: half is taken at 105, the rest at 110. */
  const terms: HeldExits = {
    side: 'sell',
    stopPx: px('95'),
    targets: [
      { px: px('105'), upToFraction: fraction('0.5') },
      { px: px('110'), upToFraction: fraction('1') },
    ],
    stopAfterPx: px('100'),
  };
  const order = (id: string, leg: 'protect' | 'target', size: string, resting = true) => ({
    intentId: `demo-10000/BTC/${id}`,
    asset: 'BTC',
    leg,
    side: 'sell' as const,
    sizeBase: sizeBase(size),
    resting,
  });
  const look = (changes: Partial<ProtectRequest> = {}): ProtectRequest => ({
    session,
    strategy: 'ema-crossover',
    assets: ['BTC'],
    stopPx: { BTC: terms },
    orders: [],
    nextNumber: 3,
    ...changes,
  });

  test('are decided with the position, and recorded before anything starts', async () => {
    const { activities, ledger } = desk();
    const result = await activities.decideBars(decideRequest({ rules, assets: ['BTC'] }));
    const decided = result.stopPx.BTC;
    if (typeof decided !== 'object') throw new Error('no targets were decided');
    expect(decided.side).toBe('sell');
    const [first, second] = decided.targets.map(({ px: at }) => Number(at));
    const stopPx = Number(decided.stopPx);
    expect(first).toBeCloseTo(100 + (100 - stopPx), 2);
    expect(second).toBeCloseTo(100 + 2 * (100 - stopPx), 2);
    expect(decided.stopAfterPx).toBe('100');
    const [record] = [...ledger.decisions.values()];
    expect(record?.plan).toMatchObject({ stopPx: decided.stopPx, exits: decided });
  });

  test('rest beside the stop as reduce-only orders of their own', async () => {
    const { activities, workflows, venue } = desk();
    venue.positions = [positionOf('BTC', '2')];
    const result = await activities.protectPositions(look());
    const shown = { side: 'sell', reduceOnly: true, asset: 'BTC', session: 'demo' };
    expect(workflows.started.map(({ intent }) => intent)).toEqual([
      expect.objectContaining({ ...shown, leg: 'protect', type: 'STOP_LOSS', sizeBase: '2' }),
      expect.objectContaining({
        ...shown,
        intentId: 'demo-10000/BTC/target/4@105',
        leg: 'target',
        type: 'TAKE_PROFIT',
        triggerPx: '105',
        sizeBase: '1',
      }),
      expect.objectContaining({
        ...shown,
        intentId: 'demo-10000/BTC/target/5@110',
        triggerPx: '110',
        sizeBase: '1',
      }),
    ]);
    expect(result.exits).toEqual({ BTC: { ...terms, fullBase: '2' } });
    expect(result.started.map(({ leg }) => leg)).toEqual(['protect', 'target', 'target']);
  });

  test('looked at again, also after a restart, are the very same orders', async () => {
    const { activities, workflows, venue } = desk();
    venue.positions = [positionOf('BTC', '2')];
    const first = await activities.protectPositions(look());
    expect(await activities.protectPositions(look())).toEqual(first);
    const names = workflows.started.map(({ intent }) => intent.intentId);
    expect(names.slice(3)).toEqual(names.slice(0, 3));
    const orders = first.started.map((each) => ({ ...each, resting: false }));
    const again = await activities.protectPositions(look({ orders, nextNumber: 6 }));
    expect(again.started).toEqual([]);
    expect(workflows.cancelled).toEqual([]);
  });

  test('once the first has filled the stop is of the rest, at the entry', async () => {
    const { activities, workflows, venue } = desk();
    venue.positions = [positionOf('BTC', '1', '105')];
    const orders = [order('protect/3', 'protect', '2'), order('target/5@110', 'target', '1')];
    const stopPx = { BTC: { ...terms, fullBase: sizeBase('2') } };
    await activities.protectPositions(look({ orders, stopPx, nextNumber: 6 }));
    expect(workflows.started.map(({ intent }) => intent)).toEqual([
      expect.objectContaining({ leg: 'protect', sizeBase: '1', triggerPx: '100' }),
    ]);
    expect(workflows.cancelled).toEqual([]);
    const rests = [...orders, order('protect/6', 'protect', '1')];
    await activities.protectPositions(look({ orders: rests, stopPx, nextNumber: 7 }));
    expect(workflows.cancelled).toEqual([workflowOf('demo-10000/BTC/protect/3')]);
  });

  test('none is left when the position has ended', async () => {
    const { activities, workflows } = desk();
    const orders = [
      order('protect/3', 'protect', '2'),
      order('target/4@105', 'target', '1', false),
      order('target/5@110', 'target', '1'),
    ];
    const result = await activities.protectPositions(look({ orders }));
    expect(result).toEqual({ started: [], open: [] });
    expect(workflows.cancelled).toEqual(orders.map(({ intentId: id }) => workflowOf(id)));
  });

  test('what has passed its target already is sold at the market', async () => {
    const { activities, workflows, venue } = desk();
    venue.positions = [positionOf('BTC', '2', '106')];
    await activities.protectPositions(look());
    const [, first] = workflows.started.map(({ intent }) => intent);
    expect(first).toMatchObject({ leg: 'target', type: 'MARKET', reduceOnly: true, sizeBase: '1' });
    expect(first).not.toHaveProperty('triggerPx');
  });
});

describe('winding down', () => {
  test('closes every open position of the session by a reduce-only market order', async () => {
    const { activities, workflows, venue } = desk();
    venue.positions = [positionOf('BTC', '2'), positionOf('ETH', '-1'), positionOf('SOL', '9')];
    const request = { session, strategy: 'x', assets: ['BTC', 'ETH'], attempt: 1 };
    const started = await activities.closePositions(request);
    expect(workflows.started.map(({ intent }) => intent)).toEqual([
      expect.objectContaining({ side: 'sell', sizeBase: '2', reduceOnly: true, type: 'MARKET' }),
      expect.objectContaining({ side: 'buy', sizeBase: '1', reduceOnly: true, type: 'MARKET' }),
    ]);
    expect(started.map(({ intentId: id }) => id)).toEqual([
      'demo-10000/BTC/stop/1',
      'demo-10000/ETH/stop/1',
    ]);
  });

  test('cancels orders by their workflows', async () => {
    const { activities, workflows } = desk();
    await activities.cancelOrders({ account: ACCOUNT, intentIds: ['a', 'b'], reason: 'stop' });
    expect(workflows.cancelled).toEqual([workflowOf('a'), workflowOf('b')]);
  });

  test('finds the orders of the session that may be under way, and of no other', async () => {
    const { activities, ledger } = desk();
    const intent = intentOf({ leg: 'entry', session: 'demo' });
    const row = { intent, workflowId: 'w', status: 'PENDING' };
    ledger.open = [row, { ...row, intent: intentOf({ session: 'other' }) }];
    expect(await activities.openOrders({ session })).toEqual([startedOrder(intent)]);
  });

  test('writes the session with its rules', async () => {
    const { activities, ledger } = desk();
    const rules = rulesOf();
    const status = 'stopped' as const;
    await activities.recordSession({ session, rules, workflowId: 'w', status, atMs: 5 });
    expect(ledger.sessions).toEqual([
      { account: ACCOUNT, name: 'demo', workflowId: 'w', status, config: rules, updatedMs: 5 },
    ]);
  });
});

describe('watching bars', () => {
  const request = { sessionWorkflowId: 's', assets: ['BTC', 'ETH'], interval: '1m' };

  test('bars that close together are told together, others apart', async () => {
    const { activities, market, workflows } = desk();
    const environment = new MockActivityEnvironment();
    const running = environment.run(activities.watchBars, request);
    await until(() => market.barClosed !== undefined, 'listening');
    market.barClosed?.({ asset: 'BTC', barOpenTimeMs: 60_000 });
    market.barClosed?.({ asset: 'ETH', barOpenTimeMs: 60_000 });
    market.barClosed?.({ asset: 'BTC', barOpenTimeMs: 120_000 });
    await until(() => workflows.bars.length === 2, 'two tellings');
    expect(workflows.bars).toEqual([
      { barOpenTimeMs: 60_000, assets: ['BTC', 'ETH'] },
      { barOpenTimeMs: 120_000, assets: ['BTC'] },
    ]);
    environment.cancel();
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(market.barClosed).toBeUndefined();
  });

  test('a session that cannot be told ends the watch, and nobody goes on listening', async () => {
    const { activities, market, workflows } = desk();
    workflows.onMessage = () => {
      throw new Error('Temporal is away');
    };
    const quiet = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
    const running = quiet.run(activities.watchBars, request);
    await until(() => market.barClosed !== undefined, 'listening');
    market.barClosed?.({ asset: 'BTC', barOpenTimeMs: 60_000 });
    await expect(running).rejects.toThrow('Temporal is away');
    expect(market.barClosed).toBeUndefined();
  });

  test('a watch heartbeats while it runs', async () => {
    const { activities, market } = desk();
    const environment = new MockActivityEnvironment();
    const beat = new Promise((resolve) => environment.on('heartbeat', resolve));
    const running = environment.run(activities.watchBars, request);
    await until(() => market.barClosed !== undefined, 'listening');
    await beat;
    environment.cancel();
    await expect(running).rejects.toMatchObject({ name: 'CancelledFailure' });
  });
});
