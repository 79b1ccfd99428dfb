/** The stored index of fear and greed for decisions: read again when something was added to it. */
import type { SentimentHistory } from '../../activities/ports/sentiment.ts';
import { indexFrom } from '../../domain/market/bar-arrays.ts';
import type { SentimentSeries } from '../../domain/market/side-series.ts';
import { FEAR_AND_GREED } from './fear-and-greed.ts';
import type { CandleStore } from './store.ts';

const NOTHING: SentimentSeries = { timeMs: new Float64Array(0), value: new Float64Array(0) };

/** @param store opened when the index is first asked for */
export function createSentimentFeed(store: () => Promise<CandleStore>): SentimentHistory {
  let known = { sources: '', series: NOTHING };
  return async (fromMs, toMs) => {
    const opened = await store();
    const manifest = opened.manifest(FEAR_AND_GREED);
    const parts = manifest?.partitions.map(({ contentSha256 }) => contentSha256) ?? [];
    const sources = parts.join();
    if (sources !== known.sources) {
      const { timeMs, value } = await opened.loadSentiment();
      known = { sources, series: { timeMs, value } };
    }
    const { timeMs, value } = known.series;
    const [from, to] = [indexFrom(timeMs, fromMs), indexFrom(timeMs, toMs + 1)];
    return { timeMs: timeMs.slice(from, to), value: value.slice(from, to) };
  };
}
