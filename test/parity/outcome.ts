/** What both sides of a parity run come to, in one form, and where they differ. */
import {
  type ExitCause,
  LIQUIDATED,
  type Trade,
  TradeBook,
  tradeFillOf,
} from '../../domain/evolution/backtest/trade-book.ts';
import { HOUR_MS } from '../../domain/market/side-series.ts';
import type { Fill, FundingPayment } from '../../domain/matching/contract/venue-records.ts';

/** A fill as the market's clock saw it, and what the account was like before. */
export interface SeenFill {
  readonly fill: Fill;
  readonly markPx: number;
  readonly equityUsd: number;
}

export interface SideOutcome {
  readonly fills: readonly Fill[];
  readonly payments: readonly FundingPayment[];
  readonly trades: readonly Trade[];
  /** The venue's own account value at the end of the tape, with all its digits. */
  readonly accountValueUsd: string;
}

/** Why an order was sent. */
export interface OrderCause {
  readonly cause: ExitCause;
  readonly reason: string;
}

/** The trades that fills and payments make, each in the order in which it happened. */
export function tradesOf(
  happened: readonly (SeenFill | FundingPayment)[],
  causeOf: (fill: Fill) => OrderCause,
): readonly Trade[] {
  const book = new TradeBook(LIQUIDATED);
  for (const each of happened) {
    if ('fill' in each) book.fill(tradeFillOf(each.fill), { ...each, ...causeOf(each.fill) });
    else book.fund(each.delta.coin, Number(each.delta.usdc));
  }
  return book.closed;
}

/** Of a fill, what does not depend on how the venue names its records. */
const shownFill = ({ time, coin, side, px, sz, fee, closedPnl, startPosition, dir }: Fill) => ({
  time,
  coin,
  side,
  px,
  sz,
  fee,
  closedPnl,
  startPosition,
  dir,
});

const shownPayment = ({ delta: { coin, usdc, szi, fundingRate } }: FundingPayment) => ({
  coin,
  usdc,
  szi,
  fundingRate,
});

/** The share that a trade won depends on what other assets did in the same moment: left out. */
const shownTrade = ({ netFraction: _netFraction, ...trade }: Trade) => trade;

export interface Difference {
  readonly kind: 'fill' | 'funding' | 'trade' | 'equity';
  readonly index: number;
  readonly session: unknown;
  readonly backtest: unknown;
}

const byMoment = (one: Fill, other: Fill): number =>
  one.time - other.time || one.coin.localeCompare(other.coin);

/** Those of one hour in any order: the venue pays them by account, a backtest as positions were opened. */
const byHour = (one: FundingPayment, other: FundingPayment): number =>
  Math.ceil(one.time / HOUR_MS) - Math.ceil(other.time / HOUR_MS) ||
  one.delta.coin.localeCompare(other.delta.coin);

function differing(
  kind: Difference['kind'],
  session: readonly object[],
  backtest: readonly object[],
): Difference[] {
  const differences: Difference[] = [];
  for (let index = 0; index < Math.max(session.length, backtest.length); index += 1) {
    const [one, other] = [session[index], backtest[index]];
    if (JSON.stringify(one) === JSON.stringify(other)) continue;
    differences.push({ kind, index, session: one, backtest: other });
  }
  return differences;
}

const byExit = (one: Trade, other: Trade): number =>
  one.exitTimeMs - other.exitTimeMs || one.asset.localeCompare(other.asset);

const shown = ({ fills, payments, trades }: SideOutcome) => ({
  fills: fills.toSorted(byMoment).map(shownFill),
  payments: payments.toSorted(byHour).map(shownPayment),
  trades: trades.toSorted(byExit).map(shownTrade),
});

/** Everything in which they are not the same, the first first. */
export function differencesOf(session: SideOutcome, backtest: SideOutcome): readonly Difference[] {
  const [one, other] = [shown(session), shown(backtest)];
  const equity = [session, backtest].map(({ accountValueUsd }) => ({ accountValueUsd }));
  return [
    ...differing('fill', one.fills, other.fills),
    ...differing('funding', one.payments, other.payments),
    ...differing('trade', one.trades, other.trades),
    ...differing('equity', equity.slice(0, 1), equity.slice(1)),
  ];
}

/** When and of what a record is, in words: those of fills, payments and trades are named alike nowhere. */
function whereabouts(record: unknown): string {
  const { time, exitTimeMs, coin, asset } = Object(record) as Record<string, unknown>;
  const atMs = time ?? exitTimeMs;
  const moment = typeof atMs === 'number' ? new Date(atMs).toISOString() : '';
  return [moment, coin ?? asset].filter(Boolean).join(' ');
}

/** What of a record is not the same on the other side: `fee: session "4.5", backtest "4.0"`. */
function contrast(session: unknown, backtest: unknown): string {
  if (session === undefined) return `only in the backtest: ${JSON.stringify(backtest)}`;
  if (backtest === undefined) return `only in the session: ${JSON.stringify(session)}`;
  const [one, other] = [Object(session), Object(backtest)] as Record<string, unknown>[];
  const fields = [...new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])];
  return fields
    .map((field) => [field, JSON.stringify(one?.[field]), JSON.stringify(other?.[field])])
    .filter(([, ours, theirs]) => ours !== theirs)
    .map(([field, ours, theirs]) => `${field}: session ${ours}, backtest ${theirs}`)
    .join('; ');
}

/** How many differences of each kind there are, and the first in a form that one can act on; '' for none. */
export function describeDifferences(name: string, differences: readonly Difference[]): string {
  const [first] = differences;
  if (first === undefined) return '';
  const kinds = Object.groupBy(differences, ({ kind }) => kind);
  const counts = Object.entries(kinds).map(([kind, some]) => `${some.length} of ${kind}`);
  const { kind, index, session, backtest } = first;
  const where = whereabouts(session ?? backtest);
  return (
    `${name}: differs in ${counts.join(', ')}; first in ${kind} ${index}` +
    `${where === '' ? '' : ` (${where})`}: ${contrast(session, backtest)}`
  );
}
