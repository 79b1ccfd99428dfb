/**
 * Position arithmetic: what one trade does to a position and to the cash behind it.
 *
 * The entry moves only on increases (size-weighted) and not on reductions; a flip closes, then
 * opens. Cash moves by size x price exactly, so the books balance to the last digit; only the
 * split of an entry over partial closes rounds (a millionth of a USD, shown figures only).
 */
import { exact, type Micro, mulDiv, negated, notional, quotient } from '../state/fixed-point.ts';
import { type AccountState, leverageOf, type Position } from '../state/state.ts';
import type { AssetTerms } from '../state/terms.ts';

const CASH = 'account cash';

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
  if (startSzi > 0 && delta < 0) return end < 0 ? 'Long > Short' : 'Close Long';
  if (startSzi < 0 && delta > 0) return end > 0 ? 'Short > Long' : 'Close Short';
  return delta > 0 ? 'Open Long' : 'Open Short';
}

/** The most that an order on this side can take off the position; 0 when it would not reduce. */
export function reducibleSz(account: AccountState, coin: string, isBuy: boolean): Micro {
  const szi = account.positions.get(coin)?.szi ?? 0;
  return isBuy ? Math.max(negated(szi), 0) : Math.max(szi, 0);
}

interface Closing {
  readonly closedPnl: Micro;
  readonly releasedUsd: Micro;
  readonly badDebtUsd: Micro;
}

const NOTHING_CLOSED: Closing = { closedPnl: 0, releasedUsd: 0, badDebtUsd: 0 };

function closePart(account: AccountState, position: Position, closed: Micro, px: Micro): Closing {
  const size = Math.abs(position.szi);
  const side = Math.sign(position.szi);
  const isWhole = closed === size;
  const entryPart = isWhole ? position.entryUsd : mulDiv(position.entryUsd, closed, size);
  const proceeds = side * notional(px, closed);
  let releasedUsd = 0;
  let badDebtUsd = 0;
  if (position.isolatedUsd === null) {
    account.cash = exact(account.cash + proceeds, CASH);
  } else {
    const margin = position.isolatedUsd + notional(px, position.szi);
    const released = isWhole ? margin : mulDiv(Math.max(margin, 0), closed, size);
    position.isolatedUsd = exact(position.isolatedUsd + proceeds - released, CASH);
    releasedUsd = Math.max(released, 0);
    badDebtUsd = Math.max(negated(released), 0);
    account.cash = exact(account.cash + releasedUsd, CASH);
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
  const value = notional(px, Math.abs(delta));
  if (position.isolatedUsd === null) {
    account.cash = exact(account.cash - notional(px, delta), CASH);
  } else {
    const margin = quotient(value, leverage);
    position.isolatedUsd = exact(position.isolatedUsd + margin - notional(px, delta), CASH);
    account.cash = exact(account.cash - margin, CASH);
  }
  position.szi = exact(position.szi + delta, 'position size');
  position.entryUsd = exact(position.entryUsd + value, 'position entry');
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
  const startSzi = existing?.szi ?? 0;
  const isReduction = startSzi !== 0 && Math.sign(startSzi) !== Math.sign(delta);
  const closed = isReduction ? Math.min(Math.abs(delta), Math.abs(startSzi)) : 0;
  const { closedPnl, releasedUsd, badDebtUsd } =
    existing && closed > 0 ? closePart(account, existing, closed, px) : NOTHING_CLOSED;
  const opening = delta + Math.sign(startSzi) * closed;
  const survivor = existing && existing.szi !== 0 ? existing : undefined;
  const position: Position = survivor ?? {
    coin,
    szi: 0,
    entryUsd: 0,
    isolatedUsd: setting.type === 'isolated' ? 0 : null,
    fundingSinceOpen: 0,
    fundingSinceChange: 0,
  };
  if (opening !== 0) openPart(account, position, opening, px, setting.value);
  position.fundingSinceChange = 0;
  if (position.szi === 0) account.positions.delete(coin);
  else if (position !== existing) account.positions.set(coin, position);
  return { startSzi, dir: directionOf(startSzi, delta), closedPnl, releasedUsd, badDebtUsd };
}
