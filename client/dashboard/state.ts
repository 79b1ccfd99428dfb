/**
 * What the page shows, as one plain JSON value made of sections, derived from ledger rows. Pure:
 * no I/O and no clock. It never holds keys, envelopes or configuration.
 */
import { decimal, plain, ZERO } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, Network } from '../../domain/kernel/ids.ts';
import type { EquityPoint } from './equity-curve.ts';

export interface PositionFacts {
  readonly asset: string;
  /** Signed: negative is short. */
  readonly sizeBase: string;
  readonly entryPx: string;
  readonly valueUsd: string;
  readonly unrealizedPnlUsd: string;
  readonly liquidationPx?: string;
  readonly leverage: number;
}

export interface OpenOrderFacts {
  readonly intentId: string;
  readonly workflowId: string;
  readonly asset: string;
  readonly side: string;
  readonly type: string;
  readonly status: string;
  readonly sizeBase: string;
  readonly filledBase: string;
  readonly limitPx?: string;
  readonly triggerPx?: string;
  readonly reduceOnly: boolean;
  readonly createdMs: number;
}

export interface FillLine {
  readonly key: string;
  readonly asset: string;
  readonly side: string;
  readonly direction: string;
  readonly px: string;
  readonly sizeBase: string;
  readonly feeUsd: string;
  readonly closedPnlUsd: string;
  readonly timeMs: number;
  /** Absent for a fill of an order that is not ours. */
  readonly workflowId?: string;
}

export interface SessionLine {
  readonly name: string;
  readonly workflowId: string;
  readonly status: string;
  readonly strategy: string;
  readonly interval: string;
  readonly assets: readonly string[];
  readonly startedMs: number;
  readonly decisions: readonly DecisionLine[];
}

export interface DecisionLine {
  readonly asset: string;
  readonly barOpenTimeMs: number;
  readonly summary: string;
}

/** What one look at the ledger found. */
export interface LedgerFacts {
  /** Samples newer than asked for, oldest first. */
  readonly equity: readonly EquityPoint[];
  readonly firstEquity?: EquityPoint;
  /** The sample that today's profit is measured from. */
  readonly dayStartEquity?: EquityPoint;
  readonly notionalUsd: string;
  readonly fillCount: number;
  readonly feesUsd: string;
  readonly positions: readonly PositionFacts[];
  readonly openOrders: readonly OpenOrderFacts[];
  readonly fills: readonly FillLine[];
  readonly sessions: readonly SessionLine[];
}

export interface Identity {
  readonly account: AccountAddress;
  readonly network: Network;
  /** Base URL of one workflow's page in the Temporal UI; absent when no UI runs. */
  readonly workflowPageUrl?: string;
}

export interface Figures {
  readonly equityUsd: string | null;
  readonly equityAtMs: number | null;
  readonly todayPnlUsd: string | null;
  readonly todayPnlFraction: string | null;
  readonly totalPnlUsd: string | null;
  readonly totalPnlFraction: string | null;
  readonly exposureUsd: string;
  readonly exposureTimesEquity: string | null;
  readonly openOrders: number;
  readonly fills: number;
  readonly feesUsd: string;
}

/** Whether a stop rests on the venue for a position, and whether it covers all of it. */
export interface Protection {
  readonly cover: 'full' | 'partial' | 'none';
  readonly stopPx: string | null;
}

export type PositionLine = PositionFacts & { readonly protection: Protection };

/** Every section but the equity curve, which is sent as a whole once and then by its new points. */
export interface Sections {
  readonly identity: Identity;
  readonly figures: Figures;
  readonly positions: readonly PositionLine[];
  readonly openOrders: readonly OpenOrderFacts[];
  readonly fills: readonly FillLine[];
  readonly sessions: readonly SessionLine[];
}

const gain = (now: string, base: EquityPoint | undefined): string | null =>
  base === undefined ? null : plain(decimal(now).minus(decimal(base.equityUsd)));

function gainFraction(now: string, base: EquityPoint | undefined): string | null {
  if (base === undefined || decimal(base.equityUsd).lte(0)) return null;
  const start = decimal(base.equityUsd);
  return plain(decimal(now).minus(start).div(start).toDecimalPlaces(8));
}

/** The key figures; `latest` is the newest equity sample of all. */
export function figuresOf(facts: LedgerFacts, latest: EquityPoint | undefined): Figures {
  const equity = latest?.equityUsd;
  const isPositive = equity !== undefined && decimal(equity).gt(0);
  return {
    equityUsd: equity ?? null,
    equityAtMs: latest?.atMs ?? null,
    todayPnlUsd: equity === undefined ? null : gain(equity, facts.dayStartEquity),
    todayPnlFraction: equity === undefined ? null : gainFraction(equity, facts.dayStartEquity),
    totalPnlUsd: equity === undefined ? null : gain(equity, facts.firstEquity),
    totalPnlFraction: equity === undefined ? null : gainFraction(equity, facts.firstEquity),
    exposureUsd: facts.notionalUsd,
    exposureTimesEquity: isPositive
      ? plain(decimal(facts.notionalUsd).div(decimal(equity)).toDecimalPlaces(4))
      : null,
    openOrders: facts.openOrders.length,
    fills: facts.fillCount,
    feesUsd: facts.feesUsd,
  };
}

/** The venue-side stops that would close this position: reduce-only, opposite side, open. */
export function protectionOf(
  position: PositionFacts,
  openOrders: readonly OpenOrderFacts[],
): Protection {
  const size = decimal(position.sizeBase);
  const closingSide = size.gt(0) ? 'sell' : 'buy';
  const stops = openOrders.filter(
    (order) =>
      order.asset === position.asset &&
      order.type === 'STOP_LOSS' &&
      order.side === closingSide &&
      order.status !== 'PENDING' &&
      order.status !== 'IN_DOUBT',
  );
  const nearest = stops.at(-1);
  if (nearest === undefined) return { cover: 'none', stopPx: null };
  const covered = stops.reduce(
    (sum, stop) => sum.plus(decimal(stop.sizeBase)).minus(decimal(stop.filledBase)),
    ZERO,
  );
  return {
    cover: covered.gte(size.abs()) ? 'full' : 'partial',
    stopPx: nearest.triggerPx ?? null,
  };
}

/** Derives the sections of the page. */
export function sectionsOf(
  identity: Identity,
  facts: LedgerFacts,
  latest: EquityPoint | undefined,
): Sections {
  return {
    identity,
    figures: figuresOf(facts, latest),
    positions: facts.positions.map((position) => ({
      ...position,
      protection: protectionOf(position, facts.openOrders),
    })),
    openOrders: facts.openOrders,
    fills: facts.fills,
    sessions: facts.sessions,
  };
}
