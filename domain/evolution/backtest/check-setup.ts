/** The rules that the markets of a backtest keep, whichever engine runs it. */
import { describeViolation } from '../../kernel/outcome.ts';
import { FEWEST_STEPS } from '../../matching/market/candle-market.ts';
import { type BacktestMarket, checkMarket } from './backtest-market.ts';

/**
 * The first market, whose interval is that of all.
 * @throws RangeError naming the broken rule of a market
 */
export function checkMarkets(markets: readonly BacktestMarket[]): BacktestMarket {
  const [first] = markets;
  if (first === undefined) throw new RangeError('markets: must hold at least one');
  for (const market of markets) {
    const violation = checkMarket(market);
    if (violation) throw new RangeError(describeViolation(violation));
    if (market.intervalMs === first.intervalMs) continue;
    const rule = `must be ${first.intervalMs}, as that of ${first.asset.name}`;
    throw new RangeError(`${market.asset.name}.intervalMs ${market.intervalMs}: ${rule}`);
  }
  return first;
}

/** @throws RangeError unless a bar is looked at often enough to see its path */
export function checkSteps(stepsPerBar: number): void {
  if (Number.isInteger(stepsPerBar) && stepsPerBar >= FEWEST_STEPS) return;
  throw new RangeError(`stepsPerBar ${stepsPerBar}: must be whole and at least ${FEWEST_STEPS}`);
}

/** Step 0 ends at the last moment before step 1 begins, as on the paper exchange's tape. */
export const stepTime = (openMs: number, step: number, stepMs: number): number =>
  openMs + Math.floor((step + 1) * stepMs) - 1;
