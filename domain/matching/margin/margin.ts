/**
 * Margin: what an account is worth, what its positions and orders need, where it is liquidated.
 *
 * Initial margin = notional / leverage; maintenance from the asset's tiers. The venue does not
 * document how open orders are held; assumed here: per coin, margin for the larger of the position
 * and of what it would become if all its buys (or all its sells) filled. Reduce-only orders and
 * waiting triggers hold nothing.
 */

import { MICRO, type Micro, notional, quotient } from '../state/fixed-point.ts';
import {
  type AccountState,
  leverageOf,
  marketOf,
  type OrderIndex,
  type Position,
  type VenueState,
} from '../state/state.ts';
import { type AssetTerms, maintenanceMargin, type Terms, termsOf, tierAt } from '../state/terms.ts';
import { type Exposure, orderUsd, valueAt } from './exposure.ts';

/** What margin is computed from. */
export interface Books {
  readonly terms: Terms;
  readonly state: VenueState;
  readonly index: OrderIndex;
}

export const markOf = (books: Books, coin: string): Micro => marketOf(books.state, coin).markPx;

/** Signed value of a position at the mark. */
export const signedValue = (books: Books, position: Position): Micro =>
  notional(markOf(books, position.coin), position.szi);

export const positionValue = (books: Books, position: Position): Micro =>
  Math.abs(signedValue(books, position));

export const isCross = (position: Position): boolean => position.isolatedUsd === null;

/** Equity behind an isolated position. */
export const isolatedEquity = (books: Books, position: Position): Micro =>
  (position.isolatedUsd ?? 0) + signedValue(books, position);

/** Equity of the cross account: cash and cross positions at the mark. */
export function crossEquity(books: Books, account: AccountState): Micro {
  let equity = account.cash;
  for (const position of account.positions.values()) {
    if (isCross(position)) equity += signedValue(books, position);
  }
  return equity;
}

/** Maintenance margin of one position. */
export const maintenanceOf = (books: Books, position: Position): Micro =>
  maintenanceMargin(termsOf(books.terms, position.coin), positionValue(books, position));

export function crossMaintenance(books: Books, account: AccountState): Micro {
  let required = 0;
  for (const position of account.positions.values()) {
    if (isCross(position)) required += maintenanceOf(books, position);
  }
  return required;
}

/** Initial margin of one position at the account's leverage. */
export function initialOf(books: Books, account: AccountState, position: Position): Micro {
  const { value } = leverageOf(account, termsOf(books.terms, position.coin));
  return quotient(positionValue(books, position), value);
}

export function crossInitial(books: Books, account: AccountState): Micro {
  let required = 0;
  for (const position of account.positions.values()) {
    if (isCross(position)) required += initialOf(books, account, position);
  }
  return required;
}

/** The largest position value that a coin could reach, with all of one side filled or none. */
export interface Reach {
  /** The position as it is. */
  readonly heldUsd: Micro;
  /** With the open orders. */
  readonly openUsd: Micro;
  /** With a further order as well. */
  readonly furtherUsd: Micro;
}

export function reachOf(
  books: Books,
  account: AccountState,
  coin: string,
  further?: Exposure,
): Reach {
  const markPx = markOf(books, coin);
  const now = notional(markPx, account.positions.get(coin)?.szi ?? 0);
  const heldUsd = Math.abs(now);
  const open = books.index.exposures.get(account.address)?.get(coin);
  if (open) valueAt(books.index, account.address, open, markPx);
  const buys = open?.buysUsd ?? 0;
  const sells = open?.sellsUsd ?? 0;
  const openUsd = Math.max(heldUsd, now + buys, sells - now);
  const more = further ? orderUsd(markPx, further) : 0;
  const side = further?.isBuy ? now + buys : sells - now;
  return { heldUsd, openUsd, furtherUsd: Math.max(openUsd, side + more) };
}

/** Margin that all open orders of the account hold beyond what its positions need. */
export function openOrderHold(books: Books, account: AccountState): Micro {
  let held = 0;
  const coins = books.index.exposures.get(account.address);
  if (!coins) return held;
  for (const coin of coins.keys()) {
    const { heldUsd, openUsd } = reachOf(books, account, coin);
    const { value } = leverageOf(account, termsOf(books.terms, coin));
    held += quotient(openUsd - heldUsd, value);
  }
  return held;
}

/** Cross equity that no position and no order needs; negative when there is too little. */
export const freeCollateral = (books: Books, account: AccountState): Micro =>
  crossEquity(books, account) - crossInitial(books, account) - openOrderHold(books, account);

/**
 * Cross equity less the larger of initial margin (with what open orders hold) and 10 % of the
 * notional, at least 0; the venue's exact hold for orders is not documented.
 */
