import { expect, test } from '@jest/globals';
import { NoResult } from '../../../client/cli/failure.ts';
import { EXIT } from '../../../domain/kernel/exit-codes.ts';
import { insistWhileOpen } from './insist.ts';

const closed = (): NoResult => new NoResult(EXIT.failed, 'ended without a result');

test('an order that a hand has closed for good is given up without an answer', async () => {
  let asked = 0;
  const ask = async (): Promise<string> => {
    asked += 1;
    throw closed();
  };
  expect(await insistWhileOpen(ask, 300)).toBeUndefined();
  expect(asked).toBe(2);
});

test('one that is started again is asked until it answers, whatever else fails between', async () => {
  const faults = [closed(), new Error('Temporal is away'), closed()];
  const ask = async (): Promise<string> => {
    const fault = faults.shift();
    if (fault !== undefined) throw fault;
    return 'answered';
  };
  // Each try comes 400 ms after the last: closed for 500 ms at a stretch it never was.
  expect(await insistWhileOpen(ask, 500)).toBe('answered');
});
