/**
 * What a backtest pays when it follows a cost model: the fee rate of takers, and a spread by asset. A
 * market order pays at the touch what small orders were seen to pay beyond the mid, half spread and
 * impact together; what a larger one pays more is the modelled book's, which it walks.
 */
import { decimal, plain } from '../../kernel/decimal.ts';
import type { CostFigure, CostModel } from './cost-model.ts';

export interface BacktestCosts {
  /** Of the venue's base tier, a fraction of notional: the dearest of the assets'. */
  readonly takerFeeRate: string;
  /** Spread of the modelled book in basis points, by asset. */
  readonly spreadBpsOf: Readonly<Record<string, number>>;
  /** Observations behind each asset's spread; 0: the model's defaults. */
  readonly observations: Readonly<Record<string, number>>;
}

const BPS = 10_000;

/** The model's figures for these assets, its defaults for those that it does not know. */
export function backtestCosts(
  { assets, defaults }: CostModel,
  names: readonly string[],
): BacktestCosts {
  const figure = (measured: CostFigure | undefined, prior: string): string =>
    measured?.bps ?? prior;
  const spreads = names.map((name) => {
    const costs = assets[name];
    const half = decimal(figure(costs?.halfSpread, defaults.halfSpreadBps));
    const impact = decimal(figure(costs?.impact.under1k, defaults.impactBps.under1k));
    return [name, half.plus(impact).times(2).toNumber()] as const;
  });
  const fees = names.map((name) => decimal(figure(assets[name]?.takerFee, defaults.takerFeeBps)));
  const dearest = fees.reduce((most, fee) => (fee.gt(most) ? fee : most), decimal('0'));
  return {
    takerFeeRate: plain(dearest.div(BPS)),
    spreadBpsOf: Object.fromEntries(spreads),
    observations: Object.fromEntries(
      names.map((name) => [name, assets[name]?.halfSpread.observations ?? 0]),
    ),
  };
}
