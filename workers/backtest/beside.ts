/** What a strategy reads beside an asset's own bars, as stored: other assets' bars, fear and greed. */
import { CliFailure } from '../../client/cli/failure.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { SENTIMENT_AGE_MS, type SentimentSeries } from '../../domain/market/side-series.ts';
import type { SeedNeeds } from '../../domain/signals/seed.ts';
import type { SeedInput } from '../../domain/signals/source.ts';
import type { CandleStore } from '../../gateways/candle-store/store.ts';

/**
 * The readings that bars of this time may read: each is known from the moment that it is stamped with.
 * @throws CliFailure with exit code 5 when none is stored for it
 */
async function loadSentiment(
  store: CandleStore,
  bars: SeedInput['bars'],
): Promise<SentimentSeries> {
  const fromMs = (bars.openTimeMs[0] ?? 0) - SENTIMENT_AGE_MS;
  const toMs = (bars.openTimeMs[bars.length - 1] ?? 0) + bars.intervalMs;
  const { timeMs, value } = await store.loadSentiment({ fromMs, toMs });
  if (timeMs.length > 0) return { timeMs, value };
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const when = `from ${day(fromMs)} to ${day(toMs)}`;
  throw new CliFailure(EXIT.notFound, `no readings of fear and greed are stored ${when}`, {
    mend: 'perpetua data sync --source fear-greed',
  });
}

/**
 * @param barsOf loads the bars of another asset, of the same interval and time
 * @throws CliFailure naming what is not stored
 */
export async function loadBeside(
  store: CandleStore,
  needs: SeedNeeds,
  own: SeedInput['bars'],
  barsOf: (asset: string) => Promise<SeedInput['bars']>,
): Promise<Pick<SeedInput, 'sentiment' | 'others'>> {
  const names = (needs.others ?? []).filter((name) => name !== own.asset);
  const others = await Promise.all(names.map(async (name) => [name, await barsOf(name)] as const));
  return {
    ...(names.length === 0 ? {} : { others: Object.fromEntries(others) }),
    ...(needs.sentiment === true ? { sentiment: await loadSentiment(store, own) } : {}),
  };
}
