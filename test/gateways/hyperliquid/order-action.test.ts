import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import { collaredPrice } from '../../../domain/execution/order-terms.ts';
import { decimal, fraction, ONE, px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { accountAddress, type Cloid, intentId } from '../../../domain/kernel/ids.ts';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { checkPrice } from '../../../domain/market/asset.ts';
import { orderAction } from '../../../gateways/hyperliquid/order-action.ts';
import { BTC } from '../../domain/market/samples.ts';

const CLOID = `0x${'ab'.repeat(16)}` as Cloid;

const intentOf = (changes: Partial<OrderIntent>): OrderIntent => ({
  network: 'paper',
  account: accountAddress(`0x${'a'.repeat(40)}`),
  intentId: intentId('demo'),
  strategy: 'manual',
  leg: 'main',
  asset: 'BTC',
  side: 'buy',
  type: 'MARKET',
  sizeBase: sizeBase('0.50'),
  reduceOnly: false,
  ...changes,
});

const wireOf = (changes: Partial<OrderIntent>, reference = '60000') =>
  orderAction(intentOf(changes), { ...BTC, index: 3 }, CLOID, px(reference));

describe('the wire form of an order', () => {
  test('is one order in one action, keys in signing order, decimals in their shortest form', () => {
    const action = wireOf({ type: 'LIMIT', limitPx: px('60000') });
    expect(JSON.stringify(action)).toBe(
      `{"type":"order","orders":[{"a":3,"b":true,"p":"60000","s":"0.5","r":false,` +
        `"t":{"limit":{"tif":"Gtc"}},"c":"${CLOID}"}],"grouping":"na"}`,
    );
  });

  test.each<[string, Partial<OrderIntent>, object]>([
    ['MARKET buy', {}, { b: true, p: '60600', t: { limit: { tif: 'Ioc' } } }],
    ['MARKET sell', { side: 'sell' }, { b: false, p: '59400', t: { limit: { tif: 'Ioc' } } }],
    [
      'MARKET with its own collar',
      { collarFraction: fraction('0.05') },
      { p: '63000', t: { limit: { tif: 'Ioc' } } },
    ],
    [
      'LIMIT IOC',
      { type: 'LIMIT', limitPx: px('59000'), timeInForce: 'IOC' },
      { p: '59000', t: { limit: { tif: 'Ioc' } } },
    ],
    [
      'LIMIT ALO',
      { type: 'LIMIT', limitPx: px('59000'), timeInForce: 'ALO', reduceOnly: true },
      { p: '59000', r: true, t: { limit: { tif: 'Alo' } } },
    ],
    [
      'STOP_LOSS sell, at market',
      { type: 'STOP_LOSS', side: 'sell', triggerPx: px('50000'), reduceOnly: true },
      { p: '45000', r: true, t: { trigger: { isMarket: true, triggerPx: '50000', tpsl: 'sl' } } },
    ],
    [
      'STOP_LOSS buy, at market',
      { type: 'STOP_LOSS', triggerPx: px('70000'), reduceOnly: true },
      { p: '77000', t: { trigger: { isMarket: true, triggerPx: '70000', tpsl: 'sl' } } },
    ],
    [
      'TAKE_PROFIT with a limit price',
      {
        type: 'TAKE_PROFIT',
        side: 'sell',
        triggerPx: px('70000'),
        limitPx: px('69900'),
        reduceOnly: true,
      },
      { p: '69900', t: { trigger: { isMarket: false, triggerPx: '70000', tpsl: 'tp' } } },
    ],
  ])('%s', (_what, changes, expected) => {
    expect(wireOf(changes).orders[0]).toMatchObject({ s: '0.5', c: CLOID, ...expected });
  });

  test('a limit order without a price is a bug that stops, not an order', () => {
    expect(() => wireOf({ type: 'LIMIT' })).toThrow('a limit order without a price');
    expect(() => wireOf({ type: 'STOP_LOSS' })).toThrow('without a trigger price');
  });
});

describe('the price collar', () => {
  const anyAsset = fc
    .integer({ min: 0, max: 5 })
    .map((szDecimals): AssetSpec => ({ ...BTC, szDecimals }));
  /** Prices from 10 ticks of the asset up to a million, with more digits than a tick has. */
  const anyPrice = (asset: AssetSpec) =>
    fc
      .record({
        digits: fc.integer({ min: 10_000, max: 999_999_999 }),
        exponent: fc.integer({ min: -12, max: -3 }),
      })
      .map(({ digits, exponent }) => decimal(digits).times(decimal(10).pow(exponent)))
      .filter((price) => price.gte(decimal(10).pow(asset.szDecimals - 5)));
  const anyCollar = fc.integer({ min: 1, max: 500 }).map((mills) => fraction(`${mills / 1_000}`));

  test('is never exceeded, and the price is always legal', () => {
    fc.assert(
      fc.property(
        anyAsset.chain((asset) => fc.tuple(fc.constant(asset), anyPrice(asset))),
        anyCollar,
        ([asset, price], collar) => {
          const reference = px(price);
          const buy = collaredPrice(asset, 'buy', reference, collar);
          const sell = collaredPrice(asset, 'sell', reference, collar);
          expect(decimal(buy).lte(price.times(ONE.plus(decimal(collar))))).toBe(true);
          expect(decimal(sell).gte(price.times(ONE.minus(decimal(collar))))).toBe(true);
          expect(checkPrice(asset, buy)).toBeUndefined();
          expect(checkPrice(asset, sell)).toBeUndefined();
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
