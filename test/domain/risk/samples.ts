/** Portfolios and requests for risk tests. */
import { px, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import type { RiskLimits } from '../../../domain/risk/limits.ts';
import { parseRiskLimits } from '../../../domain/risk/limits.ts';
import type { OrderRequest } from '../../../domain/risk/order-request.ts';
import type { OpenOrderView, PortfolioView, PositionView } from '../../../domain/risk/portfolio.ts';
import { BTC } from '../market/samples.ts';

export const NOW_MS = 1_700_000_000_000;

/** Buys 1 BTC-sized unit at 100 USD, priced now. */
export const requestOf = (changes: Partial<OrderRequest> = {}): OrderRequest => ({
  asset: BTC,
  side: 'buy',
  sizeBase: sizeBase('1'),
  referencePx: px('100'),
  pricedAtMs: NOW_MS,
  reduceOnly: false,
  ...changes,
});

/** 1,000 USD, no position, no orders. */
export const portfolioOf = (changes: Partial<PortfolioView> = {}): PortfolioView => ({
  equityUsd: usd('1000'),
  dayStartEquityUsd: usd('1000'),
  positions: [],
  openOrders: [],
  haltReason: null,
  asOfMs: NOW_MS,
  ...changes,
});

export const held = (size: string, asset = 'BTC', mark = '100'): PositionView => ({
  asset,
  sizeBase: sizeBase(size),
  entryPx: px(mark),
  markPx: px(mark),
});

export const resting = (
  side: 'buy' | 'sell',
  size: string,
  changes: Partial<OpenOrderView> = {},
): OpenOrderView => ({
  asset: 'BTC',
  side,
  sizeBase: sizeBase(size),
  px: px('100'),
  reduceOnly: false,
  ...changes,
});

export function limitsOf(input: object = {}): RiskLimits {
  const limits = parseRiskLimits(input);
  if (!limits.ok) throw new Error(JSON.stringify(limits.error));
  return limits.value;
}
