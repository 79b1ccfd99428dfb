/**
 * What each subscription is told: a first frame when it begins, then frames as the exchange
 * changes. Frames are made once per subscription, however many sockets listen. Keeps no sockets.
 */
import type { OrderUpdate, VenueEvent } from '../../../domain/matching/venue-types.ts';
import type { Subscription } from '../../hyperliquid/wire/websocket.ts';
import type { Change, PaperExchange } from '../exchange.ts';
import { type AccountBoard, openOrderOf } from './account-board.ts';
import { type MarketBoard, wireTrade } from './market-board.ts';

/** One message: its channel and its data. */
export interface Frame {
  readonly channel: string;
  readonly data: unknown;
}

type EventOf<Kind extends VenueEvent['kind']> = Extract<VenueEvent, { kind: Kind }>;

const TRADES_AT_START = 30;

/** Ends of an order that its owner did not ask for. */
const NON_USER_CANCELS: ReadonlySet<OrderUpdate['status']> = new Set([
  'marginCanceled',
  'selfTradeCanceled',
  'reduceOnlyCanceled',
  'liquidatedCanceled',
]);

/** The events of one kind that concern one account, in order. */
function eventsOf<Kind extends Exclude<VenueEvent['kind'], 'trade'>>(
  change: Change,
  kind: Kind,
  account: string,
): EventOf<Kind>[] {
  return change.events.filter(
    (event): event is EventOf<Kind> => event.kind === kind && event.account === account,
  );
}

function touchesCoin(change: Change, coin: string): boolean {
  return (
    change.isStep ||
    change.events.some(
      (event) =>
        (event.kind === 'order' && event.update.order.coin === coin) ||
        (event.kind === 'trade' && event.trade.coin === coin),
    )
  );
}

const touchesAccount = (change: Change, account: string): boolean =>
  change.events.some((event) => event.kind !== 'trade' && event.account === account);

function updateFrames(change: Change, user: string): Frame[] {
  const data = eventsOf(change, 'order', user).map(({ update }) => ({
    ...update,
    order: openOrderOf(update.order),
  }));
  return data.length > 0 ? [{ channel: 'orderUpdates', data }] : [];
}

function userEventFrames(change: Change, user: string): Frame[] {
  const fills = eventsOf(change, 'fill', user).map(({ fill }) => fill);
  const nonUserCancel = eventsOf(change, 'order', user)
    .filter(({ update }) => NON_USER_CANCELS.has(update.status))
    .map(({ update }) => ({ coin: update.order.coin, oid: update.order.oid }));
  const funding = eventsOf(change, 'funding', user).map(({ payment }) => {
    const { type: _type, ...delta } = payment.delta;
    return { funding: { time: payment.time, ...delta } };
  });
  const liquidations = eventsOf(change, 'liquidation', user).map((event) => ({
    liquidation: {
      lid: event.lid,
      liquidator: '0x0000000000000000000000000000000000000000',
      liquidated_user: event.account,
      liquidated_ntl_pos: event.liquidatedNtlPos,
      liquidated_account_value: event.accountValue,
    },
  }));
  const data = [
    ...liquidations,
    ...(fills.length > 0 ? [{ fills }] : []),
    ...(nonUserCancel.length > 0 ? [{ nonUserCancel }] : []),
    ...funding,
  ];
  return data.map((entry) => ({ channel: 'user', data: entry }));
}

/** Makes the frames of subscriptions; remembers best prices, which are told only when they change. */
export class Channels {
  readonly #exchange: PaperExchange;
  readonly #market: MarketBoard;
  readonly #accounts: AccountBoard;
  readonly #lastBbo = new Map<string, string>();

  constructor(exchange: PaperExchange, market: MarketBoard, accounts: AccountBoard) {
    this.#exchange = exchange;
    this.#market = market;
    this.#accounts = accounts;
  }

