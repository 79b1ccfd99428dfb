/**
 * Writes down money that moved other than by trades and funding, and tells of it.
 * Moves nothing itself.
 */
import type { LedgerDelta, LedgerUpdate } from './ledger-records.ts';
import { pushBounded } from './order-records.ts';
import type { AccountState, Step } from './state.ts';
import { hashOf } from './transaction-hash.ts';

export function recordLedger(step: Step, account: AccountState, delta: LedgerDelta): void {
  const hash = hashOf(step.terms, step.state.inputs);
  const update: LedgerUpdate = { time: step.atMs, hash, delta };
  pushBounded(account.ledger, update);
  step.events.push({ kind: 'ledger', account: account.address, update });
}

/** Writes the same row into the ledgers of both sides, or once when they are one account. */
export function recordTransfer(
  step: Step,
  from: AccountState,
  to: AccountState,
  delta: LedgerDelta,
): void {
  recordLedger(step, from, delta);
  if (to !== from) recordLedger(step, to, delta);
}
