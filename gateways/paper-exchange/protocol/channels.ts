/**
 * What each subscription is told: a first message when it begins, then messages as the exchange
 * changes, no more often than its channel allows. Messages are made once per subscription, however
 * many sockets listen. Keeps no sockets.
 *
 * The pace of a channel runs on two clocks. A message may follow the last when the market's clock
 * or the wall's has moved on far enough: a feed that runs faster than time tells every step of its
 * own, orders between two steps tell at the pace of the wall. What came too soon is told when it is
 * overdue, by whoever asks {@link Channels.overdue} from time to time.
 */
import { assertNever } from '../../../domain/kernel/assert.ts';
import type { Subscription } from '../../hyperliquid/wire/websocket.ts';
import type { Change, PaperExchange } from '../exchange.ts';
import type { AccountBoard } from './account-board.ts';
import * as account from './account-channels.ts';
import type { Channel, StateChannel } from './channel.ts';
import { HistoryBoard } from './history-board.ts';
import type { MarketBoard } from './market-board.ts';
import * as market from './market-channels.ts';
import { PeopleBoard } from './people-board.ts';

/** One message: its channel and its data. */
export interface Frame {
  readonly channel: string;
  readonly data: unknown;
}

interface Boards {
  readonly market: MarketBoard;
  readonly accounts: AccountBoard;
  readonly history: HistoryBoard;
  readonly people: PeopleBoard;
}

function channelOf(subscription: Subscription, boards: Boards): Channel {
  switch (subscription.type) {
    case 'allMids':
      return market.allMids(boards.market);
    case 'l2Book':
      return market.l2Book(boards.market, subscription);
    case 'bbo':
      return market.bbo(boards.market, subscription);
    case 'trades':
      return market.trades(boards.market, subscription);
    case 'candle':
      return market.candle(boards.market, subscription);
    case 'activeAssetCtx':
      return market.activeAssetCtx(boards.market, subscription);
    case 'assetCtxs':
      return market.assetCtxs(boards.market, subscription);
    case 'allDexsAssetCtxs':
      return market.allDexsAssetCtxs(boards.market);
    case 'spotAssetCtxs':
      return market.spotAssetCtxs();
    case 'fastAssetCtxs':
      return market.fastAssetCtxs(boards.market);
    case 'outcomeMetaUpdates':
      return market.outcomeMetaUpdates();
    default:
      return accountChannelOf(subscription, boards);
  }
}

type AccountSubscription = Extract<Subscription, { user: unknown }>;

function accountChannelOf(subscription: AccountSubscription, boards: Boards): Channel {
  const { accounts, history, people } = boards;
  switch (subscription.type) {
    case 'orderUpdates':
      return account.orderUpdates(subscription);
    case 'userEvents':
    case 'user':
      return account.userEvents(subscription);
    case 'userFills':
      return account.userFills(history, subscription);
    case 'userFundings':
      return account.userFundings(history, subscription);
    case 'userNonFundingLedgerUpdates':
      return account.userLedgerUpdates(history, subscription);
    case 'userTwapHistory':
      return account.userTwapHistory(history, subscription);
    case 'userTwapSliceFills':
      return account.userTwapSliceFills(history, subscription);
    case 'twapStates':
      return account.twapStates(history, subscription);
    case 'userHistoricalOrders':
      return account.userHistoricalOrders(accounts, subscription);
    case 'notification':
      return account.notification(subscription);
    case 'openOrders':
      return account.openOrders(accounts, subscription);
    case 'clearinghouseState':
      return account.clearinghouseState(accounts, subscription);
    case 'allDexsClearinghouseState':
      return account.allDexsClearinghouseState(accounts, subscription);
    case 'spotState':
      return account.spotState(accounts, subscription);
    case 'activeAssetData':
      return account.activeAssetData(accounts, subscription);
    case 'webData3':
      return account.webData3(people, subscription);
    default:
      return assertNever(subscription);
  }
}

/** A subscription that somebody listens to, and when its state was last told. */
interface Topic {
  readonly channel: Channel;
  lastWallMs: number;
  lastMarketMs: number;
  lastGist: string | undefined;
}

export class Channels {
  readonly #boards: Boards;
  /** A topic lives as long as the subscription that its listeners share. */
  readonly #topics = new WeakMap<Subscription, Topic>();
  /** State channels whose last change came too soon to be told. */
  readonly #late = new Set<Subscription>();

  constructor(exchange: PaperExchange, market: MarketBoard, accounts: AccountBoard) {
    const history = new HistoryBoard(exchange);
    const people = new PeopleBoard(exchange, accounts, market);
    this.#boards = { market, accounts, history, people };
  }

  /** What a new subscriber is told at once. */
  first(subscription: Subscription): Frame[] {
    const topic = this.#topicOf(subscription);
    const { channel } = topic;
    if (channel.kind === 'events') return framesOf(channel, channel.first());
    const data = channel.whole();
    if (data !== undefined) topic.lastGist ??= channel.gist?.(data);
    return framesOf(channel, [data]);
  }

  /** What its subscribers are told of a change; empty when it does not concern them. */
  next(subscription: Subscription, change: Change): Frame[] {
    const topic = this.#topicOf(subscription);
    const { channel } = topic;
    if (channel.kind === 'events') return framesOf(channel, channel.next(change));
    if (!channel.isMovedBy(change)) return [];
    if (this.#isDue(topic, channel)) {
      this.#late.delete(subscription);
      return this.#tell(topic, channel);
    }
    this.#late.add(subscription);
    return [];
  }

  /** What was held back and may be told now. */
  overdue(): { readonly subscription: Subscription; readonly frames: readonly Frame[] }[] {
    return [...this.#late].flatMap((subscription) => {
      const topic = this.#topicOf(subscription);
      if (topic.channel.kind !== 'state' || !this.#isDue(topic, topic.channel)) return [];
      this.#late.delete(subscription);
      return [{ subscription, frames: this.#tell(topic, topic.channel) }];
    });
  }

  #topicOf(subscription: Subscription): Topic {
    const known = this.#topics.get(subscription);
    if (known) return known;
    const topic: Topic = {
      channel: channelOf(subscription, this.#boards),
      lastWallMs: Number.NEGATIVE_INFINITY,
      lastMarketMs: Number.NEGATIVE_INFINITY,
      lastGist: undefined,
    };
    this.#topics.set(subscription, topic);
    return topic;
  }

  #isDue({ lastWallMs, lastMarketMs }: Topic, { paceMs }: StateChannel): boolean {
    return (
      performance.now() - lastWallMs >= paceMs ||
      this.#boards.market.timeMs - lastMarketMs >= paceMs
    );
  }

  #tell(topic: Topic, channel: StateChannel): Frame[] {
    const data = channel.whole();
    if (data === undefined) return [];
    const gist = channel.gist?.(data);
    if (gist !== undefined && gist === topic.lastGist) return [];
    topic.lastGist = gist;
    topic.lastWallMs = performance.now();
    topic.lastMarketMs = this.#boards.market.timeMs;
    return framesOf(channel, [data]);
  }
}

const framesOf = ({ name }: Channel, data: readonly unknown[]): Frame[] =>
  data.flatMap((part) => (part === undefined ? [] : [{ channel: name, data: part }]));
