import { describe, expect, test } from '@jest/globals';
import { mayAddRisk, priorityOfAction } from '../../../domain/execution/priority.ts';

const limit = { limit: { tif: 'Gtc' } };
const trigger = { trigger: { isMarket: true, triggerPx: '1', tpsl: 'sl' } };
const entry = { a: 0, r: false, t: limit };
const exit = { a: 0, r: true, t: limit };
const stop = { a: 0, r: true, t: trigger };

describe('the priority of an action', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['a cancel', { type: 'cancelByCloid', cancels: [] }, 'reduce'],
    ['a burnt nonce', { type: 'noop' }, 'reduce'],
    ['a scheduled cancel', { type: 'scheduleCancel' }, 'reduce'],
    ['an order that only reduces', { type: 'order', orders: [exit] }, 'reduce'],
    ['a protective stop', { type: 'order', orders: [stop] }, 'protect'],
    ['a trigger that may open', { type: 'order', orders: [{ ...stop, r: false }] }, 'enter'],
    ['an entry', { type: 'order', orders: [entry] }, 'enter'],
    ['an entry with its stop', { type: 'order', orders: [stop, entry] }, 'enter'],
    ['an exit and a stop', { type: 'order', orders: [exit, stop] }, 'protect'],
    ['a changed entry', { type: 'modify', oid: 1, order: entry }, 'enter'],
    ['a changed stop', { type: 'modify', oid: 1, order: stop }, 'protect'],
    ['changed exits', { type: 'batchModify', modifies: [{ oid: 1, order: exit }] }, 'reduce'],
    ['a reducing TWAP', { type: 'twapOrder', twap: { a: 0, r: true } }, 'reduce'],
    ['an opening TWAP', { type: 'twapOrder', twap: { a: 0, r: false } }, 'enter'],
    ['leverage', { type: 'updateLeverage', asset: 0 }, 'enter'],
    ['orders of no legal shape', { type: 'order', orders: [null] }, 'enter'],
    ['no orders', { type: 'order', orders: [] }, 'enter'],
    ['what nobody knows', { type: 'somethingNew' }, 'enter'],
  ])('of %s', (_what, action, priority) => {
    expect(priorityOfAction(action)).toBe(priority);
    expect(mayAddRisk(action)).toBe(priority === 'enter');
  });
});
