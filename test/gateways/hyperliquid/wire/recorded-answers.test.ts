import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { exchangeResponseSchema } from '../../../../gateways/hyperliquid/wire/exchange.ts';
import * as account from '../../../../gateways/hyperliquid/wire/info-account.ts';
import * as history from '../../../../gateways/hyperliquid/wire/info-account-history.ts';
import { infoAnswerSchemas } from '../../../../gateways/hyperliquid/wire/info-answers.ts';

interface Recorded {
  answers: string;
  source: { path: string; recorded?: string };
  response: unknown;
}

const file = new URL('../../../fixtures/hyperliquid/recorded-answers.json', import.meta.url);
const recorded = (JSON.parse(readFileSync(file, 'utf8')) as { answers: Recorded[] }).answers;

const schemas: Readonly<Record<string, z.ZodType>> = {
  ...infoAnswerSchemas,
  exchange: exchangeResponseSchema,
};

describe('answers recorded from the real venue', () => {
  test.each(recorded.map((entry) => [entry.answers, entry.source.path, entry] as const))(
    '%s (%s) are read without losing a key',
    (name, _path, { response }) => {
      const parsed = schemas[name]?.safeParse(response);
      expect(parsed?.error).toBeUndefined();
      expect(parsed?.data).toEqual(response);
    },
  );
});

describe('an answer that is not what it should be', () => {
  const find = (name: string): unknown => {
    const entry = recorded.find(({ answers }) => answers === name);
    if (!entry) throw new Error(`${name} is not recorded`);
    return entry.response;
  };

  test('keeps an order status that nobody has heard of as text', () => {
    const [row] = account.historicalOrdersSchema.parse(find('historicalOrders'));
    const odd = { ...row, status: 'somethingNewCanceled', newKey: 1 };
    expect(account.historicalOrderSchema.parse(odd)).toEqual(odd);
  });

  test.each([1.5, 'NaN', '1e5', '', 'Infinity', null])('is refused when a price is %p', (px) => {
    const [fill] = history.userFillsSchema.parse(find('userFillsByTime'));
    const parsed = history.fillSchema.safeParse({ ...fill, px });
    expect(parsed.error?.issues[0]?.path).toEqual(['px']);
  });

  test('is refused when the fate of an order cannot be read', () => {
    const response = { type: 'order', data: { statuses: [{ unheardOf: {} }] } };
    expect(exchangeResponseSchema.safeParse({ status: 'ok', response }).success).toBe(false);
  });
});
