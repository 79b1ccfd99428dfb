/**
 * What a row of an account's ledger paid into its perpetuals' balance, so that profit can be told
 * from money that was moved. Pure.
 */
import { type Decimal, decimal, ZERO } from '../../../domain/kernel/decimal.ts';
import type { LedgerDelta } from '../../../domain/matching/state/ledger-records.ts';

/** USD, negative when it was paid out. Fees of a transfer are the sender's. */
export function paidInBy(delta: LedgerDelta, account: string): Decimal {
  switch (delta.type) {
    case 'deposit':
      return decimal(delta.usdc);
    case 'withdraw':
      return decimal(delta.usdc).plus(delta.fee).neg();
    case 'accountClassTransfer':
      return delta.toPerp ? decimal(delta.usdc) : decimal(delta.usdc).neg();
    case 'internalTransfer':
      return delta.user === account
        ? decimal(delta.usdc).plus(delta.fee).neg()
        : decimal(delta.usdc);
    case 'subAccountTransfer':
      return delta.user === account ? decimal(delta.usdc).neg() : decimal(delta.usdc);
    case 'send':
      return sentOf(delta, account);
    case 'spotTransfer':
    case 'liquidation':
      return ZERO;
  }
}

/** The perpetuals' dex has no name; anywhere else is not theirs. */
function sentOf(delta: Extract<LedgerDelta, { type: 'send' }>, account: string): Decimal {
  const amount = decimal(delta.amount);
  const isFromHere = delta.user === account && delta.sourceDex === '';
  const isToHere = delta.destination === account && delta.destinationDex === '';
  const sent = isFromHere ? amount.plus(delta.fee).neg() : ZERO;
  return isToHere ? sent.plus(amount) : sent;
}
