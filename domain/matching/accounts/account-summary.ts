/**
 * Reads an account the way `clearinghouseState` shows it. Computes, never changes.
 */

import type { AccountSummary, MarginSummary, PositionView } from '../contract/venue-views.ts';
import {
  type Books,
  crossEquity,
  crossInitial,
  crossMaintenance,
  initialOf,
  isCross,
  isolatedEquity,
  LIQUIDATION_PX_PLACES,
  liquidationPx,
  positionValue,
  signedValue,
  withdrawableUsd,
} from '../margin/margin.ts';
import { averagePx, type Micro, wireText } from '../state/fixed-point.ts';
import { type AccountState, emptyAccount, leverageOf, type Position } from '../state/state.ts';
import { termsOf } from '../state/terms.ts';

const RATIO_PLACES = 10;
const RATIO_ONE = 10n ** BigInt(RATIO_PLACES);

function leverageView(position: Position, value: number): PositionView['leverage'] {
  return position.isolatedUsd === null
    ? { type: 'cross', value }
    : { type: 'isolated', value, rawUsd: wireText(position.isolatedUsd) };
}

function positionView(books: Books, account: AccountState, position: Position): PositionView {
  const asset = termsOf(books.terms, position.coin);
  const setting = leverageOf(account, asset);
  const pnl = signedValue(books, position) - Math.sign(position.szi) * position.entryUsd;
  const liquidation = liquidationPx(books, account, position);
  const marginUsed = isCross(position)
    ? initialOf(books, account, position)
    : isolatedEquity(books, position);
  const returnOnEquity =
    position.entryUsd === 0
      ? 0n
      : (BigInt(pnl) * BigInt(setting.value) * RATIO_ONE) / BigInt(position.entryUsd);
  return {
    coin: position.coin,
    szi: wireText(position.szi),
    leverage: leverageView(position, setting.value),
    entryPx: wireText(averagePx(position.entryUsd, Math.abs(position.szi), asset.pxPlaces)),
    positionValue: wireText(positionValue(books, position)),
    unrealizedPnl: wireText(pnl),
    returnOnEquity: wireText(returnOnEquity, RATIO_PLACES),
    liquidationPx: liquidation === null ? null : wireText(liquidation, LIQUIDATION_PX_PLACES),
    marginUsed: wireText(marginUsed),
    maxLeverage: asset.spec.maxLeverage,
    cumFunding: {
      allTime: wireText(account.fundingAllTime.get(position.coin) ?? 0),
      sinceOpen: wireText(position.fundingSinceOpen),
      sinceChange: wireText(position.fundingSinceChange),
    },
  };
}

interface Totals {
  equity: Micro;
  notional: Micro;
  rawUsd: Micro;
  marginUsed: Micro;
}

const summaryOf = (totals: Totals): MarginSummary => ({
  accountValue: wireText(totals.equity),
  totalNtlPos: wireText(totals.notional),
  totalRawUsd: wireText(totals.rawUsd),
  totalMarginUsed: wireText(totals.marginUsed),
});

export function accountSummary(books: Books, address: string): AccountSummary {
  const account = books.state.accounts.get(address) ?? emptyAccount(address);
  const cross: Totals = {
    equity: crossEquity(books, account),
    notional: 0,
    rawUsd: account.cash,
    marginUsed: crossInitial(books, account),
  };
  const all: Totals = { ...cross };
  for (const position of account.positions.values()) {
    const value = positionValue(books, position);
    all.notional += value;
    if (isCross(position)) {
      cross.notional += value;
      continue;
    }
    all.equity += isolatedEquity(books, position);
    all.rawUsd += position.isolatedUsd ?? 0;
    all.marginUsed += isolatedEquity(books, position);
  }
  return {
    marginSummary: summaryOf(all),
    crossMarginSummary: summaryOf(cross),
    crossMaintenanceMarginUsed: wireText(crossMaintenance(books, account)),
    withdrawable: wireText(withdrawableUsd(books, account)),
    assetPositions: [...account.positions.values()].map((position) => ({
      type: 'oneWay',
      position: positionView(books, account, position),
    })),
    time: books.state.atMs,
  };
}
