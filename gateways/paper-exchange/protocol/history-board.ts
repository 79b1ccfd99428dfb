/**
 * What happened to an account, in the shapes of the wire: fills, funding, money in and out, TWAPs,
 * its value over time. Times are the exchange's clock. An account that nobody has heard of has no
 * history; only reads the exchange.
 */
import type { AccountAddress } from '../../../domain/kernel/ids.ts';
import type {
  Fill,
  FundingPayment,
  TwapHistoryEntry,
  TwapSliceFill,
  TwapState,
} from '../../../domain/matching/contract/venue-records.ts';
import type { LedgerUpdate } from '../../../domain/matching/state/ledger-records.ts';
import type { Portfolio } from '../../hyperliquid/wire/info-account-history.ts';
import type { PaperExchange } from '../exchange.ts';
import { aggregateFills } from './aggregate-fills.ts';
import { portfolioOf } from './portfolio.ts';

const MAX_FILLS = 2000;
/** Source: the venue's documentation: answers over a span of time have at most 500 rows. */
const MAX_ROWS_BY_TIME = 500;

/** A span of time in ms, both ends included; without a start, from the beginning. */
export interface TimeRange {
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
}

export interface FillOptions {
  readonly aggregateByTime?: boolean | undefined;
  readonly reversed?: boolean | undefined;
}

const isWithin = (time: number, { startTime, endTime }: TimeRange): boolean =>
  time >= (startTime ?? 0) && time <= (endTime ?? Number.POSITIVE_INFINITY);

export class HistoryBoard {
  readonly #exchange: PaperExchange;

  constructor(exchange: PaperExchange) {
    this.#exchange = exchange;
  }

  /** Newest first. */
  fills(user: AccountAddress, aggregateByTime = false): readonly Fill[] {
    const newest = this.#exchange.venue.fills(user).slice(0, MAX_FILLS);
    return aggregateByTime ? aggregateFills(newest.toReversed()).reverse() : newest;
  }

  /** Oldest first unless reversed; the first 2000 of the range. */
  fillsByTime(
    user: AccountAddress,
    range: TimeRange,
    { aggregateByTime, reversed }: FillOptions = {},
  ): readonly Fill[] {
    const inRange = this.#exchange.venue
      .fills(user)
      .filter((fill) => isWithin(fill.time, range))
      .reverse();
    const oldestFirst = aggregateByTime ? aggregateFills(inRange) : inRange;
    return (reversed ? oldestFirst.reverse() : oldestFirst).slice(0, MAX_FILLS);
  }

  /** Oldest first; the first 500 of the range. */
  funding(user: AccountAddress, range: TimeRange): readonly FundingPayment[] {
    return this.#exchange.venue
      .fundingPayments(user)
      .filter((payment) => isWithin(payment.time, range))
      .reverse()
      .slice(0, MAX_ROWS_BY_TIME);
  }

  /** Newest first, as far as the venue remembers. */
  newestFunding(user: AccountAddress): readonly FundingPayment[] {
    return this.#exchange.venue.fundingPayments(user).slice(0, MAX_ROWS_BY_TIME);
  }

  /** Oldest first; the first 500 of the range. */
  ledgerUpdates(user: AccountAddress, range: TimeRange): readonly LedgerUpdate[] {
    return this.#exchange.venue
      .ledgerUpdates(user)
      .filter(({ time }) => isWithin(time, range))
      .reverse()
      .slice(0, MAX_ROWS_BY_TIME);
  }

  /** Newest first. */
  newestLedgerUpdates(user: AccountAddress): readonly LedgerUpdate[] {
    return this.#exchange.venue.ledgerUpdates(user).slice(0, MAX_ROWS_BY_TIME);
  }

  /** Newest first: one row per change of a TWAP's status. */
  twapHistory(user: AccountAddress): readonly TwapHistoryEntry[] {
    return this.#exchange.venue.twapHistory(user);
  }

  /** TWAPs that run, by id. */
  twapStates(user: AccountAddress): readonly (readonly [twapId: number, state: TwapState])[] {
    return this.#exchange.venue.twapStates(user);
  }

  /** Newest first. */
  twapSliceFills(user: AccountAddress, range: TimeRange = {}): readonly TwapSliceFill[] {
    return this.#exchange.venue
      .twapSliceFills(user)
      .filter(({ fill }) => isWithin(fill.time, range))
      .slice(0, MAX_FILLS);
  }

  portfolio(user: AccountAddress): Portfolio {
    const nowMs = this.#exchange.nowMs();
    return portfolioOf(this.#exchange.equity.samples(user, nowMs), nowMs);
  }
}