export function withdrawableUsd(books: Books, account: AccountState): Micro {
  let value = 0;
  for (const position of account.positions.values()) {
    if (isCross(position)) value += positionValue(books, position);
  }
  const initial = crossInitial(books, account) + openOrderHold(books, account);
  const held = Math.max(initial, quotient(value, 10));
  return Math.max(crossEquity(books, account) - held, 0);
}

/**
 * The most that one coin's position may become, in USD and in base units, so that every sum stays
 * exact: deposits are at most {@link MOST_CASH}, which at 40x buys less than this.
 */
export const MOST_POSITION: Micro = 4_000_000_000 * MICRO;
/** The most cash that an account can be given by deposits. */
export const MOST_CASH: Micro = 100_000_000 * MICRO;

/** The reach with an order, or undefined when the position would be too large to be counted. */
export function countableReach(
  books: Books,
  account: AccountState,
  order: Exposure,
): Reach | undefined {
  const markPx = markOf(books, order.coin);
  const szi = account.positions.get(order.coin)?.szi ?? 0;
  if (Math.abs(szi) + order.left > MOST_POSITION) return undefined;
  // Above the safe integers a product is only near the truth, and far above the bound.
  if (Math.max(markPx, order.limitPx) * order.left > MOST_POSITION * MICRO) return undefined;
  const reach = reachOf(books, account, order.coin, order);
  return reach.furtherUsd <= MOST_POSITION ? reach : undefined;
}

/** Whether the further order needs no more margin, or there is enough. */
export function isAffordable(
  books: Books,
  account: AccountState,
  coin: string,
  { heldUsd, openUsd, furtherUsd }: Reach,
): boolean {
  const { value } = leverageOf(account, termsOf(books.terms, coin));
  const added = quotient(furtherUsd - heldUsd, value) - quotient(openUsd - heldUsd, value);
  return added <= 0 || freeCollateral(books, account) >= added;
}

/** Whether the account may place the order. */
export function canPlace(books: Books, account: AccountState, order: Exposure): boolean {
  const reach = countableReach(books, account, order);
  return reach !== undefined && isAffordable(books, account, order.coin, reach);
}

/** Whether the account can carry a fill of its resting order (checked again at each match). */
export function canCarry(
  books: Books,
  account: AccountState,
  asset: AssetTerms,
  delta: Micro,
  px: Micro,
): boolean {
  const szi = account.positions.get(asset.spec.name)?.szi ?? 0;
  const growth = Math.abs(szi + delta) - Math.abs(szi);
  if (growth <= 0) return true;
  if (Math.abs(szi + delta) > MOST_POSITION) return false;
  const needed = quotient(notional(px, growth), leverageOf(account, asset).value);
  return crossEquity(books, account) - crossInitial(books, account) >= needed;
}

/** Decimals of a liquidation price, as the venue prints it. */
export const LIQUIDATION_PX_PLACES = 10;
const LIQUIDATION_PX_SCALE = 10n ** BigInt(LIQUIDATION_PX_PLACES);
const MICRO_TO_LIQUIDATION_PX = LIQUIDATION_PX_SCALE / BigInt(MICRO);

/**
 * liq = mark - side * available / |size| / (1 - l * side), l = 1 / (2 * the tier's leverage).
 * Source: the venue's documentation, "Liquidations".
 * @returns the price in units of 1e-10, or null when no price reaches it.
 */
export function liquidationPxFrom(facts: {
  readonly szi: Micro;
  readonly markPx: Micro;
  /** Equity less maintenance margin, of the cross account or of the isolated position. */
  readonly available: Micro;
  readonly tierLeverage: number;
}): bigint | null {
  const side = BigInt(Math.sign(facts.szi));
  const twice = BigInt(2 * facts.tierLeverage);
  const distance =
    (side * BigInt(facts.available) * LIQUIDATION_PX_SCALE * twice) /
    (BigInt(Math.abs(facts.szi)) * (twice - side));
  const px = BigInt(facts.markPx) * MICRO_TO_LIQUIDATION_PX - distance;
  return px > 0n ? px : null;
}

/** Where the position is liquidated, see {@link liquidationPxFrom}. */
export function liquidationPx(
  books: Books,
  account: AccountState,
  position: Position,
): bigint | null {
  const { szi } = position;
  const asset = termsOf(books.terms, position.coin);
  const tierLeverage = tierAt(asset, positionValue(books, position)).maxLeverage;
  const available = isCross(position)
    ? crossEquity(books, account) - crossMaintenance(books, account)
    : isolatedEquity(books, position) - maintenanceOf(books, position);
  return liquidationPxFrom({ szi, markPx: markOf(books, position.coin), available, tierLeverage });
}
