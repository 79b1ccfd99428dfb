/**
 * What an account's holder may see: the venue's own views in the shapes of the wire. Times are the
 * wall clock's. An account that nobody has heard of reads as an empty one; only reads the exchange.
 */
import { decimal, ROUND_FLOOR } from '../../../domain/kernel/decimal.ts';
import type { AccountAddress } from '../../../domain/kernel/ids.ts';
import type { Fill, FundingPayment, OrderView } from '../../../domain/matching/venue-types.ts';
import type { HistoricalOrder, OpenOrder } from '../../hyperliquid/wire/info-account.ts';
import type { PaperExchange } from '../exchange.ts';

const MAX_FILLS = 2000;
const MAX_FUNDING_ROWS = 500;
/** Source: the venue's documentation, "Rate limits": 10,000 requests and one per USD traded. */
const FREE_REQUESTS = 10_000;

/** A span of time in ms, both ends included. */
export interface TimeRange {
  readonly startTime: number;
  readonly endTime?: number | undefined;
}

const isWithin = (time: number, { startTime, endTime }: TimeRange): boolean =>
  time >= startTime && time <= (endTime ?? Number.POSITIVE_INFINITY);

/** The short shape of `openOrders` and `orderUpdates`. */
export function openOrderOf(order: OrderView): OpenOrder {
  const { coin, side, limitPx, sz, oid, timestamp, origSz, reduceOnly, cloid } = order;
  return {
    coin,
    side,
    limitPx,
    sz,
    oid,
    timestamp,
    origSz,
    ...(reduceOnly ? { reduceOnly } : {}),
    ...(cloid === null ? {} : { cloid }),
  };
}

export class AccountBoard {
  readonly #exchange: PaperExchange;

  constructor(exchange: PaperExchange) {
    this.#exchange = exchange;
  }

  state(user: AccountAddress): object {
    return { ...this.#exchange.venue.accountSummary(user), time: this.#exchange.nowMs() };
  }

  openOrders(user: AccountAddress): OpenOrder[] {
    return this.#exchange.venue.openOrders(user).map(openOrderOf);
  }

  frontendOpenOrders(user: AccountAddress): readonly OrderView[] {
    return this.#exchange.venue.openOrders(user);
  }

  orderStatus(user: AccountAddress, id: number | string): object {
    const { venue } = this.#exchange;
    const order =
      typeof id === 'number' ? venue.orderByOid(user, id) : venue.orderByCloid(user, id);
    return order ? { status: 'order', order } : { status: 'unknownOid' };
  }

  /** Newest first, one row per change of status. */
  historicalOrders(user: AccountAddress): readonly HistoricalOrder[] {
    return this.#exchange.venue.historicalOrders(user).map((row) => ({
      ...row,
      order: { ...row.order, children: [...row.order.children] },
    }));
  }

  /** Newest first. */
  fills(user: AccountAddress): readonly Fill[] {
    return this.#exchange.venue.fills(user).slice(0, MAX_FILLS);
  }

  /** Oldest first unless reversed; the first 2000 of the range. */
  fillsByTime(user: AccountAddress, range: TimeRange, reversed = false): readonly Fill[] {
    const inRange = this.#exchange.venue.fills(user).filter((fill) => isWithin(fill.time, range));
    return (reversed ? inRange : inRange.toReversed()).slice(0, MAX_FILLS);
  }

  /** Oldest first; the first 500 of the range. */
  funding(user: AccountAddress, range: TimeRange): readonly FundingPayment[] {
    return this.#exchange.venue
      .fundingPayments(user)
      .filter((payment) => isWithin(payment.time, range))
      .toReversed()
      .slice(0, MAX_FUNDING_ROWS);
  }

  rateLimit(user: AccountAddress): object {
    const cumVlm = this.#exchange.venue.cumulativeVolume(user);
    const traded = decimal(cumVlm).toDecimalPlaces(0, ROUND_FLOOR).toNumber();
    return {
      cumVlm,
      nRequestsUsed: this.#exchange.requestsOf(user),
      nRequestsCap: FREE_REQUESTS + traded,
      nRequestsSurplus: 0,
    };
  }

  role(user: AccountAddress): object {
    return { role: this.#exchange.isKnown(user) ? 'user' : 'missing' };
  }
}
