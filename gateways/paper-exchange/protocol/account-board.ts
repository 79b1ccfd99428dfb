/**
 * What an account's holder may see of it as it is now: positions, orders, what may be traded, in
 * the shapes of the wire. Times are the exchange's clock. An account that nobody has heard of reads
 * as an empty one; only reads the exchange.
 */
import { type Decimal, decimal, plain, ROUND_FLOOR, ZERO } from '../../../domain/kernel/decimal.ts';
import type { AccountAddress } from '../../../domain/kernel/ids.ts';
import type { OrderView } from '../../../domain/matching/contract/venue-records.ts';
import type { PositionView } from '../../../domain/matching/contract/venue-views.ts';
import type { HistoricalOrder, OpenOrder } from '../../hyperliquid/wire/info-account.ts';
import { wireDecimal } from '../../hyperliquid/wire/scalars.ts';
import type { PaperExchange } from '../exchange.ts';
import { FEE_SCHEDULE, USER_FEES } from './static-answers.ts';

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

/** The largest size on the asset's grid that a margin can carry. */
function tradeSize(szDecimals: number, marginUsd: Decimal, leverage: number, markPx: Decimal) {
  if (markPx.isZero()) return '0.0';
  const size = marginUsd.times(leverage).div(markPx);
  return wireDecimal(plain(size.toDecimalPlaces(szDecimals, ROUND_FLOOR)));
}

export class AccountBoard {
  readonly #exchange: PaperExchange;

  constructor(exchange: PaperExchange) {
    this.#exchange = exchange;
  }

  state(user: AccountAddress) {
    return { ...this.#exchange.venue.accountSummary(user), time: this.#exchange.nowMs() };
  }

  hasPositions(user: AccountAddress): boolean {
    return this.#exchange.venue.accountSummary(user).assetPositions.length > 0;
  }

  /** USDC is the only token; nothing can be on hold, since there is no spot market. */
  spotState(user: AccountAddress): object {
    const total = this.#exchange.venue.spotBalance(user);
    if (decimal(total).isZero()) return { balances: [] };
    return { balances: [{ coin: 'USDC', token: 0, total, hold: '0.0', entryNtl: '0.0' }] };
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

  /**
   * What may be bought and sold of a coin: the margin that is free and, against a position, twice
   * the position's own, which closing it gives back. Undefined for a coin that is not listed.
   */
  activeAssetData(user: AccountAddress, coin: string): object | undefined {
    const { venue, feed } = this.#exchange;
    const asset = feed.meta.universe.find(({ name }) => name === coin);
    if (!asset) return undefined;
    const summary = venue.accountSummary(user);
    const position = summary.assetPositions.find((held) => held.position.coin === coin)?.position;
    const leverage = this.#leverage(user, coin, position);
    const markPx = venue.market(coin)?.markPx ?? '0.0';
    const margins = freeMargins(decimal(summary.withdrawable), position);
    return {
      user,
      coin,
      leverage,
      maxTradeSzs: margins.map((margin) =>
        tradeSize(asset.szDecimals, margin, leverage.value, decimal(markPx)),
      ),
      availableToTrade: margins.map((margin) => wireDecimal(plain(margin))),
      markPx,
    };
  }

  fees(user: AccountAddress): object {
    const { activeStakingDiscount: discount, ...fees } = this.#exchange.venue.userFees(user);
    const activeStakingDiscount = { bpsOfMaxSupply: '0.0', discount };
    return { feeSchedule: FEE_SCHEDULE, ...USER_FEES, ...fees, activeStakingDiscount };
  }

  rateLimit(user: AccountAddress): object {
    const cumVlm = this.#exchange.venue.cumulativeVolume(user);
    const { used, cap, surplus } = this.#exchange.requestStanding(user);
    return { cumVlm, nRequestsUsed: used, nRequestsCap: cap, nRequestsSurplus: surplus };
  }

  #leverage(user: AccountAddress, coin: string, position: PositionView | undefined) {
    if (position) return position.leverage;
    const { type, value } = this.#exchange.venue.leverage(user, coin);
    return type === 'cross' ? { type, value } : { type, value, rawUsd: '0.0' };
  }
}

/** For buying and for selling. */
function freeMargins(free: Decimal, position: PositionView | undefined): [Decimal, Decimal] {
  const given = position ? decimal(position.marginUsed).times(2) : ZERO;
  const isLong = position !== undefined && !position.szi.startsWith('-');
  return isLong ? [free, free.plus(given)] : [free.plus(given), free];
}
