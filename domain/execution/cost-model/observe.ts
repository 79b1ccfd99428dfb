/** From the quality of an order to what it says of costs. */
import { decimal, plain } from '../../kernel/decimal.ts';
import type { QualityRow } from '../quality/summary.ts';
import type { CostObservation } from './cost-model.ts';

/** What resting orders give up is read from this markout. */
const ADVERSE_AFTER_MS = 10_000;

/**
 * An order that only took or only rested says something; of a mixed one nobody can tell which part
 * cost what. Neither does an order that filled nothing.
 */
export function observationOf({ asset, quality }: QualityRow): CostObservation | undefined {
  const { makerShare, feeBps, halfSpreadBps, slippageMidBps, notionalUsd } = quality;
  if (makerShare !== '0' && makerShare !== '1') return undefined;
  const liquidity = makerShare === '0' ? 'taker' : 'maker';
  const base = {
    asset,
    notionalUsd,
    liquidity,
    ...(feeBps === undefined ? {} : { feeBps }),
    ...(halfSpreadBps === undefined ? {} : { halfSpreadBps }),
  } as const;
  if (liquidity === 'taker') {
    if (halfSpreadBps === undefined || slippageMidBps === undefined) return base;
    return { ...base, impactBps: plain(decimal(slippageMidBps).minus(decimal(halfSpreadBps))) };
  }
  const adverse = quality.markouts.find(({ horizonMs }) => horizonMs === ADVERSE_AFTER_MS);
  return adverse?.bps === undefined ? base : { ...base, adverseBps: adverse.bps };
}
