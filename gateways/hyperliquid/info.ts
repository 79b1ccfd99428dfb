/** Reads from the venue: orders, fills, funding, account, assets, each brought to the port's types. */
import type {
  FundingPayment,
  VenueAccount,
  VenueFill,
  VenueOrder,
  VenueOrderStatus,
} from '../../activities/ports/venue.ts';
import { px, sizeBase, usd } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, Cloid } from '../../domain/kernel/ids.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import type { VenueConnection } from './connection.ts';
import type { FrontendOrder } from './wire/info-account.ts';
import {
  clearinghouseStateSchema,
  frontendOpenOrdersSchema,
  orderStatusResponseSchema,
} from './wire/info-account.ts';
import type { UserFill } from './wire/info-account-history.ts';
import { userFillsSchema, userFundingSchema } from './wire/info-account-history.ts';
import { metaSchema } from './wire/info-market.ts';

/** The venue returns at most this many fills a call (documentation, "Info endpoint"). */
const FILLS_PER_CALL = 2_000;

const sideOf = (side: 'A' | 'B'): 'buy' | 'sell' => (side === 'B' ? 'buy' : 'sell');

const cloidOf = (cloid: string | null | undefined): { readonly cloid?: Cloid } =>
  cloid ? { cloid: cloid.toLowerCase() as Cloid } : {};

/** One fill of the wire in the port's words. */
export function readFill(fill: UserFill): VenueFill {
  return {
    tid: fill.tid,
    oid: fill.oid,
    timeMs: fill.time,
    asset: fill.coin,
    side: sideOf(fill.side),
    px: px(fill.px),
    sizeBase: sizeBase(fill.sz),
    feeUsd: usd(fill.fee),
    feeToken: fill.feeToken,
    closedPnlUsd: usd(fill.closedPnl),
    crossed: fill.crossed,
    direction: fill.dir,
    startPositionBase: sizeBase(fill.startPosition),
    hash: fill.hash,
    ...cloidOf(fill.cloid),
    ...(typeof fill.twapId === 'number' ? { twapId: fill.twapId } : {}),
  };
}

function readOrder(order: FrontendOrder): VenueOrder {
  return {
    oid: order.oid,
    ...cloidOf(order.cloid),
    asset: order.coin,
    side: sideOf(order.side),
    limitPx: px(order.limitPx),
    ...(order.isTrigger ? { triggerPx: px(order.triggerPx) } : {}),
    isTrigger: order.isTrigger,
    reduceOnly: order.reduceOnly,
    remainingBase: sizeBase(order.sz),
    originalBase: sizeBase(order.origSz),
    placedMs: order.timestamp,
  };
}

export async function readAssets(
  connection: VenueConnection,
): Promise<ReadonlyMap<string, AssetSpec>> {
  const { universe } = await connection.info({ type: 'meta' }, metaSchema);
  return new Map(
    universe.map((asset, index) => [
      asset.name,
      {
        name: asset.name,
        index,
        szDecimals: asset.szDecimals,
        maxLeverage: asset.maxLeverage,
        isDelisted: asset.isDelisted ?? false,
      },
    ]),
  );
}

export async function readOrderStatus(
  connection: VenueConnection,
  user: AccountAddress,
  cloid: Cloid,
): Promise<VenueOrderStatus | undefined> {
  const answer = await connection.info(
    { type: 'orderStatus', user, oid: cloid },
    orderStatusResponseSchema,
  );
  if (answer.status === 'unknownOid') return undefined;
  const { order, status, statusTimestamp } = answer.order;
  return {
    cloid,
    asset: order.coin,
    fact: {
      oid: order.oid,
      status,
      remainingBase: sizeBase(order.sz),
      statusTimestampMs: statusTimestamp,
    },
  };
}

export async function readOpenOrders(
  connection: VenueConnection,
  user: AccountAddress,
): Promise<readonly VenueOrder[]> {
  const orders = await connection.info(
    { type: 'frontendOpenOrders', user },
    frontendOpenOrdersSchema,
  );
  return orders.map(readOrder);
}

/** Pages forward; the page boundary repeats its last millisecond, and repeats are dropped. */
export async function readFillsSince(
  connection: VenueConnection,
  user: AccountAddress,
  sinceMs: number,
): Promise<readonly VenueFill[]> {
  const fills = new Map<string, VenueFill>();
  let startTime = sinceMs;
  for (;;) {
    const page = await connection.info(
      { type: 'userFillsByTime', user, startTime },
      userFillsSchema,
    );
    const before = fills.size;
    for (const wire of page) {
      const fill = readFill(wire);
      fills.set(`${fill.asset}:${fill.oid}:${fill.tid}:${fill.timeMs}`, fill);
    }
    if (page.length < FILLS_PER_CALL || fills.size === before) break;
    startTime = Math.max(...page.map((fill) => fill.time));
  }
  return [...fills.values()].sort((a, b) => a.timeMs - b.timeMs || a.tid - b.tid);
}

export async function readFundingSince(
  connection: VenueConnection,
  user: AccountAddress,
  startTime: number,
): Promise<readonly FundingPayment[]> {
  const rows = await connection.info({ type: 'userFunding', user, startTime }, userFundingSchema);
  return rows.map(({ time, delta }) => ({
    timeMs: time,
    asset: delta.coin,
    amountUsd: usd(delta.usdc),
    sizeBase: sizeBase(delta.szi),
    ratePerHour: delta.fundingRate,
  }));
}

export async function readAccount(
  connection: VenueConnection,
  user: AccountAddress,
): Promise<VenueAccount> {
  const state = await connection.info(
    { type: 'clearinghouseState', user },
    clearinghouseStateSchema,
  );
  return {
    equityUsd: usd(state.marginSummary.accountValue),
    notionalUsd: usd(state.marginSummary.totalNtlPos),
    marginUsedUsd: usd(state.marginSummary.totalMarginUsed),
    withdrawableUsd: usd(state.withdrawable),
    asOfMs: state.time,
    positions: state.assetPositions.map(({ position }) => ({
      asset: position.coin,
      sizeBase: sizeBase(position.szi),
      entryPx: px(position.entryPx),
      valueUsd: usd(position.positionValue),
      unrealizedPnlUsd: usd(position.unrealizedPnl),
      marginUsedUsd: usd(position.marginUsed),
      leverage: position.leverage.value,
      ...(position.liquidationPx === null ? {} : { liquidationPx: px(position.liquidationPx) }),
    })),
  };
}
