/**
 * The channels about one account. Lists begin with a snapshot and go on with what is new; states
 * are told whole. Order updates, events and notifications have no snapshot.
 */
import { decimal, plain } from '../../../domain/kernel/decimal.ts';
import type { AccountAddress } from '../../../domain/kernel/ids.ts';
import type {
  Fill,
  FundingPayment,
  OrderStatus,
  OrderUpdate,
  TwapSliceFill,
} from '../../../domain/matching/contract/venue-records.ts';
import type { ChannelName, SubscriptionOf } from '../../hyperliquid/wire/websocket.ts';
import type { Change } from '../exchange.ts';
import { type AccountBoard, openOrderOf } from './account-board.ts';
import { aggregateFills } from './aggregate-fills.ts';
import {
  ACCOUNT_PACE_MS,
  CONTEXT_PACE_MS,
  type EventChannel,
  eventsOf,
  type StateChannel,
  touchesAccount,
} from './channel.ts';
import type { HistoryBoard } from './history-board.ts';
import type { PeopleBoard } from './people-board.ts';

/** Ends of an order that its owner did not ask for. */
const NON_USER_CANCELS: ReadonlySet<OrderStatus> = new Set<OrderStatus>([
  'marginCanceled',
  'selfTradeCanceled',
  'reduceOnlyCanceled',
  'liquidatedCanceled',
  'siblingFilledCanceled',
  'scheduledCancel',
]);

const NO_LIQUIDATOR = '0x0000000000000000000000000000000000000000';

export const orderUpdates = ({ user }: SubscriptionOf<'orderUpdates'>): EventChannel => ({
  kind: 'events',
  name: 'orderUpdates',
  first: () => [],
  next: (change) => {
    const updates = eventsOf(change, 'order', user).map(({ update }) => ({
      ...update,
      order: openOrderOf(update.order),
    }));
    return updates.length > 0 ? [updates] : [];
  },
});

/** Those of the fills that are slices of a TWAP. */
const slicesOf = (fills: readonly Fill[]): TwapSliceFill[] =>
  fills.flatMap((fill) => (fill.twapId === null ? [] : [{ fill, twapId: fill.twapId }]));

const fundingOf = ({ time, delta: { type: _type, ...delta } }: FundingPayment): object => ({
  time,
  ...delta,
});

function userNews(change: Change, user: AccountAddress): object[] {
  const liquidations = eventsOf(change, 'liquidation', user).map((event) => ({
    liquidation: {
      lid: event.lid,
      liquidator: NO_LIQUIDATOR,
      liquidated_user: event.account,
      liquidated_ntl_pos: event.liquidatedNtlPos,
      liquidated_account_value: event.accountValue,
    },
  }));
  const fills = eventsOf(change, 'fill', user).map(({ fill }) => fill);
  const nonUserCancel = eventsOf(change, 'order', user)
    .filter(({ update }) => NON_USER_CANCELS.has(update.status))
    .map(({ update }) => ({ coin: update.order.coin, oid: update.order.oid }));
  const twapHistory = eventsOf(change, 'twap', user).map(({ entry }) => entry);
  const twapSliceFills = slicesOf(fills);
  const fundings = eventsOf(change, 'funding', user).map(({ payment }) => ({
    funding: fundingOf(payment),
  }));
  return [
    ...liquidations,
    ...(fills.length > 0 ? [{ fills }] : []),
    ...(nonUserCancel.length > 0 ? [{ nonUserCancel }] : []),
    ...(twapHistory.length > 0 ? [{ twapHistory }] : []),
    ...(twapSliceFills.length > 0 ? [{ twapSliceFills }] : []),
    ...fundings,
  ];
}

/** One message per kind of event; the channel's name differs from the subscription's. */
export const userEvents = ({ user }: { readonly user: AccountAddress }): EventChannel => ({
  kind: 'events',
  name: 'user',
  first: () => [],
  next: (change) => userNews(change, user),
});

/** A list that begins with a snapshot, marked as such. */
function listChannel(
  { name, key, user }: { name: ChannelName; key: string; user: AccountAddress },
  snapshot: () => readonly unknown[],
  news: (change: Change) => readonly unknown[],
): EventChannel {
  return {
    kind: 'events',
    name,
    first: () => [{ isSnapshot: true, user, [key]: snapshot() }],
    next: (change) => {
      const rows = news(change);
      return rows.length > 0 ? [{ user, [key]: rows }] : [];
    },
  };
}

export function userFills(
  history: HistoryBoard,
  { user, aggregateByTime }: SubscriptionOf<'userFills'>,
): EventChannel {
  const news = (change: Change): readonly Fill[] => {
    const fills = eventsOf(change, 'fill', user).map(({ fill }) => fill);
    return aggregateByTime ? aggregateFills(fills) : fills;
  };
  const about = { name: 'userFills', key: 'fills', user } as const;
  return listChannel(about, () => history.fills(user, aggregateByTime), news);
}

export const userFundings = (
  history: HistoryBoard,
  { user }: SubscriptionOf<'userFundings'>,
): EventChannel =>
  listChannel(
    { name: 'userFundings', key: 'fundings', user },
    () => history.newestFunding(user).map(fundingOf),
    (change) => eventsOf(change, 'funding', user).map(({ payment }) => fundingOf(payment)),
  );

