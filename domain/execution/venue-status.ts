/**
 * The venue's order statuses (documentation, "Order status"; the list of 29 plus those that clients
 * have seen since) and which of them are final. A word that is not listed is never terminal.
 */

/** How an order ended, in our words. */
export type TerminalKind = 'filled' | 'cancelled' | 'rejected';

const CANCELLED = [
  'canceled',
  'marginCanceled',
  'vaultWithdrawalCanceled',
  'openInterestCapCanceled',
  'selfTradeCanceled',
  'reduceOnlyCanceled',
  'siblingFilledCanceled',
  'delistedCanceled',
  'liquidatedCanceled',
  'scheduledCancel',
  'outcomeSettledCanceled',
  'internalCancel',
  'perpMaxPositionCanceled',
] as const;

const REJECTED = [
  'rejected',
  'tickRejected',
  'minTradeNtlRejected',
  'perpMarginRejected',
  'reduceOnlyRejected',
  'badAloPxRejected',
  'iocCancelRejected',
  'badTriggerPxRejected',
  'marketOrderNoLiquidityRejected',
  'positionIncreaseAtOpenInterestCapRejected',
  'positionFlipAtOpenInterestCapRejected',
  'tooAggressiveAtOpenInterestCapRejected',
  'openInterestIncreaseRejected',
  'insufficientSpotBalanceRejected',
  'oracleRejected',
  'perpMaxPositionRejected',
  'tooManyOpenOrdersRejected',
  'outcomeSettledRejected',
] as const;

const KINDS: ReadonlyMap<string, TerminalKind> = new Map<string, TerminalKind>([
  ['filled', 'filled'],
  ...CANCELLED.map((status): [string, TerminalKind] => [status, 'cancelled']),
  ...REJECTED.map((status): [string, TerminalKind] => [status, 'rejected']),
]);

/** How a terminal status ended the order, or undefined for open and unknown statuses. */
export const terminalKind = (status: string): TerminalKind | undefined => KINDS.get(status);

/** Whether the venue will never touch the order again. */
export const isTerminalVenueStatus = (status: string): boolean => KINDS.has(status);
