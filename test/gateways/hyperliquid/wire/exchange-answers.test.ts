import { describe, expect, test } from '@jest/globals';
import { exchangeResponseSchema } from '../../../../gateways/hyperliquid/wire/exchange.ts';

const ok = (response: object) => ({ status: 'ok', response });

describe('the answer to an action', () => {
  test.each([
    ['a TWAP that runs', { type: 'twapOrder', data: { status: { running: { twapId: 77 } } } }],
    [
      'a TWAP that does not',
      { type: 'twapOrder', data: { status: { error: 'Invalid TWAP duration: 1 min(s)' } } },
    ],
    ['a TWAP that was stopped', { type: 'twapCancel', data: { status: 'success' } }],
    [
      'a TWAP that nobody knows',
      {
        type: 'twapCancel',
        data: { status: { error: 'TWAP was never placed, already canceled, or filled.' } },
      },
    ],
    ['a new sub-account', { type: 'createSubAccount', data: `0x${'ab'.repeat(20)}` }],
    [
      'a bracket that waits',
      { type: 'order', data: { statuses: [{ resting: { oid: 1 } }, 'waitingForFill'] } },
    ],
    ['anything else that went well', { type: 'default' }],
  ])('to %s is read without losing a key', (_what, response) => {
    expect(exchangeResponseSchema.parse(ok(response))).toEqual(ok(response));
  });

  test.each([
    ['of an unknown type', { type: 'somethingNew' }],
    ['without the fate of the TWAP', { type: 'twapOrder', data: { status: 'running' } }],
    ['without the address of the account', { type: 'createSubAccount', data: 'Alice' }],
  ])('%s is refused, since nobody knows what it means', (_what, response) => {
    expect(exchangeResponseSchema.safeParse(ok(response)).success).toBe(false);
  });
});
