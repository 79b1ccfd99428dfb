import { describe, expect, test } from '@jest/globals';
import {
  actionWeight,
  answerWeight,
  batchLength,
  questionWeight,
} from '../../../../gateways/hyperliquid/wire/weights.ts';

describe('a question weighs', () => {
  test.each([
    ['l2Book', 2],
    ['allMids', 2],
    ['clearinghouseState', 2],
    ['orderStatus', 2],
    ['spotClearinghouseState', 2],
    ['exchangeStatus', 2],
    ['userRole', 60],
    ['meta', 20],
    ['constructor', 20],
    [undefined, 20],
  ])('%s: %i', (type, weight) => expect(questionWeight(type)).toBe(weight));
});

describe('an answer adds', () => {
  test.each([
    ['userFills', 19, 0],
    ['userFills', 20, 1],
    ['userFillsByTime', 2000, 100],
    ['candleSnapshot', 59, 0],
    ['candleSnapshot', 5000, 83],
    ['openOrders', 1000, 0],
  ])('%s with %i items: %i', (type, items, weight) => {
    expect(answerWeight(type, new Array(items).fill({}))).toBe(weight);
  });

  test('nothing when it is no list', () => {
    expect(answerWeight('userFills', null)).toBe(0);
    expect(answerWeight('userFills', { length: 1e9 })).toBe(0);
  });
});

describe('an action weighs 1 and 1 more for each 40 of its batch', () => {
  test.each([
    [{ action: { type: 'noop' } }, 1],
    [{ action: { type: 'order', orders: new Array(39) } }, 1],
    [{ action: { type: 'order', orders: new Array(40) } }, 2],
    [{ action: { type: 'cancel', cancels: new Array(79) } }, 2],
    [{ action: { type: 'batchModify', modifies: new Array(80) } }, 3],
    [{ action: { type: 'order', orders: 'all' } }, 1],
    [undefined, 1],
    ['text', 1],
  ])('case %#', (body, weight) => expect(actionWeight(body)).toBe(weight));
});

test('a batch counts its entries, and an empty one still counts', () => {
  expect(batchLength({ orders: [1, 2, 3] })).toBe(3);
  expect(batchLength({ cancels: [] })).toBe(1);
  expect(batchLength({ type: 'updateLeverage' })).toBe(1);
});
