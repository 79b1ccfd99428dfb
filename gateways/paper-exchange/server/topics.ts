/**
 * Who listens to what. Subscriptions that are the same are one topic, and a change finds the topics
 * that it may concern without asking all: thousands of idle ones cost an order nothing. It makes no
 * frames and knows no sockets.
 */
import type { Subscription } from '../../hyperliquid/wire/websocket.ts';
import type { Change } from '../exchange.ts';

export interface Topic<Listener> {
  readonly key: string;
  readonly subscription: Subscription;
  readonly listeners: Set<Listener>;
}

/** The market and the account that a subscription names. */
export interface Named {
  readonly coin?: string;
  readonly user?: string;
}

export function namedBy(subscription: Subscription): Named {
  return {
    ...('coin' in subscription ? { coin: subscription.coin } : {}),
    ...('user' in subscription ? { user: subscription.user } : {}),
  };
}

/** Subscriptions that name nobody hear of every change. */
const ANYTHING = 'anything';

/** What is told about events alone: a step of the tape that brings none of its own is no news. */
const OF_EVENTS: ReadonlySet<Subscription['type']> = new Set<Subscription['type']>([
  'trades',
  'orderUpdates',
  'userEvents',
  'user',
  'userFills',
  'userFundings',
  'userNonFundingLedgerUpdates',
  'userHistoricalOrders',
  'userTwapHistory',
  'userTwapSliceFills',
  'notification',
  'openOrders',
  'twapStates',
  'spotState',
]);

function interestsOf(subscription: Subscription): string[] {
  const { coin, user } = namedBy(subscription);
  const interests = [
    ...(coin === undefined ? [] : [`coin ${coin}`]),
    ...(user === undefined ? [] : [`user ${user}`]),
  ];
  return interests.length > 0 ? interests : [ANYTHING];
}

function concernsOf(change: Change): Set<string> {
  const concerns = new Set([ANYTHING]);
  for (const event of change.events) {
    if ('account' in event) concerns.add(`user ${event.account}`);
    if (event.kind === 'trade') concerns.add(`coin ${event.trade.coin}`);
    if (event.kind === 'order') concerns.add(`coin ${event.update.order.coin}`);
  }
  return concerns;
}

export class Topics<Listener> {
  readonly #topics = new Map<string, Topic<Listener>>();
  readonly #byInterest = new Map<string, Set<Topic<Listener>>>();
  /** Topics that any step of the tape may concern. */
  readonly #ofSteps = new Set<Topic<Listener>>();

  join(key: string, subscription: Subscription, listener: Listener): Topic<Listener> {
    const known = this.#topics.get(key);
    const topic = known ?? { key, subscription, listeners: new Set<Listener>() };
    topic.listeners.add(listener);
    if (known) return known;
    this.#topics.set(key, topic);
    if (!OF_EVENTS.has(subscription.type)) this.#ofSteps.add(topic);
    for (const interest of interestsOf(subscription)) {
      const interested = this.#byInterest.get(interest);
      if (interested) interested.add(topic);
      else this.#byInterest.set(interest, new Set([topic]));
    }
    return topic;
  }

  of(key: string): Topic<Listener> | undefined {
    return this.#topics.get(key);
  }

  leave(topic: Topic<Listener>, listener: Listener): void {
    topic.listeners.delete(listener);
    if (topic.listeners.size > 0) return;
    this.#topics.delete(topic.key);
    this.#ofSteps.delete(topic);
    for (const interest of interestsOf(topic.subscription)) {
      const interested = this.#byInterest.get(interest);
      interested?.delete(topic);
      if (interested?.size === 0) this.#byInterest.delete(interest);
    }
  }

  /** Topics that a change may concern; a step of the tape may concern all that show a state. */
  concernedBy(change: Change): Iterable<Topic<Listener>> {
    const concerned = new Set(change.isStep ? this.#ofSteps : []);
    for (const concern of concernsOf(change)) {
      for (const topic of this.#byInterest.get(concern) ?? []) concerned.add(topic);
    }
    return concerned;
  }

  get size(): number {
    return this.#topics.size;
  }
}
