/** Single orders of every type, and what their client does with them afterwards. */
import type { OrderIntent, OrderType, TimeInForce } from '../../../domain/execution/intent.ts';
import type { Amendment } from '../../../domain/execution/order-epochs.ts';
import type { Decimal } from '../../../domain/kernel/decimal.ts';
import type { AccountAddress, IntentId } from '../../../domain/kernel/ids.ts';
import type { Rng } from '../../../domain/kernel/rng.ts';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import type { Side } from '../../../domain/market/side.ts';
import { between, opposite, pick, priceOf, sizeOf } from './draw.ts';

interface Kind {
  readonly type: OrderType;
  readonly timeInForce?: TimeInForce;
  /** Distance of the price from the mid, towards the order's own side, in basis points. */
  readonly awayBps?: readonly [number, number];
  readonly rests: boolean;
  readonly isDated?: boolean;
}

const KINDS: readonly Kind[] = [
  { type: 'MARKET', rests: false },
  { type: 'MARKET', rests: false },
  { type: 'LIMIT', timeInForce: 'GTC', awayBps: [0, 8], rests: true },
  { type: 'LIMIT', timeInForce: 'GTC', awayBps: [300, 600], rests: true },
  { type: 'LIMIT', timeInForce: 'GTC', awayBps: [5, 400], rests: true, isDated: true },
  { type: 'LIMIT', timeInForce: 'IOC', awayBps: [-30, 10], rests: false },
  { type: 'LIMIT', timeInForce: 'ALO', awayBps: [-2, 10], rests: true },
  { type: 'STOP_LOSS', awayBps: [2, 60], rests: true },
  { type: 'TAKE_PROFIT', awayBps: [2, 60], rests: true },
];

export const NOTIONAL_USD = [20, 400] as const;
const GOOD_FOR_MS = [2_000, 15_000] as const;
const CANCEL_SHARE = 0.5;
const AMEND_SHARE = 0.35;
const TWICE_SHARE = 0.15;
const WAIT_MS = 6_000;

export interface Market {
  readonly assets: readonly AssetSpec[];
  midOf(asset: AssetSpec): Decimal;
}

/** What the client of an order does, besides placing it. */
export interface Script {
  readonly isTwice: boolean;
  readonly cancelAfterMs?: number;
  readonly bySignal: boolean;
  readonly amendments: readonly { readonly afterMs: number; readonly change: Amendment }[];
}

export interface DrawnOrder {
  readonly intent: OrderIntent;
  readonly script: Script;
}

/** A stop sells below the market and takes profit above it; bought back, the other way round. */
const triggerSide = (kind: Kind, side: Side): Side =>
  kind.type === 'STOP_LOSS' ? opposite(side) : side;

export function drawScript(rng: Rng, rests: boolean): Script {
  const isTwice = rng.next() < TWICE_SHARE;
  const isCancelled = rng.next() < CANCEL_SHARE;
  const afterMs = rng.next() * WAIT_MS;
  const bySignal = rng.next() < 0.5;
  const cancels = rests && isCancelled;
  return { isTwice, bySignal, amendments: [], ...(cancels ? { cancelAfterMs: afterMs } : {}) };
}

function drawAmendments(
  rng: Rng,
  intent: OrderIntent,
  asset: AssetSpec,
  mid: Decimal,
): Script['amendments'] {
  const drawn: { afterMs: number; change: Amendment }[] = [];
  while (rng.next() < AMEND_SHARE && drawn.length < 3) {
    const afterMs = rng.next() * (WAIT_MS / 2);
    const isSize = rng.next() < 0.4;
    const bps = between(rng, [1, 80]);
    const usd = between(rng, NOTIONAL_USD);
    const px = priceOf(asset, mid, intent.triggerPx ? opposite(intent.side) : intent.side, bps);
    const atPx = intent.triggerPx === undefined ? { limitPx: px } : { triggerPx: px };
    drawn.push({ afterMs, change: isSize ? { sizeBase: sizeOf(asset, mid, usd) } : atPx });
  }
  return drawn;
}

export function drawOrder(
  rng: Rng,
  market: Market,
  account: AccountAddress,
  intentId: IntentId,
): DrawnOrder {
  const kind = pick(rng, KINDS);
  const asset = pick(rng, market.assets);
  const mid = market.midOf(asset);
  const side = pick<Side>(rng, ['buy', 'sell']);
  const usd = between(rng, NOTIONAL_USD);
  const bps = kind.awayBps === undefined ? 0 : between(rng, kind.awayBps);
  const goodForMs = between(rng, GOOD_FOR_MS);
  const isTrigger = kind.type === 'STOP_LOSS' || kind.type === 'TAKE_PROFIT';
  const px = priceOf(asset, mid, isTrigger ? triggerSide(kind, side) : side, bps);
  const intent: OrderIntent = {
    network: 'paper',
    account,
    intentId,
    strategy: 'manual',
    leg: 'main',
    asset: asset.name,
    side,
    type: kind.type,
    sizeBase: sizeOf(asset, mid, usd),
    reduceOnly: isTrigger,
    ...(kind.type === 'LIMIT' ? { limitPx: px } : {}),
    ...(kind.timeInForce === undefined ? {} : { timeInForce: kind.timeInForce }),
    ...(isTrigger ? { triggerPx: px } : {}),
    ...(kind.isDated ? { cancelAtMs: Date.now() + Math.round(goodForMs) } : {}),
  };
  const script = drawScript(rng, kind.rests);
  const amendments = kind.rests ? drawAmendments(rng, intent, asset, mid) : [];
  return { intent, script: { ...script, amendments } };
}
