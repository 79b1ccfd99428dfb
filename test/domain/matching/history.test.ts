import { expect, test } from '@jest/globals';
import { ALICE, BOB, bookAt, oidOf, openDesk, order, START_MS } from './venue-fixture.ts';

test('histories keep the newest 2000 entries, newest first; older orders are forgotten', () => {
  const desk = openDesk();
  const cloid = '0x000000000000000000000000000000aa';
  const first = oidOf(
    desk.place(ALICE, order({ p: '100001', s: '0.001', tif: 'Ioc', c: cloid }))[0],
  );
  const resting = oidOf(desk.place(ALICE, order({ p: '90000', s: '0.001' }))[0]);
  let last = first;
  for (let round = 0; round < 70; round += 1) {
    desk.market(bookAt(100_000));
    const buys = Array.from({ length: 30 }, (_, i) =>
      order({ b: i % 2 === 1, p: i % 2 === 1 ? '100001' : '99999', s: '0.001', tif: 'Ioc' }),
    );
    last = oidOf(desk.place(ALICE, ...buys).at(-1));
  }
  expect(desk.venue.fills(ALICE)).toHaveLength(2000);
  expect(desk.venue.fills(ALICE)[0]?.oid).toBe(last);
  expect(desk.venue.historicalOrders(ALICE)).toHaveLength(2000);
  expect(desk.venue.historicalOrders(ALICE)[0]).toMatchObject({
    status: 'filled',
    order: { oid: last },
  });
  expect(desk.venue.orderByOid(ALICE, first)).toBeUndefined();
  expect(desk.venue.orderByCloid(ALICE, cloid)).toBeUndefined();
  // An open order is never forgotten, however old.
  expect(desk.venue.orderByOid(ALICE, resting)?.status).toBe('open');
});

test('an account sees its own orders only, and an unknown account reads as an empty one', () => {
  const desk = openDesk();
  const oid = oidOf(desk.place(ALICE, order())[0]);
  expect(desk.venue.orderByOid(BOB, oid)).toBeUndefined();
  const nobody = '0x00000000000000000000000000000000000000ee';
  expect(desk.venue.accountSummary(nobody)).toMatchObject({
    withdrawable: '0.0',
    assetPositions: [],
  });
  expect(desk.venue.fills(nobody)).toEqual([]);
  expect(desk.venue.knownAccounts()).toEqual([ALICE, BOB]);
});

test('a cloid used twice finds the latest order, and cancels the one that is alive', () => {
  const desk = openDesk();
  const c = '0x000000000000000000000000000000ab';
  const live = oidOf(desk.place(ALICE, order({ c }))[0]);
  desk.place(ALICE, order({ c, p: '90000', tif: 'Ioc' }));
  expect(desk.venue.orderByCloid(ALICE, c)?.status).toBe('iocCancelRejected');
  desk.act(ALICE, { type: 'cancelByCloid', cancels: [{ asset: 0, cloid: c }] });
  expect(desk.venue.orderByOid(ALICE, live)?.status).toBe('canceled');
});

test('two runs of the same inputs give the same ids, hashes and times', () => {
  const run = () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '100002', s: '1.5' }));
    return desk.venue.fills(ALICE);
  };
  expect(run()).toEqual(run());
  expect(run()[0]?.hash).toMatch(/^0x[0-9a-f]{64}$/);
  for (const { tid } of run()) expect(tid).toBeLessThan(2 ** 50);
});

test('time never runs backwards: an input stamped earlier counts as simultaneous', () => {
  const desk = openDesk();
  const atMs = START_MS + 60_000;
  desk.venue.apply({ kind: 'deposit', atMs, account: ALICE, usd: '1' });
  const oid = oidOf(desk.place(ALICE, order())[0]);
  expect(desk.venue.orderByOid(ALICE, oid)?.statusTimestamp).toBe(atMs);
  expect(desk.venue.accountSummary(ALICE).time).toBe(atMs);
});

test('events are plain data to whoever reads them, and the same as JSON', () => {
  const desk = openDesk();
  const action = {
    type: 'order' as const,
    orders: [order({ p: '100002' })],
    grouping: 'na' as const,
  };
  const { events } = desk.act(ALICE, action);
  const [fill] = desk.venue.fills(ALICE);
  const [update] = desk.venue.historicalOrders(ALICE);
  const told = events.map((event) => {
    if (event.kind === 'order') return { kind: event.kind, account: ALICE, update: event.update };
    if (event.kind === 'fill') return { kind: event.kind, account: ALICE, fill: event.fill };
    return event.kind === 'trade' ? { kind: event.kind, trade: event.trade } : event;
  });
  expect(told.map(({ kind }) => kind)).toEqual(['order', 'fill', 'trade', 'order']);
  expect(told).toContainEqual({ kind: 'fill', account: ALICE, fill });
  expect(told.at(-1)).toEqual({ kind: 'order', account: ALICE, update });
  expect(JSON.parse(JSON.stringify(events))).toEqual(told);
});
