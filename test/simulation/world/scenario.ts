/**
 * Draws what happens in one seed: fifty intents of all types, when they come, and what their owners
 * think of meanwhile: cancels, amendments, waiting, second starts.
 */
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import type { Amendment } from '../../../domain/execution/order-epochs.ts';
import { type Px, px, type SizeBase, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import { type AccountAddress, intentId } from '../../../domain/kernel/ids.ts';
import type { Rng } from '../../../domain/kernel/rng.ts';
import type { ExposureCeilings } from '../../../domain/risk/reservation.ts';

export type Wish =
  | { readonly kind: 'cancelSignal' | 'cancelUpdate' | 'waitSubmitted' | 'startAgain' }
  | { readonly kind: 'amend'; readonly change: Amendment };

export interface Planned {
  readonly atMs: number;
  readonly intent: OrderIntent;
  /** As started by a build from before preparing and sending became one. */
  readonly isOldEdition: boolean;
  readonly wishes: readonly { readonly afterMs: number; readonly wish: Wish }[];
}

export const STEP_PX = [20, 1] as const;
export const MEANT_PX = [100_000, 4_000] as const;
export const SIZES = [
  ['0.05', '0.2', '0.5', '1.1', '2.5'],
  ['1', '4', '9.5', '20', '45'],
] as const;
export const ASSETS = ['BTC', 'ETH'] as const;

const ASSET_USD = [200_000, 300_000, 450_000] as const;

export const pick = <Item>(rng: Rng, items: readonly Item[]): Item =>
  items[rng.int(items.length)] as Item;

function pxNear(rng: Rng, asset: number, spread: number): Px {
  const stepPx = STEP_PX[asset] ?? 1;
  return px((MEANT_PX[asset] ?? 0) + (rng.int(2 * spread + 1) - spread) * stepPx);
}

type Shape = Pick<OrderIntent, 'type' | 'reduceOnly'> & Partial<OrderIntent>;

/** What makes it wait, end by itself, or be placed with conditions. */
function limitTerms(rng: Rng, startMs: number, atMs: number): Partial<OrderIntent> {
  const drawn = rng.int(10);
  if (drawn < 2) return { cancelAtMs: Math.floor(startMs + atMs + 5_000 + rng.int(60_000)) };
  if (drawn < 4) {
    const rest = rng.int(2) === 0 ? 'cancel' : 'market';
    return { onPartial: { afterMs: 2_000 + rng.int(30_000), rest } };
  }
  return {};
}

function shapeOf(rng: Rng, asset: number, startMs: number, atMs: number): Shape {
  const drawn = rng.int(20);
  if (drawn < 6) return { type: 'MARKET', reduceOnly: rng.int(4) === 0 };
  if (drawn < 16) {
    const timeInForce = pick(rng, ['GTC', 'GTC', 'IOC', 'ALO'] as const);
    const limitPx = pxNear(rng, asset, 8);
    const terms = timeInForce === 'GTC' ? limitTerms(rng, startMs, atMs) : {};
    return { type: 'LIMIT', reduceOnly: rng.int(6) === 0, limitPx, timeInForce, ...terms };
  }
  const type = drawn < 18 ? 'STOP_LOSS' : 'TAKE_PROFIT';
  const limitPx = rng.int(2) === 0 ? pxNear(rng, asset, 15) : undefined;
  const triggerPx = pxNear(rng, asset, 15);
  return { type, reduceOnly: true, triggerPx, leg: 'protect', ...(limitPx && { limitPx }) };
}

function extrasOf(rng: Rng, startMs: number, atMs: number): Partial<OrderIntent> {
  const drawn = rng.int(20);
  if (drawn < 3) return { leverage: { value: 1 + rng.int(20), isCross: true } };
  if (drawn < 6) return { urgency: pick(rng, ['high', 'emergency'] as const) };
  if (drawn < 8) return { session: 'sim' };
  if (drawn < 9) return { validUntilMs: Math.floor(startMs + atMs + rng.int(5_000)) };
  if (drawn < 10) return { sizeBase: sizeBase('0.0000001') };
  return {};
}

function amendmentOf(rng: Rng, { type }: OrderIntent, asset: number): Amendment {
  const drawn = rng.int(6);
  if (drawn === 0) return { type: 'MARKET' };
  if (drawn < 3) return { sizeBase: pick(rng, SIZES[asset] ?? []) as SizeBase };
  if (type === 'STOP_LOSS' || type === 'TAKE_PROFIT') return { triggerPx: pxNear(rng, asset, 15) };
  return { limitPx: pxNear(rng, asset, 8) };
}

function wishesOf(rng: Rng, intent: OrderIntent, asset: number): Planned['wishes'] {
  const wishes: { afterMs: number; wish: Wish }[] = [];
  const soon = (): number => (rng.int(3) === 0 ? rng.int(300) : rng.int(60_000));
  if (rng.int(10) < 3) wishes.push({ afterMs: soon(), wish: { kind: 'cancelSignal' } });
  if (rng.int(10) < 2) wishes.push({ afterMs: soon(), wish: { kind: 'cancelUpdate' } });
  if (rng.int(10) < 2) wishes.push({ afterMs: soon(), wish: { kind: 'startAgain' } });
  if (rng.int(10) < 2) wishes.push({ afterMs: soon(), wish: { kind: 'waitSubmitted' } });
  while (intent.type !== 'MARKET' && rng.int(10) < 4) {
    wishes.push({
      afterMs: soon(),
      wish: { kind: 'amend', change: amendmentOf(rng, intent, asset) },
    });
  }
  return wishes;
}

/** Limits that some of a seed's orders meet, and most do not. */
export function drawCeilings(rng: Rng, isMet: boolean): ExposureCeilings {
  const assetUsd = pick(rng, ASSET_USD) * (isMet ? 1 : 1_000);
  const grossUsd = Math.floor(assetUsd * (1 + rng.next()));
  return { assetUsd: usd(assetUsd), grossUsd: usd(grossUsd), assets: 2 };
}

/** @param withinMs all of them come within this time of the start */
export function drawScenario(
  rng: Rng,
  account: AccountAddress,
  orders: number,
  startMs: number,
  withinMs: number,
): readonly Planned[] {
  return Array.from({ length: orders }, (_, index) => {
    const atMs = rng.next() * withinMs;
    const asset = rng.int(ASSETS.length);
    const intent: OrderIntent = {
      network: 'paper',
      account,
      intentId: intentId(`i${String(index).padStart(3, '0')}`),
      strategy: 'sim',
      leg: 'main',
      asset: ASSETS[asset] ?? 'BTC',
      side: rng.int(2) === 0 ? 'buy' : 'sell',
      sizeBase: pick(rng, SIZES[asset] ?? []) as SizeBase,
      ...shapeOf(rng, asset, startMs, atMs),
      ...extrasOf(rng, startMs, atMs),
    };
    const isOldEdition = rng.int(10) === 0;
    return { atMs, intent, isOldEdition, wishes: wishesOf(rng, intent, asset) };
  });
}
