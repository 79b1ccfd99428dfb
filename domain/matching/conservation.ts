/**
 * The proof that the books balance: everything that was deposited is somewhere.
 * Sums accounts, the outside world, the liquidator, fees and funding. Changes nothing.
 */
import { type Micro, notional, wireText } from './fixed-point.ts';
import type { VenueState } from './state.ts';
import type { Conservation } from './venue-types.ts';

export function conservationOf(state: VenueState): Conservation {
  const netSzi = new Map<string, Micro>();
  let total = state.fees + state.funding;
  const addPosition = (coin: string, szi: Micro): void => {
    netSzi.set(coin, (netSzi.get(coin) ?? 0n) + szi);
    total += notional(state.markets.get(coin)?.markPx ?? 0n, szi);
  };
  for (const account of state.accounts.values()) {
    total += account.cash;
    for (const position of account.positions.values()) {
      total += position.isolatedUsd ?? 0n;
      addPosition(position.coin, position.szi);
    }
  }
  for (const ledger of [state.outside, state.liquidator]) {
    total += ledger.cash;
    for (const [coin, szi] of ledger.positions) addPosition(coin, szi);
  }
  return {
    deposited: wireText(state.deposited),
    accountedFor: wireText(total),
    difference: wireText(total - state.deposited),
    unbalancedCoins: [...netSzi].filter(([, szi]) => szi !== 0n).map(([coin]) => coin),
  };
}
