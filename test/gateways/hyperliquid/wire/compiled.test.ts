import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { actionSchema } from '../../../../gateways/hyperliquid/wire/actions.ts';
import { compiled } from '../../../../gateways/hyperliquid/wire/compiled.ts';
import { exchangeResponseSchema } from '../../../../gateways/hyperliquid/wire/exchange.ts';
import { userFillsSchema } from '../../../../gateways/hyperliquid/wire/info-account-history.ts';

const FILL = {
  // Not in the order of the schema, and with a key that it does not know.
  oid: 12,
  coin: 'BTC',
  side: 'B',
  time: 1_764_000_000_000,
  px: '100000.0',
  sz: '0.1',
  extra: { of: 'tomorrow' },
  startPosition: '0.0',
  dir: 'Open Long',
  closedPnl: '0.0',
  hash: '0x00',
  crossed: true,
  fee: '1.0',
  tid: 7,
  feeToken: 'USDC',
  cloid: null,
};
const ORDER = { a: 0, b: true, p: '100.0', s: '01.50', r: false, t: { limit: { tif: 'Gtc' } } };

const CASES: readonly (readonly [string, z.ZodType, unknown])[] = [
  ['fills', userFillsSchema, [FILL, { ...FILL, twapId: 3, builderFee: '0.1' }]],
  ['fills that are no list', userFillsSchema, { 0: FILL }],
  ['a fill without its price', userFillsSchema, [FILL, { ...FILL, px: undefined }]],
  ['a fill whose size is no number', userFillsSchema, [{ ...FILL, sz: 'NaN', oid: -1 }]],
  ['an order', actionSchema, { grouping: 'na', orders: [ORDER], type: 'order' }],
  ['an order with a null', actionSchema, { type: 'order', orders: [{ ...ORDER, c: null }] }],
  ['an order of a type that there is not', actionSchema, { type: 'orders', orders: [ORDER] }],
  [
    'an order without terms',
    actionSchema,
    { type: 'order', orders: [{ ...ORDER, t: {} }], grouping: 'na' },
  ],
  ['a refusal', exchangeResponseSchema, { status: 'err', response: 'no' }],
  ['a surprise', exchangeResponseSchema, { status: 'ok', response: { type: 1 } }],
];

/** As text, which also tells the order of the keys. */
const told = (schema: z.ZodType, value: unknown): string => {
  const read = schema.safeParse(value);
  return JSON.stringify(read.success ? read.data : read.error.issues);
};

describe('a compiled schema', () => {
  test.each(CASES)('reads %s as the schema itself does', (_what, schema, value) => {
    expect(told(compiled(schema), value)).toBe(told(schema, value));
  });

  test('is compiled once', () => {
    expect(compiled(userFillsSchema)).toBe(compiled(userFillsSchema));
    expect(compiled(userFillsSchema)).not.toBe(userFillsSchema);
  });
});
