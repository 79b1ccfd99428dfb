/**
 * Genes with which strategies need few bars of history, so that a short tape is enough to trade in. What
 * they earn with them is of no interest here.
 */
type Loose = Readonly<Record<string, unknown>>;

const COMMON: Loose = { atrPeriod: 5, volatilityPeriod: 20 };

/** Half is taken early, the rest soon after; the stop moves to the entry. */
export const TARGETS: Loose = {
  targetR: 0.7,
  targetFraction: 0.5,
  restTargetR: 0.8,
  stopAfterTarget: 'entry',
};

const OWN: Readonly<Record<string, Loose>> = {
  'ema-crossover': { fast: 4, slow: 10 },
  'donchian-breakout': { channel: 10, exitChannel: 5, maxHoldBars: 40, minVolumeRatio: 0 },
  'rsi-reversion': { period: 4, oversold: 30, overbought: 70, maxHoldBars: 30 },
  stochastic: { period: 9, maxHoldBars: 30 },
  'sma-trend': { fast: 10, slow: 40, slopeBars: 5, bandFraction: 0 },
  'atr-breakout': { channel: 10, baseBars: 20, expansion: 0.9, maxHoldBars: 30 },
  ichimoku: { tenkan: 5, kijun: 15, spanB: 40, laggingSpan: 'no' },
  'vwap-reversion': { period: 20, deviations: 1.5, minVolumeRatio: 0, maxAdx: 60, maxHoldBars: 30 },
  'volatility-scaling': { momentumBars: 20, window: 10, baseWindow: 50, regimeRatio: 4 },
  'funding-carry': { thresholdPerHour: 0.00001, meanHours: 2, persistHours: 1, rankHours: 25 },
  'linear-classifier': {
    lookback: 60,
    horizon: 3,
    refitBars: 20,
    threshold: 0.05,
    minAccuracy: 0.5,
  },
  'pca-tree-quantile': { lookback: 100, horizon: 3, refitBars: 25, trees: 5, quantile: 0.6 },
  bollinger: { squeezeBars: 30, squeezeRank: 0.5, maxHoldBars: 30 },
  'nadaraya-watson': { bandwidth: 6, slopeThreshold: 0.1 },
  expression: {
    long: 'rsi(4) < 30 and close > sma(close, 20)',
    short: 'rsi(4) > 70 and close < sma(close, 20)',
    exit: 'rsi(4) > 45 and rsi(4) < 55',
    maxHoldBars: 30,
  },
};

/** Of filters after plus signs too: their own genes. */
const FILTERS: Readonly<Record<string, Loose>> = {
  sentiment: { sentimentFear: 40, sentimentGreed: 60 },
  correlation: { correlationBars: 30 },
  'volatility-regime': { regimeBase: 50, regimeWindow: 10 },
};

export function shortGenes(strategy: string): Loose {
  const [seed = '', ...filters] = strategy.split('+');
  return Object.assign({}, COMMON, OWN[seed], ...filters.map((name) => FILTERS[name]));
}
