import { describe, expect, test } from '@jest/globals';
import type { LedgerDelta } from '../../../../domain/matching/state/ledger-records.ts';
import { paidInBy } from '../../../../gateways/paper-exchange/protocol/money-flow.ts';

const ALICE = '0x00000000000000000000000000000000000000a1';
const BOB = '0x00000000000000000000000000000000000000b0';

const between = { user: ALICE, destination: BOB };
const token = {
  ...between,
  token: 'USDC',
  amount: '10.0',
  usdcValue: '10.0',
  fee: '1.0',
  nativeTokenFee: '0.0',
  nonce: 1,
  feeToken: 'USDC',
} as const;

describe('money that moved', () => {
  test.each<[string, LedgerDelta, alice: string, bob: string]>([
    ['a deposit', { type: 'deposit', usdc: '10.0' }, '10', '10'],
    ['a withdrawal', { type: 'withdraw', usdc: '9.0', fee: '1.0', nonce: 1 }, '-10', '-10'],
    ['to spot', { type: 'accountClassTransfer', usdc: '4.0', toPerp: false }, '-4', '-4'],
    ['from spot', { type: 'accountClassTransfer', usdc: '4.0', toPerp: true }, '4', '4'],
    ['a transfer', { type: 'internalTransfer', usdc: '5.0', fee: '1.0', ...between }, '-6', '5'],
    ['to a sub-account', { type: 'subAccountTransfer', usdc: '5.0', ...between }, '-5', '5'],
    ['tokens', { type: 'spotTransfer', ...token }, '0', '0'],
    ['a send', { type: 'send', sourceDex: '', destinationDex: '', ...token }, '-11', '10'],
    [
      'a send to spot',
      { type: 'send', sourceDex: '', destinationDex: 'spot', ...token },
      '-11',
      '0',
    ],
    [
      'a send from spot',
      { type: 'send', sourceDex: 'spot', destinationDex: '', ...token },
      '0',
      '10',
    ],
  ])('is no profit: %s', (_what, delta, alice, bob) => {
    expect(paidInBy(delta, ALICE).toFixed()).toBe(alice);
    expect(paidInBy(delta, BOB).toFixed()).toBe(bob);
  });
});
