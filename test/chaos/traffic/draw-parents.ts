/** Parent orders of every kind that opens or moves orders by itself. */
import type { ParentIntent, ParentSpec } from '../../../domain/execution/parents/parent.ts';
import type { Decimal, Px, SizeBase } from '../../../domain/kernel/decimal.ts';
import { decimal, decimalFromFloat, fraction } from '../../../domain/kernel/decimal.ts';
import type { AccountAddress, IntentId } from '../../../domain/kernel/ids.ts';
import type { Rng } from '../../../domain/kernel/rng.ts';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { roundSizeDown } from '../../../domain/market/asset.ts';
import type { Side } from '../../../domain/market/side.ts';
import { between, opposite, pick, priceOf, sizeOf } from './draw.ts';
import { drawScript, type Market, type Script } from './draw-orders.ts';

/** Each part of a parent needs the venue's least value of its own. */
const NOTIONAL_USD = [80, 400] as const;
const KINDS = ['bracket', 'oco', 'trailingStop', 'ladder', 'twap', 'iceberg', 'chase'] as const;
const CANCELLED_SHARE = 0.5;
const TWAP_MS = 12_000;
const SLICE_MS = 5_000;
const CHASE_MS = 8_000;
const HOLD_MS = 1_500;

export interface DrawnParent {
  readonly intent: ParentIntent;
  readonly script: Script;
}

interface Terms {
  readonly rng: Rng;
  readonly asset: AssetSpec;
  readonly side: Side;
  readonly sizeBase: SizeBase;
  /** A price so many basis points away from the mid, towards the side. */
  readonly px: (side: Side, bps: number) => Px;
}

function bracketOf({ rng, side, sizeBase, px }: Terms): ParentSpec {
  const isLimit = rng.next() < 0.5;
  return {
    kind: 'bracket',
    side,
    sizeBase,
    stopPx: px(side, between(rng, [30, 120])),
    targetPx: px(opposite(side), between(rng, [30, 120])),
    onCancel: rng.next() < 0.5 ? 'close' : 'leave',
    ...(isLimit ? { limitPx: px(side, between(rng, [0, 10])) } : {}),
  };
}

function ocoOf({ rng, side, sizeBase, px }: Terms): ParentSpec {
  const shared = { side, sizeBase, reduceOnly: true };
  const [profit, loss] = [between(rng, [10, 80]), between(rng, [10, 80])];
  return {
    kind: 'oco',
    first: { ...shared, type: 'TAKE_PROFIT', triggerPx: px(side, profit) },
    second: { ...shared, type: 'STOP_LOSS', triggerPx: px(opposite(side), loss) },
  };
}

function specOf(kind: (typeof KINDS)[number], terms: Terms): ParentSpec {
  const { rng, asset, side, sizeBase, px } = terms;
  const isQuote = { kind, side, sizeBase, reduceOnly: false } as const;
  switch (kind) {
    case 'bracket':
      return bracketOf(terms);
    case 'oco':
      return ocoOf(terms);
    case 'trailingStop':
      return {
        kind,
        side,
        sizeBase,
        trailFraction: fraction(rng.next() < 0.5 ? '0.002' : '0.006'),
      };
    case 'ladder': {
      const rungs = 2 + rng.int(2);
      return {
        ...isQuote,
        kind,
        rungs,
        fromPx: px(side, 2),
        toPx: px(side, between(rng, [20, 200])),
      };
    }
    case 'twap':
      return { ...isQuote, kind, durationMs: TWAP_MS, everyMs: SLICE_MS };
    case 'iceberg': {
      const shownBase = roundSizeDown(asset, decimal(sizeBase).times(decimalFromFloat(0.4)));
      return { ...isQuote, kind, shownBase, limitPx: px(side, between(rng, [-3, 5])) };
    }
    case 'chase': {
      const worstPx = px(opposite(side), 200);
      return { ...isQuote, kind, worstPx, holdMs: HOLD_MS, durationMs: CHASE_MS };
    }
  }
}

/** @param index counts the parents of a run: each kind has its turn */
export function drawParent(
  rng: Rng,
  market: Market,
  account: AccountAddress,
  intentId: IntentId,
  index: number,
): DrawnParent {
  const asset = pick(rng, market.assets);
  const mid: Decimal = market.midOf(asset);
  const side = pick<Side>(rng, ['buy', 'sell']);
  const sizeBase = sizeOf(asset, mid, between(rng, NOTIONAL_USD));
  const px = (towards: Side, bps: number): Px => priceOf(asset, mid, towards, bps);
  const kind = KINDS[index % KINDS.length] ?? 'bracket';
  const spec = specOf(kind, { rng, asset, side, sizeBase, px });
  const isCancelled = rng.next() < CANCELLED_SHARE;
  const { cancelAfterMs, ...script } = drawScript(rng, true);
  return {
    intent: { network: 'paper', account, intentId, strategy: 'manual', asset: asset.name, spec },
    script: {
      ...script,
      ...(isCancelled && cancelAfterMs !== undefined ? { cancelAfterMs: cancelAfterMs * 2 } : {}),
    },
  };
}
