import { describe, expect, test } from '@jest/globals';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import { checkIntentAgainstAsset, checkIntentShape } from '../../../domain/execution/intent.ts';
import { fraction, type Px, px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { BTC } from '../market/samples.ts';
import { intentOf, without } from './samples.ts';

const limit = intentOf();
const market: OrderIntent = { ...without(limit, 'limitPx'), type: 'MARKET' };
const stop: OrderIntent = {
  ...without(limit, 'limitPx'),
  type: 'STOP_LOSS',
  side: 'sell',
  reduceOnly: true,
  triggerPx: px('50000'),
};

/** What came from JSON, whatever its types promise. */
const raw = (intent: OrderIntent, changes: Readonly<Record<string, unknown>>): OrderIntent =>
  ({ ...intent, ...changes }) as OrderIntent;

describe('the shape of an intent', () => {
  test.each<[string, OrderIntent]>([
    ['a limit order', limit],
    ['a limit order of each time in force', { ...limit, timeInForce: 'ALO' }],
    ['a market order', market],
    ['a market order with a collar of its own', { ...market, collarFraction: fraction('0.5') }],
    ['a stop that becomes a market order', stop],
    ['a stop that becomes a limit order', { ...stop, limitPx: px('49000') }],
    ['a take profit', { ...stop, type: 'TAKE_PROFIT' }],
  ])('%s is legal', (_what, intent) => {
    expect(checkIntentShape(intent)).toBeUndefined();
  });

  test.each<[string, OrderIntent, string, string]>([
    ['a limit order without a price', without(limit, 'limitPx'), 'limitPx', 'needs a limit price'],
    ['a market order with a price', { ...market, limitPx: px('1') }, 'limitPx', 'takes no limit'],
    ['a stop without a trigger', without(stop, 'triggerPx'), 'triggerPx', 'needs a trigger price'],
    [
      'a limit order with a trigger',
      { ...limit, triggerPx: px('1') },
      'triggerPx',
      'takes no trigger',
    ],
    [
      'a market order with a trigger',
      { ...market, triggerPx: px('1') },
      'triggerPx',
      'takes no trigger',
    ],
    ['a stop that may open', { ...stop, reduceOnly: false }, 'reduceOnly', 'must be reduce-only'],
    [
      'a take profit that may open',
      { ...stop, type: 'TAKE_PROFIT', reduceOnly: false },
      'reduceOnly',
      'must be reduce-only',
    ],
    [
      'a market order with a time in force',
      { ...market, timeInForce: 'IOC' },
      'timeInForce',
      'takes no time',
    ],
    [
      'a stop with a time in force',
      { ...stop, timeInForce: 'GTC' },
      'timeInForce',
      'takes no time',
    ],
    [
      'a limit order with a collar',
      { ...limit, collarFraction: fraction('0.1') },
      'collarFraction',
      'takes no price collar',
    ],
    [
      'a collar of 0',
      { ...market, collarFraction: fraction('0') },
      'collarFraction',
      'must be above 0 and at most 0.5',
    ],
    [
      'a collar above one half',
      { ...market, collarFraction: fraction('0.51') },
      'collarFraction',
      'must be above 0 and at most 0.5',
    ],
    ['an unknown side', raw(limit, { side: 'up' }), 'side', 'must be one of buy, sell'],
    ['an unknown type', raw(limit, { type: 'ICEBERG' }), 'type', 'must be one of MARKET, LIMIT'],
    ['an unknown leg', raw(limit, { leg: 'arm' }), 'leg', 'must be one of main, entry'],
    [
      'an unknown time in force',
      raw(limit, { timeInForce: 'FOK' }),
      'timeInForce',
      'must be one of GTC, IOC, ALO',
    ],
    ['a price of the wrong type', raw(limit, { limitPx: 60000.5 }), 'limitPx', 'decimal number'],
    ['a size with an exponent', raw(limit, { sizeBase: '1e3' }), 'sizeBase', 'decimal number'],
    ['a size that is no number', raw(limit, { sizeBase: 'NaN' }), 'sizeBase', 'decimal number'],
    ['no size', without(limit, 'sizeBase'), 'sizeBase', 'decimal number'],
    ['an empty price', raw(limit, { limitPx: '' }), 'limitPx', 'decimal number'],
    ['an infinite trigger', raw(stop, { triggerPx: 'Infinity' }), 'triggerPx', 'decimal number'],
    ['a bad collar', raw(market, { collarFraction: '1%' }), 'collarFraction', 'decimal number'],
  ])('%s is refused by field and rule', (_what, intent, field, rule) => {
    expect(checkIntentShape(intent)).toMatchObject({ field, rule: expect.stringContaining(rule) });
  });
});

describe('an intent on its market', () => {
  const against = (intent: OrderIntent, reference = '60000', asset = BTC) =>
    checkIntentAgainstAsset(intent, asset, reference as Px);

  test('a legal one passes', () => {
    for (const intent of [limit, market, stop]) expect(against(intent)).toBeUndefined();
  });

  test.each<[string, OrderIntent, string, string]>([
    ['a size of 0', { ...limit, sizeBase: sizeBase('0') }, 'sizeBase', 'must be greater than 0'],
    ['a negative size', { ...limit, sizeBase: sizeBase('-1') }, 'sizeBase', 'greater than 0'],
    ['a part of a lot', { ...limit, sizeBase: sizeBase('0.000001') }, 'sizeBase', 'BTC lot'],
    ['a price of 0', { ...limit, limitPx: px('0') }, 'limitPx', 'must be greater than 0'],
    ['a price off the tick', { ...limit, limitPx: px('60000.5') }, 'limitPx', 'significant'],
    ['a trigger off the tick', { ...stop, triggerPx: px('50000.5') }, 'triggerPx', 'significant'],
    [
      'too small an order at its own price',
      { ...limit, sizeBase: sizeBase('0.00016') },
      'notional',
      'at least 10 USD',
    ],
    [
      'too small an order at the reference price',
      { ...market, sizeBase: sizeBase('0.00016') },
      'notional',
      'at least 10 USD',
    ],
  ])('%s is refused by field and rule', (_what, intent, field, rule) => {
    expect(against(intent)).toMatchObject({ field, rule: expect.stringContaining(rule) });
  });

  test('a delisted asset takes no orders', () => {
    expect(against(limit, '60000', { ...BTC, isDelisted: true })).toMatchObject({ field: 'asset' });
  });

  test('an order that only reduces may be smaller than the least value', () => {
    expect(against({ ...stop, sizeBase: sizeBase('0.00001') })).toBeUndefined();
  });
});
