/**
 * Position arithmetic: what one trade does to a position and to the cash behind it.
 *
 * The entry moves only on increases (size-weighted) and not on reductions; a flip closes, then
 * opens. Cash moves by size x price exactly, so the books balance to the last digit; only the
 * split of an entry over partial closes rounds (a millionth of a USD, shown figures only).
 */
import { least, type Micro, magnitude, most, notional, signOf } from './fixed-point.ts';
import { type AccountState, leverageOf, type Position } from './state.ts';
import type { AssetTerms } from './terms.ts';

export interface PositionChange {
  readonly startSzi: Micro;
  /** Profit of the closed part, without the fee. */
  readonly closedPnl: Micro;
  readonly dir: string;
  /** Cash that came free from an isolated position. */
  readonly releasedUsd: Micro;
  /** What an isolated position lost beyond its margin: not the account's to pay. */
  readonly badDebtUsd: Micro;
}

/** How the venue names a fill, by the position before it and the signed size traded. */
export function directionOf(startSzi: Micro, delta: Micro): string {
  const end = startSzi + delta;
  if (startSzi > 0n && delta < 0n) return end < 0n ? 'Long > Short' : 'Close Long';
  if (startSzi < 0n && delta > 0n) return end > 0n ? 'Short > Long' : 'Close Short';
  return delta > 0n ? 'Open Long' : 'Open Short';
}

/** The most that an order on this side can take off the position; 0 when it would not reduce. */
export function reducibleSz(account: AccountState, coin: string, isBuy: boolean): Micro {
  const szi = account.positions.get(coin)?.szi ?? 0n;
  return isBuy ? most(-szi, 0n) : most(szi, 0n);
}

interface Closing {
  readonly closedPnl: Micro;
  readonly releasedUsd: Micro;
  readonly badDebtUsd: Micro;
}

function closePart(account: AccountState, position: Position, closed: Micro, px: Micro): Closing {
  const size = magnitude(position.szi);
  const side = signOf(position.szi);
  const isWhole = closed === size;
  const entryPart = isWhole ? position.entryUsd : (position.entryUsd * closed) / size;
  const proceeds = side * notional(px, closed);
  let releasedUsd = 0n;
  let badDebtUsd = 0n;
  if (position.isolatedUsd === null) {
    account.cash += proceeds;
  } else {
    const margin = position.isolatedUsd + notional(px, position.szi);
    const released = isWhole ? margin : (most(margin, 0n) * closed) / size;
    position.isolatedUsd += proceeds - released;
    releasedUsd = most(released, 0n);
    badDebtUsd = most(-released, 0n);
    account.cash += releasedUsd;
  }
  position.szi -= side * closed;
  position.entryUsd -= entryPart;
  return { closedPnl: proceeds - side * entryPart, releasedUsd, badDebtUsd };
}

function openPart(
  account: AccountState,
  position: Position,
  delta: Micro,
  px: Micro,
  leverage: number,
) {
  const value = notional(px, magnitude(delta));
  if (position.isolatedUsd === null) {
    account.cash -= notional(px, delta);
  } else {
    const margin = value / BigInt(leverage);
    position.isolatedUsd += margin - notional(px, delta);
    account.cash -= margin;
  }
  position.szi += delta;
  position.entryUsd += value;
}

/** Applies a trade of a signed size. Fees are the caller's. */
export function applyTrade(
  account: AccountState,
  asset: AssetTerms,
  delta: Micro,
  px: Micro,
): PositionChange {
  const coin = asset.spec.name;
  const setting = leverageOf(account, asset);
  const existing = account.positions.get(coin);
  const startSzi = existing?.szi ?? 0n;
  const isReduction = startSzi !== 0n && signOf(startSzi) !== signOf(delta);
  const closed = isReduction ? least(magnitude(delta), magnitude(startSzi)) : 0n;
  const closing: Closing =
    existing && closed > 0n
      ? closePart(account, existing, closed, px)
      : { closedPnl: 0n, releasedUsd: 0n, badDebtUsd: 0n };
  const opening = delta + signOf(startSzi) * closed;
  const survivor = existing && existing.szi !== 0n ? existing : undefined;
  const position: Position = survivor ?? {
    coin,
    szi: 0n,
    entryUsd: 0n,
    isolatedUsd: setting.type === 'isolated' ? 0n : null,
    fundingSinceOpen: 0n,
    fundingSinceChange: 0n,
  };
  if (opening !== 0n) openPart(account, position, opening, px, setting.value);
  position.fundingSinceChange = 0n;
  if (position.szi === 0n) account.positions.delete(coin);
  else account.positions.set(coin, position);
  return { startSzi, dir: directionOf(startSzi, delta), ...closing };
}
