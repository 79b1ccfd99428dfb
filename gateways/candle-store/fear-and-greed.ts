/** What the one index of sentiment that there is a client for is stored under. */
import type { SeriesKey } from '../../domain/market/history/series.ts';

export const FEAR_AND_GREED: SeriesKey = {
  kind: 'sentiment',
  venue: 'alternative-me',
  asset: 'BTC',
  interval: '1d',
};
