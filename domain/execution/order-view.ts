/** The order as users, the ledger and the session see it: one flat, plain record. */
import type { Px, SizeBase, Usd } from '../kernel/decimal.ts';
import { decimal, sizeBase, usd, ZERO } from '../kernel/decimal.ts';
import type { Cloid } from '../kernel/ids.ts';
import { describeViolation } from '../kernel/outcome.ts';
import type { OrderIntent } from './intent.ts';
import { filledOverall, fillsOverall } from './order-epochs.ts';
import type { Denial, FillFact, OrderFacts, OrderPhase } from './order-facts.ts';
import { averageFillPx, phaseOf, wasFoundLate } from './order-facts.ts';
import { isTerminalVenueStatus } from './venue-status.ts';

/** The public names of the specification, and three that it lacked. */
export type OrderStatus =
  | 'PENDING'
  | 'SUBMITTED'
  | 'PARTIALLY_FILLED'
  | 'FILLED'
  | 'CANCELLED'
  | 'REJECTED'
  | 'EXPIRED'
  | 'DENIED'
  | 'IN_DOUBT';

const STATUS_OF: Readonly<Record<OrderPhase, OrderStatus>> = {
  pending: 'PENDING',
  submitting: 'PENDING',
  inDoubt: 'IN_DOUBT',
  submitted: 'SUBMITTED',
  partiallyFilled: 'PARTIALLY_FILLED',
  filled: 'FILLED',
  cancelled: 'CANCELLED',
  rejected: 'REJECTED',
  expired: 'EXPIRED',
  denied: 'DENIED',
};

export const TERMINAL_STATUSES: readonly OrderStatus[] = [
  'FILLED',
  'CANCELLED',
  'REJECTED',
  'EXPIRED',
  'DENIED',
];

export interface OrderView {
  /** As amended last. */
  readonly intent: OrderIntent;
  /** As placed; present once it was amended. */
  readonly placedAs?: OrderIntent;
  readonly status: OrderStatus;
  readonly cloid?: Cloid;
  readonly oid?: number;
  readonly filledBase: SizeBase;
  readonly averagePx?: Px;
  readonly feeUsd: Usd;
  readonly closedPnlUsd: Usd;
  readonly fills: readonly FillFact[];
  /** Why it ended so, or why it is in doubt; in the venue's words where the venue spoke. */
  readonly reason?: string;
  readonly denial?: Denial;
  /** Found on the venue after it had been declared absent. */
  readonly foundLate: boolean;
}

export const statusOf = (facts: OrderFacts): OrderStatus => STATUS_OF[phaseOf(facts)];

/** Total, so that the view does not depend on the order in which fills were heard. */
const byTime = (a: FillFact, b: FillFact): number =>
  a.timeMs - b.timeMs || a.tid - b.tid || a.oid - b.oid;

/** The venue's word of the end, before what we concluded without one. */
function cancelReasonOf({ venue, gone, withdrawn }: OrderFacts): string | undefined {
  const isWord = venue !== undefined && isTerminalVenueStatus(venue.status);
  return isWord ? venue.status : (gone ?? venue?.status ?? withdrawn);
}

function reasonOf(facts: OrderFacts): string | undefined {
  switch (phaseOf(facts)) {
    case 'denied':
      return facts.denied && describeViolation(facts.denied);
    case 'rejected':
      return facts.rejected ?? facts.venue?.status;
    case 'expired':
      return facts.absent;
    case 'inDoubt':
      return facts.unknown;
    case 'cancelled':
      return cancelReasonOf(facts);
    default:
      return undefined;
  }
}

/** The status of the whole: of its present epoch, but for what earlier ones have executed. */
function statusOverall(
  intent: OrderIntent,
  past: readonly OrderFacts[],
  facts: OrderFacts,
): OrderStatus {
  const status = statusOf(facts);
  const filled = filledOverall(past, facts);
  if (filled.isZero()) return status;
  if (status === 'CANCELLED' || status === 'EXPIRED' || status === 'FILLED') {
    return filled.gte(decimal(intent.sizeBase)) ? 'FILLED' : status;
  }
  return status === 'PENDING' || status === 'SUBMITTED' ? 'PARTIALLY_FILLED' : status;
}

/**
 * Builds the view of an order from its intent and facts.
 * @param past the facts of earlier epochs, oldest first, of an order that was amended
 */
export function viewOrder(
  intent: OrderIntent,
  facts: OrderFacts,
  past: readonly OrderFacts[] = [],
): OrderView {
  const overall = past.length === 0 ? facts.fills : fillsOverall(past, facts);
  const fills = Object.values(overall).sort(byTime);
  const sum = (pick: (fill: FillFact) => string): Usd =>
    usd(fills.reduce((total, fill) => total.plus(decimal(pick(fill))), ZERO));
  const oid = facts.venue?.oid ?? fills[0]?.oid;
  const averagePx = averageFillPx({ ...facts, fills: overall });
  const reason = reasonOf(facts);
  return {
    intent,
    status: statusOverall(intent, past, facts),
    ...(facts.cloid === undefined ? {} : { cloid: facts.cloid }),
    ...(oid === undefined ? {} : { oid }),
    filledBase: sizeBase(filledOverall(past, facts)),
    ...(averagePx === undefined ? {} : { averagePx }),
    feeUsd: sum((fill) => fill.feeUsd),
    closedPnlUsd: sum((fill) => fill.closedPnlUsd),
    fills,
    ...(reason === undefined ? {} : { reason }),
    ...(facts.denied === undefined ? {} : { denial: facts.denied }),
    foundLate: [...past, facts].some(wasFoundLate),
  };
}
