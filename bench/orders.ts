/** Orders for the benchmarks: market orders that fill at once, alternating so that risk stays flat. */
import type { OrderIntent } from '../domain/execution/intent.ts';
import { px, sizeBase, usd } from '../domain/kernel/decimal.ts';
import type { AccountAddress } from '../domain/kernel/ids.ts';
import { intentId } from '../domain/kernel/ids.ts';

export const marketOrder = (account: AccountAddress, name: string, index: number): OrderIntent => ({
  network: 'paper',
  account,
  intentId: intentId(`${name}-${index}`),
  strategy: 'bench',
  leg: 'main',
  asset: 'BTC',
  side: index % 2 === 0 ? 'buy' : 'sell',
  type: 'MARKET',
  sizeBase: sizeBase('0.001'),
  reduceOnly: false,
  // What a session's order carries: risk has judged it with its decision.
  approvalDigest: 'bench',
  decisionPx: px('100000'),
  ceilings: { assetUsd: usd(1_000_000), grossUsd: usd(1_000_000), assets: 100 },
});
