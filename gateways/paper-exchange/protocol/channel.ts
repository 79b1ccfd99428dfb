/**
 * What a channel is: something that tells events as they happen, or the whole of a state each time
 * that it may have changed. A channel serves one subscription, however many sockets listen to it.
 */
import type { VenueEvent } from '../../../domain/matching/contract/venue-events.ts';
import type { ChannelName } from '../../hyperliquid/wire/websocket.ts';
import type { Change } from '../exchange.ts';

/** Tells what happened, in order and at once. */
export interface EventChannel {
  readonly kind: 'events';
  readonly name: ChannelName;
  /** What a new subscriber is told: the data of each message. */
  first(): readonly unknown[];
  next(change: Change): readonly unknown[];
}

/** Tells the whole each time, but not too often. */
export interface StateChannel {
  readonly kind: 'state';
  readonly name: ChannelName;
  /** Least time between two messages, ms, on the market's clock or the wall's; 0 for none. */
  readonly paceMs: number;
  isMovedBy(change: Change): boolean;
  /** Undefined when there is nothing to tell. */
  whole(): unknown;
  /** When given, only what reads differently from the last message is told. */
  gist?(data: unknown): string;
}

export type Channel = EventChannel | StateChannel;

/** Source: the venue's documentation, "Subscriptions": a book at least 0.5 s after the last. */
export const BOOK_PACE_MS = 500;
/** Contexts come about once a second. */
export const CONTEXT_PACE_MS = 1000;
/** Not documented for accounts: soon enough for people, seldom enough for a thousand orders. */
export const ACCOUNT_PACE_MS = 500;

type EventOf<Kind extends VenueEvent['kind']> = Extract<VenueEvent, { kind: Kind }>;

/** The events of one kind that concern one account, in order. */
export function eventsOf<Kind extends Exclude<VenueEvent['kind'], 'trade'>>(
  change: Change,
  kind: Kind,
  account: string,
): EventOf<Kind>[] {
  return change.events.filter(
    (event): event is EventOf<Kind> => event.kind === kind && event.account === account,
  );
}

/** Whether a book may look different: after a step, an order or a trade. */
export const touchesCoin = (change: Change, coin: string): boolean =>
  change.isStep ||
  change.events.some(
    (event) =>
      (event.kind === 'order' && event.update.order.coin === coin) ||
      (event.kind === 'trade' && event.trade.coin === coin),
  );

export const touchesAccount = (change: Change, account: string): boolean =>
  change.events.some((event) => event.kind !== 'trade' && event.account === account);
