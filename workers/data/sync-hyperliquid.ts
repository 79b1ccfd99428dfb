/** Candles and funding of Hyperliquid, series after series, each page stored before the next is asked. */
import { setTimeout as pause } from 'node:timers/promises';
import { archiveSeries } from '../../activities/archive-series.ts';
import type { ArchivedSeries, SeriesArchived } from '../../activities/interfaces/archive.ts';
import { RateLimited, VenueUnreachable } from '../../activities/ports/errors.ts';
import { usageFailure } from '../../client/cli/failure.ts';
import { resolveEndpoints } from '../../config/endpoints.ts';
import type { CommandFlags } from '../command-flags.ts';
import { openMarketHistory, venueOfUrl } from '../market-history.ts';
import type { DataContext } from './context.ts';
import { readInterval, readRange, readWords } from './flags.ts';

type VenueSeries = Exclude<ArchivedSeries, { kind: 'sentiment' }>;

export const ARCHIVED_INTERVALS = ['1m', '5m', '15m', '1h', '4h', '1d'] as const;

/** How often a page is asked again: the rate budget has room at the latest within the minute. */
const ATTEMPTS: Readonly<Record<'limited' | 'unreachable', number>> = {
  limited: 60,
  unreachable: 4,
};
const BETWEEN_MS = 1_000;

/** The series that the flags name. @throws CliFailure */
export function seriesOf(flags: CommandFlags): readonly VenueSeries[] {
  const assets = readWords(flags, 'assets', []);
  if (assets.length === 0) {
    throw usageFailure({
      field: 'assets',
      value: '',
      rule: 'must name at least one, as in BTC,ETH',
    });
  }
  const kinds = readKinds(flags);
  const intervals = readWords(flags, 'intervals', ARCHIVED_INTERVALS).map(readInterval);
  return assets.flatMap((asset): readonly VenueSeries[] => [
    ...(kinds.includes('candles')
      ? intervals.map((interval) => ({ kind: 'candles' as const, asset, interval }))
      : []),
    ...(kinds.includes('funding') ? [{ kind: 'funding' as const, asset }] : []),
  ]);
}

export function nameOfSeries(series: ArchivedSeries): string {
  if (series.kind === 'sentiment') return 'fear and greed';
  return series.kind === 'candles'
    ? `${series.asset} ${series.interval}`
    : `${series.asset} funding`;
}

export function readKinds(flags: CommandFlags): readonly string[] {
  const kinds = readWords(flags, 'kinds', ['candles', 'funding']);
  const wrong = kinds.find((kind) => kind !== 'candles' && kind !== 'funding');
  if (wrong === undefined) return kinds;
  throw usageFailure({ field: 'kinds', value: wrong, rule: 'must be candles or funding' });
}

/** Address and name of the venue that is asked. @throws CliFailure */
export function sourceOf(
  flags: CommandFlags,
  configuredUrl: string,
): { url: string; venue: string } {
  const url = flags.text('url') ?? configuredUrl;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw usageFailure({ field: 'url', value: url, rule: 'must be an http or https address' });
  }
  const venue = flags.text('venue') ?? venueOfUrl(url);
  if (venue !== undefined) return { url, venue };
  const rule = 'must be given with --url: whose data is it?';
  throw usageFailure({ field: 'venue', value: '', rule });
}

/** Repeats what failed for want of room or connection; everything that was stored stays. */
async function patiently<Value>(url: string, work: () => Promise<Value>): Promise<Value> {
  const failures = { limited: 0, unreachable: 0 };
  for (;;) {
    try {
      return await work();
    } catch (fault) {
      const isLimited = fault instanceof RateLimited;
      if (!isLimited && !(fault instanceof VenueUnreachable)) throw fault;
      const kind = isLimited ? 'limited' : 'unreachable';
      failures[kind] += 1;
      if (failures[kind] >= ATTEMPTS[kind]) throw new VenueUnreachable(`${url}: ${fault.message}`);
      await pause(BETWEEN_MS);
    }
  }
}

/** @throws VenueUnreachable, VenueDataCorrupt, RateLimited after many attempts */
export async function syncHyperliquid({
  flags,
  loaded,
  store,
  bar,
}: DataContext): Promise<readonly SeriesArchived[]> {
  const series = seriesOf(flags);
  const { fromMs } = readRange(flags);
  const { url, venue } = sourceOf(flags, loaded.config.market.hyperliquidUrl);
  const { endpoints } = resolveEndpoints(loaded);
  const worker = { config: loaded.config, endpoints };
  const history = openMarketHistory(worker, url, venue, (message) =>
    process.stderr.write(`rate limits are not shared: ${message}\n`),
  );
  const done: SeriesArchived[] = [];
  for (const one of series) {
    const name = nameOfSeries(one);
    bar.show(done.length, series.length, name);
    const startMs = Number.isFinite(fromMs) ? fromMs : 0;
    done.push(await patiently(url, () => archiveSeries({ history, store }, one, startMs)));
  }
  return done;
}