  /** What a new subscriber is told at once. */
  first(subscription: Subscription): Frame[] {
    switch (subscription.type) {
      case 'trades': {
        const data = this.#market.recentTrades(subscription.coin).slice(0, TRADES_AT_START);
        return [{ channel: 'trades', data }];
      }
      case 'bbo':
        return this.#bbo(subscription.coin);
      case 'userFills': {
        const { user } = subscription;
        const fills = this.#accounts.fills(user);
        return [{ channel: 'userFills', data: { isSnapshot: true, user, fills } }];
      }
      case 'orderUpdates':
      case 'userEvents':
      case 'user':
        return [];
      default:
        return this.#whole(subscription);
    }
  }

  /** What its subscribers are told of a change; empty when it does not concern them. */
  next(subscription: Subscription, change: Change): Frame[] {
    switch (subscription.type) {
      case 'allMids':
      case 'candle':
      case 'activeAssetCtx':
        return change.isStep ? this.#whole(subscription) : [];
      case 'l2Book':
        return touchesCoin(change, subscription.coin) ? this.#whole(subscription) : [];
      case 'bbo':
        return touchesCoin(change, subscription.coin) ? this.#newBbo(subscription.coin) : [];
      case 'trades':
        return this.#trades(change, subscription.coin);
      case 'orderUpdates':
        return updateFrames(change, subscription.user);
      case 'userEvents':
      case 'user':
        return userEventFrames(change, subscription.user);
      case 'userFills': {
        const { user } = subscription;
        const fills = eventsOf(change, 'fill', user).map(({ fill }) => fill);
        return fills.length > 0 ? [{ channel: 'userFills', data: { user, fills } }] : [];
      }
      case 'openOrders':
        return eventsOf(change, 'order', subscription.user).length > 0
          ? this.#whole(subscription)
          : [];
      case 'clearinghouseState':
        return touchesAccount(change, subscription.user) || this.#isRevalued(change, subscription)
          ? this.#whole(subscription)
          : [];
    }
  }

  /** Channels that tell the whole of something each time. */
  #whole(subscription: Subscription): Frame[] {
    switch (subscription.type) {
      case 'allMids':
        return [{ channel: 'allMids', data: { mids: this.#market.mids() } }];
      case 'l2Book': {
        const book = this.#market.book(subscription.coin, subscription);
        const data = subscription.fast ? { ...book, fast: true } : book;
        return book ? [{ channel: 'l2Book', data }] : [];
      }
      case 'candle': {
        const candle = this.#market.currentCandle(subscription.coin, subscription.interval);
        return candle ? [{ channel: 'candle', data: candle }] : [];
      }
      case 'activeAssetCtx': {
        const { coin } = subscription;
        return [{ channel: 'activeAssetCtx', data: { coin, ctx: this.#market.context(coin) } }];
      }
      case 'openOrders': {
        const { dex, user } = subscription;
        const orders = this.#accounts.frontendOpenOrders(user);
        return [{ channel: 'openOrders', data: { dex, user, orders } }];
      }
      case 'clearinghouseState': {
        const { dex, user } = subscription;
        const clearinghouseState = this.#accounts.state(user);
        return [{ channel: 'clearinghouseState', data: { dex, user, clearinghouseState } }];
      }
      default:
        return [];
    }
  }

  /** A move of the market changes what positions are worth. */
  #isRevalued(change: Change, { user }: { user: string }): boolean {
    return change.isStep && this.#exchange.venue.accountSummary(user).assetPositions.length > 0;
  }

  #trades(change: Change, coin: string): Frame[] {
    const data = change.events.flatMap((event) =>
      event.kind === 'trade' && event.trade.coin === coin ? [wireTrade(event.trade)] : [],
    );
    return data.length > 0 ? [{ channel: 'trades', data }] : [];
  }

  #bbo(coin: string): Frame[] {
    const book = this.#market.book(coin);
    if (!book) return [];
    const [bids, asks] = book.levels;
    const data = { coin, time: book.time, bbo: [bids[0] ?? null, asks[0] ?? null] };
    return [{ channel: 'bbo', data }];
  }

  #newBbo(coin: string): Frame[] {
    const frames = this.#bbo(coin);
    const best = JSON.stringify((frames[0]?.data as { bbo?: unknown } | undefined)?.bbo);
    if (this.#lastBbo.get(coin) === best) return [];
    this.#lastBbo.set(coin, best);
    return frames;
  }
}
