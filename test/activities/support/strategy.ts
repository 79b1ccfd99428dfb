/** Bars on which a real seed speaks, and the session that listens to it. */
import type { DecideRequest, SessionRules } from '../../../activities/interfaces/session.ts';
import { px } from '../../../domain/kernel/decimal.ts';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import type { MarketSnapshot } from '../../../domain/market/snapshot.ts';
import { parseGenes } from '../../../domain/signals/genes.ts';
import { emaCrossover } from '../../../domain/signals/seeds/ema-crossover.ts';
import { historyBars } from '../../../domain/signals/window.ts';
import { barsFromCloses, snapshotOf } from '../../domain/market/samples.ts';
import { ACCOUNT } from './fake-world.ts';

const GENES = { fast: 2, slow: 5 };

export const rulesOf = (changes: Partial<SessionRules> = {}): SessionRules => ({
  strategy: 'ema-crossover',
  assets: ['BTC', 'ETH'],
  interval: '1m',
  genes: GENES,
  sizing: {},
  limits: {},
  ...changes,
});

/** Bars that drift one way at 100 USD and turn sharply on the last. */
function bars(direction: 1 | -1) {
  const genes = parseGenes(emaCrossover, GENES);
  if (!genes.ok) throw new Error(JSON.stringify(genes.error));
  const count = historyBars(emaCrossover, genes.value);
  const drift = Array.from({ length: count - 1 }, (_, at) => 100 - direction * at * 0.01);
  return barsFromCloses([...drift, (drift.at(-1) ?? 100) + direction * 3], 0.5);
}

/** A snapshot on whose last bar the crossover seed turns long (1) or short (-1), heard now. */
export const turning = (asset: AssetSpec, direction: 1 | -1): MarketSnapshot => {
  const series = { ...bars(direction), asset: asset.name };
  return snapshotOf(series, { asset, midPx: px('100'), receivedAtMs: Date.now() });
};

export const BAR_MS = bars(1).openTimeMs.at(-1) ?? 0;

export const decideRequest = (changes: Partial<DecideRequest> = {}): DecideRequest => ({
  session: { account: ACCOUNT, network: 'paper', name: 'demo', startedMs: 36 ** 4 },
  rules: rulesOf(),
  barOpenTimeMs: BAR_MS,
  assets: ['BTC', 'ETH'],
  pendingEntries: [],
  ...changes,
});
