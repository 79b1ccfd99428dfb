import { describe, expect, test } from '@jest/globals';
import type { Modification } from '../../../domain/matching/contract/venue-actions.ts';
import {
  ALICE,
  BOB,
  bookAt,
  type Desk,
  lastStatus,
  oidOf,
  openDesk,
  order,
  statusesOf,
  sziOf,
  trigger,
} from './venue-fixture.ts';

const CLOID = `0x${'a'.repeat(32)}`;
const OTHER_CLOID = `0x${'b'.repeat(32)}`;

const modify = (desk: Desk, change: Modification, isAlways = false) =>
  desk.act(ALICE, { type: 'modify', ...change, ...(isAlways ? { a: true as const } : {}) });

const modifyAll = (desk: Desk, ...modifies: readonly Modification[]) =>
  statusesOf(desk.act(ALICE, { type: 'batchModify', modifies }).response);

const refusal = (text: string) => ({ status: 'err', response: text });

describe('a modify', () => {
  test('cancels the order and places a new one with a new id and the same client order id', () => {
    const desk = openDesk();
    const old = oidOf(desk.place(ALICE, order({ c: CLOID }))[0]);
    const { response, events } = modify(desk, { oid: old, order: order({ p: '98000', s: '0.2' }) });
    expect(response).toEqual({ status: 'ok', response: { type: 'default' } });
    expect(events).toMatchObject([
      { kind: 'order', update: { status: 'canceled', order: { oid: old, cloid: CLOID } } },
      { kind: 'order', update: { status: 'open', order: { oid: old + 1, cloid: CLOID } } },
    ]);
    expect(desk.venue.openOrders(ALICE)).toMatchObject([
      { oid: old + 1, cloid: CLOID, limitPx: '98000.0', sz: '0.2', origSz: '0.2', tif: 'Alo' },
    ]);
    expect(desk.venue.orderByCloid(ALICE, CLOID)?.order.oid).toBe(old + 1);
  });

  test('finds the order by its client order id and may give it another', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ c: CLOID }));
    modify(desk, { oid: CLOID, order: order({ p: '97000', c: OTHER_CLOID }) });
    expect(desk.venue.openOrders(ALICE)).toMatchObject([{ cloid: OTHER_CLOID }]);
    expect(desk.venue.orderByCloid(ALICE, CLOID)?.status).toBe('canceled');
  });

  test('of a partly filled order asks for the whole new size', () => {
    const desk = openDesk();
    const old = oidOf(desk.place(ALICE, order({ p: '100000', s: '0.5' }))[0]);
    desk.place(BOB, order({ b: false, p: '100000', s: '0.2', tif: 'Ioc' }));
    modify(desk, { oid: old, order: order({ p: '99998', s: '0.5' }) });
    expect(desk.venue.openOrders(ALICE)).toMatchObject([{ sz: '0.5', origSz: '0.5' }]);
    expect(sziOf(desk, ALICE)).toBe('0.2');
  });

  test.each([
    ['would trade', order({ p: '100001' })],
    ['is IOC', order({ tif: 'Ioc' })],
    ['is a trigger', trigger('sl', '98000', { b: false })],
    ['is in another market', order({ a: 1, p: '3900' })],
  ])('whose new order %s is refused and leaves the old one', (_case, changed) => {
    const desk = openDesk();
    const old = oidOf(desk.place(ALICE, order())[0]);
    expect(modify(desk, { oid: old, order: changed }).response).toEqual(
      refusal('Attempted to modify to invalid new order'),
    );
    expect(lastStatus(desk, ALICE, old)).toBe('open');
  });

  test('to be placed always may trade at once, and needs no order to cancel', () => {
    const desk = openDesk();
    const old = oidOf(desk.place(ALICE, order())[0]);
    modify(desk, { oid: old, order: order({ p: '100001' }) }, true);
    expect(sziOf(desk, ALICE)).toBe('0.1');
    modify(desk, { oid: old, order: order({ p: '98000' }) }, true);
    expect(desk.venue.openOrders(ALICE)).toMatchObject([{ limitPx: '98000.0', tif: 'Gtc' }]);
  });

  test('of what is no longer open, or is not ours, is refused', () => {
    const desk = openDesk();
    const theirs = oidOf(desk.place(BOB, order())[0]);
    for (const oid of [theirs, 12, CLOID]) {
      expect(modify(desk, { oid, order: order() }).response).toEqual(
        refusal('Cannot modify canceled or filled order'),
      );
    }
    expect(lastStatus(desk, BOB, theirs)).toBe('open');
  });

  test('moves a trigger, which stays one of its position', () => {
    const desk = openDesk();
    desk.place(ALICE, order({ p: '100001', s: '0.5', tif: 'Ioc' }));
    const exits = { b: false, p: '90000', s: '0' };
    desk.group(ALICE, 'positionTpsl', trigger('sl', '98000', exits));
    const [stop] = desk.venue.openOrders(ALICE);
    modify(desk, { oid: stop?.oid ?? 0, order: trigger('sl', '99000', exits) }, true);
    expect(desk.venue.openOrders(ALICE)).toMatchObject([
      { triggerPx: '99000.0', isPositionTpsl: true, sz: '0.0' },
    ]);
    desk.market(bookAt(98_900));
    expect(sziOf(desk, ALICE)).toBe('0.0');
  });

  test('of a parent hands its children on', () => {
    const desk = openDesk();
    const child = trigger('sl', '95000', { b: false, p: '90000' });
    const [parent] = desk.group(ALICE, 'normalTpsl', order(), child);
    modify(desk, { oid: oidOf(parent), order: order({ p: '98000' }) });
    expect(desk.venue.openOrders(ALICE)).toMatchObject([
      { limitPx: '98000.0', children: [{ triggerPx: '95000.0' }] },
    ]);
  });
});

describe('a batch of modifies', () => {
  test('answers for each, and one bad does not stop the others', () => {
    const desk = openDesk();
    const old = oidOf(desk.place(ALICE, order())[0]);
    const answers = modifyAll(
      desk,
      { oid: 12, order: order() },
      { oid: old, order: order({ p: '97000' }) },
    );
    expect(answers).toEqual([
      { error: 'Cannot modify canceled or filled order' },
      { resting: { oid: old + 1 } },
    ]);
  });

  test('with an illegal size is refused whole and cancels nothing', () => {
    const desk = openDesk();
    const old = oidOf(desk.place(ALICE, order())[0]);
    const answers = modifyAll(
      desk,
      { oid: old, order: order({ p: '97000' }) },
      { oid: old, order: order({ s: '0.0000001' }) },
    );
    expect(answers).toEqual([{ error: 'Order has invalid size. asset=0' }]);
    expect(lastStatus(desk, ALICE, old)).toBe('open');
    const empty = desk.act(ALICE, { type: 'batchModify', modifies: [] }).response;
    expect(empty).toEqual(refusal('Orders are empty'));
  });
});
