/**
 * The proof that the books balance: everything that was deposited is somewhere.
 * Sums accounts, the outside world, the liquidator, fees, funding and withdrawals. Changes nothing.
 */

import type { Conservation } from '../contract/venue-views.ts';
import { MICRO, type WideMicro, wireText } from './fixed-point.ts';
import type { VenueState } from './state.ts';

export function conservationOf(state: VenueState): Conservation {
  const netSzi = new Map<string, WideMicro>();
  let total = state.fees + state.funding + state.withdrawn;
  const addPosition = (coin: string, szi: WideMicro): void => {
    netSzi.set(coin, (netSzi.get(coin) ?? 0n) + szi);
    total += (BigInt(state.markets.get(coin)?.markPx ?? 0) * szi) / BigInt(MICRO);
  };
  for (const account of state.accounts.values()) {
    total += BigInt(account.cash) + BigInt(account.spotUsd);
    for (const position of account.positions.values()) {
      total += BigInt(position.isolatedUsd ?? 0);
      addPosition(position.coin, BigInt(position.szi));
    }
  }
  for (const ledger of [state.outside, state.liquidator]) {
    total += ledger.cash;
    for (const [coin, szi] of ledger.positions) addPosition(coin, szi);
  }
  return {
    deposited: wireText(state.deposited),
    withdrawn: wireText(state.withdrawn),
    accountedFor: wireText(total),
    difference: wireText(total - state.deposited),
    unbalancedCoins: [...netSzi].filter(([, szi]) => szi !== 0n).map(([coin]) => coin),
  };
}
