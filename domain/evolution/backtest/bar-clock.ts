/** Walks the bars of several markets in the order of their open times. */
import type { BacktestMarket } from './backtest-market.ts';

/** A bar that opens now, and whether the one right before it exists: only then has a bar closed. */
export interface OpeningBar {
  readonly market: number;
  readonly index: number;
  readonly follows: boolean;
}

export interface Tick {
  readonly openMs: number;
  readonly bars: readonly OpeningBar[];
}

/** Every open time once, oldest first, with the markets that have a bar there. */
export function* ticksOf(markets: readonly BacktestMarket[]): Generator<Tick> {
  const next = markets.map(() => 0);
  for (;;) {
    let openMs = Number.POSITIVE_INFINITY;
    markets.forEach(({ bars }, market) => {
      openMs = Math.min(openMs, bars.openTimeMs[next[market] ?? 0] ?? Number.POSITIVE_INFINITY);
    });
    if (openMs === Number.POSITIVE_INFINITY) return;
    const bars: OpeningBar[] = [];
    markets.forEach(({ bars: { openTimeMs }, intervalMs }, market) => {
      const index = next[market] ?? 0;
      if (openTimeMs[index] !== openMs) return;
      next[market] = index + 1;
      bars.push({ market, index, follows: openTimeMs[index - 1] === openMs - intervalMs });
    });
    yield { openMs, bars };
  }
}
