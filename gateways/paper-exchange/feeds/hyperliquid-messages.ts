/**
 * Hyperliquid's WebSocket frames as market events: `l2Book`, `bbo`, `trades`, `activeAssetCtx`. Used
 * for recorded frames and for live ones. Other channels tell nothing of a market.
 */
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { channelDataSchemas, serverFrameSchema } from '../../hyperliquid/wire/websocket.ts';
import { gridSide, gridTrade, type MarketEvent } from './market-events.ts';

export type AssetOf = (coin: string) => AssetSpec | undefined;

/** Events of a frame; `unreadable` for a frame of a wrong shape, `foreign` for a coin nobody knows. */
export type Read = readonly MarketEvent[] | 'unreadable' | 'foreign';

const NOTHING: Read = [];

function bookEvent(data: unknown, assetOf: AssetOf): Read {
  const book = channelDataSchemas.l2Book.safeParse(data);
  if (!book.success) return 'unreadable';
  const { coin, time, levels } = book.data;
  const asset = assetOf(coin);
  if (!asset) return 'foreign';
  const [bids, asks] = [gridSide(asset, levels[0], true), gridSide(asset, levels[1], false)];
  return [{ coin, timeMs: time, fact: { kind: 'book', bids, asks } }];
}

function bestEvent(data: unknown, assetOf: AssetOf): Read {
  const best = channelDataSchemas.bbo.safeParse(data);
  if (!best.success) return 'unreadable';
  const { coin, time, bbo } = best.data;
  const asset = assetOf(coin);
  if (!asset) return 'foreign';
  const [bid] = bbo[0] ? gridSide(asset, [bbo[0]], true) : [];
  const [ask] = bbo[1] ? gridSide(asset, [bbo[1]], false) : [];
  return [{ coin, timeMs: time, fact: { kind: 'best', bid, ask } }];
}

function tradeEvents(data: unknown, assetOf: AssetOf): Read {
  const trades = channelDataSchemas.trades.safeParse(data);
  if (!trades.success) return 'unreadable';
  const events: MarketEvent[] = [];
  let isForeign = false;
  for (const { coin, px, sz, side, time, tid } of trades.data) {
    const asset = assetOf(coin);
    const trade = asset && gridTrade(asset, px, sz, side);
    if (trade) events.push({ coin, timeMs: time, fact: { kind: 'trade', trade, id: `${tid}` } });
    isForeign ||= asset === undefined;
  }
  return isForeign && events.length === 0 ? 'foreign' : events;
}

function contextEvent(data: unknown, assetOf: AssetOf, heardAtMs: number): Read {
  const context = channelDataSchemas.activeAssetCtx.safeParse(data);
  if (!context.success) return 'unreadable';
  const { coin, ctx } = context.data;
  if (!assetOf(coin)) return 'foreign';
  const { markPx, oraclePx, funding } = ctx;
  const fact = { kind: 'context', markPx, oraclePx, fundingRate: funding } as const;
  return [{ coin, timeMs: heardAtMs, fact }];
}

/**
 * Reads one frame.
 * @param heardAtMs the time for what carries none (contexts), on the exchange's clock as far as known
 */
export function readHyperliquidFrame(frame: unknown, assetOf: AssetOf, heardAtMs: number): Read {
  const parsed = serverFrameSchema.safeParse(frame);
  if (!parsed.success) return 'unreadable';
  const { channel, data } = parsed.data;
  switch (channel) {
    case 'l2Book':
      return bookEvent(data, assetOf);
    case 'bbo':
      return bestEvent(data, assetOf);
    case 'trades':
      return tradeEvents(data, assetOf);
    case 'activeAssetCtx':
      return contextEvent(data, assetOf, heardAtMs);
    default:
      return NOTHING;
  }
}