export const userLedgerUpdates = (
  history: HistoryBoard,
  { user }: SubscriptionOf<'userNonFundingLedgerUpdates'>,
): EventChannel =>
  listChannel(
    { name: 'userNonFundingLedgerUpdates', key: 'nonFundingLedgerUpdates', user },
    () => history.newestLedgerUpdates(user),
    (change) => eventsOf(change, 'ledger', user).map(({ update }) => update),
  );

export const userTwapHistory = (
  history: HistoryBoard,
  { user }: SubscriptionOf<'userTwapHistory'>,
): EventChannel =>
  listChannel(
    { name: 'userTwapHistory', key: 'history', user },
    () => history.twapHistory(user),
    (change) => eventsOf(change, 'twap', user).map(({ entry }) => entry),
  );

export const userTwapSliceFills = (
  history: HistoryBoard,
  { user }: SubscriptionOf<'userTwapSliceFills'>,
): EventChannel =>
  listChannel(
    { name: 'userTwapSliceFills', key: 'twapSliceFills', user },
    () => history.twapSliceFills(user),
    (change) => slicesOf(eventsOf(change, 'fill', user).map(({ fill }) => fill)),
  );

export const twapStates = (
  history: HistoryBoard,
  { dex, user }: SubscriptionOf<'twapStates'>,
): StateChannel => ({
  kind: 'state',
  name: 'twapStates',
  paceMs: ACCOUNT_PACE_MS,
  isMovedBy: (change) => touchesAccount(change, user),
  whole: () => ({ dex, user, states: history.twapStates(user) }),
  gist: JSON.stringify,
});

/** An order that was filled in part has no new status and so no row of its own. */
const isNewStatus = ({ order, status }: OrderUpdate): boolean =>
  status !== 'open' || order.sz === order.origSz;

export const userHistoricalOrders = (
  accounts: AccountBoard,
  { user }: SubscriptionOf<'userHistoricalOrders'>,
): EventChannel =>
  listChannel(
    { name: 'userHistoricalOrders', key: 'orderHistory', user },
    () => accounts.historicalOrders(user),
    (change) =>
      eventsOf(change, 'order', user)
        .map(({ update }) => update)
        .filter(isNewStatus),
  );

function notificationOf({ side, sz, coin, px }: Fill): object {
  const done = side === 'B' ? 'Bought' : 'Sold';
  const [size, price] = [sz, px].map((text) => plain(decimal(text)));
  return { notification: `Resting order filled: ${done} ${size} ${coin} at $${price}` };
}

export const notification = ({ user }: SubscriptionOf<'notification'>): EventChannel => ({
  kind: 'events',
  name: 'notification',
  first: () => [],
  next: (change) =>
    eventsOf(change, 'fill', user)
      .filter(({ fill }) => !fill.crossed)
      .map(({ fill }) => notificationOf(fill)),
});

export const openOrders = (
  accounts: AccountBoard,
  { dex, user }: SubscriptionOf<'openOrders'>,
): StateChannel => ({
  kind: 'state',
  name: 'openOrders',
  paceMs: ACCOUNT_PACE_MS,
  isMovedBy: (change) => eventsOf(change, 'order', user).length > 0,
  whole: () => ({ dex, user, orders: accounts.frontendOpenOrders(user) }),
});

/** A move of the market changes what positions are worth. */
const isRevalued = (accounts: AccountBoard, change: Change, user: AccountAddress): boolean =>
  touchesAccount(change, user) || (change.isStep && accounts.hasPositions(user));

export const clearinghouseState = (
  accounts: AccountBoard,
  { dex, user }: SubscriptionOf<'clearinghouseState'>,
): StateChannel => ({
  kind: 'state',
  name: 'clearinghouseState',
  paceMs: ACCOUNT_PACE_MS,
  isMovedBy: (change) => isRevalued(accounts, change, user),
  whole: () => ({ dex, user, clearinghouseState: accounts.state(user) }),
});

export const allDexsClearinghouseState = (
  accounts: AccountBoard,
  { user }: SubscriptionOf<'allDexsClearinghouseState'>,
): StateChannel => ({
  kind: 'state',
  name: 'allDexsClearinghouseState',
  paceMs: ACCOUNT_PACE_MS,
  isMovedBy: (change) => isRevalued(accounts, change, user),
  whole: () => ({ user, clearinghouseStates: [['', accounts.state(user)]] }),
});

export const spotState = (
  accounts: AccountBoard,
  { user }: SubscriptionOf<'spotState'>,
): StateChannel => ({
  kind: 'state',
  name: 'spotState',
  paceMs: ACCOUNT_PACE_MS,
  isMovedBy: (change) => touchesAccount(change, user),
  whole: () => ({ user, spotState: accounts.spotState(user) }),
  gist: JSON.stringify,
});

export const activeAssetData = (
  accounts: AccountBoard,
  { user, coin }: SubscriptionOf<'activeAssetData'>,
): StateChannel => ({
  kind: 'state',
  name: 'activeAssetData',
  paceMs: ACCOUNT_PACE_MS,
  isMovedBy: (change) => change.isStep || touchesAccount(change, user),
  whole: () => accounts.activeAssetData(user, coin),
  gist: JSON.stringify,
});

export const webData3 = (
  people: PeopleBoard,
  { user }: SubscriptionOf<'webData3'>,
): StateChannel => ({
  kind: 'state',
  name: 'webData3',
  paceMs: CONTEXT_PACE_MS,
  isMovedBy: (change) => change.isStep || touchesAccount(change, user),
  whole: () => people.webData3(user),
});
