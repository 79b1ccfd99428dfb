/**
 * Fills and public trades in numbers, and the wire's view of them, made when they are read.
 * Rows are never changed, so a history may keep them. Decides nothing.
 */

import type { Fill, PublicTrade } from '../contract/venue-records.ts';
import { type Micro, wireText } from './fixed-point.ts';
import type { Terms } from './terms.ts';
import { hashOf } from './transaction-hash.ts';

/** One account's side of a trade. */
export interface FillRow {
  readonly coin: string;
  readonly isBuy: boolean;
  readonly px: Micro;
  readonly sz: Micro;
  readonly time: number;
  readonly startSzi: Micro;
  readonly dir: string;
  readonly closedPnl: Micro;
  /** The input that made it: names the transaction. */
  readonly input: number;
  readonly oid: number;
  readonly isTaker: boolean;
  readonly fee: Micro;
  readonly builderFee: Micro;
  readonly tid: number;
  readonly cloid: string | null;
  readonly twapId: number | null;
  readonly liquidation: Fill['liquidation'] | null;
}

export function fillOf(terms: Terms, row: FillRow): Fill {
  return {
    coin: row.coin,
    px: wireText(row.px),
    sz: wireText(row.sz),
    side: row.isBuy ? 'B' : 'A',
    time: row.time,
    startPosition: wireText(row.startSzi),
    dir: row.dir,
    closedPnl: wireText(row.closedPnl),
    hash: hashOf(terms, row.input),
    oid: row.oid,
    crossed: row.isTaker,
    fee: wireText(row.fee),
    ...(row.builderFee === 0 ? {} : { builderFee: wireText(row.builderFee) }),
    tid: row.tid,
    feeToken: 'USDC',
    twapId: row.twapId,
    ...(row.cloid === null ? {} : { cloid: row.cloid }),
    ...(row.liquidation ? { liquidation: row.liquidation } : {}),
  };
}

/** A trade as everybody sees it; `isBuy` is the aggressor's side. */
export interface TradeRow {
  readonly coin: string;
  readonly isBuy: boolean;
  readonly px: Micro;
  readonly sz: Micro;
  readonly time: number;
  readonly marketTimeMs: number;
  readonly input: number;
  readonly tid: number;
  readonly taker: string;
  readonly maker: string;
}

export const tradeOf = (terms: Terms, row: TradeRow): PublicTrade => ({
  coin: row.coin,
  side: row.isBuy ? 'B' : 'A',
  px: wireText(row.px),
  sz: wireText(row.sz),
  time: row.time,
  marketTimeMs: row.marketTimeMs,
  hash: hashOf(terms, row.input),
  tid: row.tid,
  users: row.isBuy ? [row.taker, row.maker] : [row.maker, row.taker],
});
