/** `perpetua data sync`: what is missing, from where it is. Safe to stop and to repeat at any time. */
import { join } from 'node:path';
import type { SeriesArchived } from '../../activities/interfaces/archive.ts';
import { RateLimited, VenueDataCorrupt, VenueUnreachable } from '../../activities/ports/errors.ts';
import { CliFailure } from '../../client/cli/failure.ts';
import { type Report, report } from '../../client/cli/report.ts';
import { readWord } from '../../client/cli/values.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { describeFinding } from '../../domain/market/history/finding.ts';
import { makeRows } from '../../domain/market/history/rows.ts';
import { FEAR_AND_GREED } from '../../gateways/candle-store/fear-and-greed.ts';
import { createFearGreed } from '../../gateways/sentiment/fear-greed.ts';
import type { DataContext } from './context.ts';
import { runSchedule } from './schedule.ts';
import { formatCount, formatMoment } from './show.ts';
import { syncBinance } from './sync-binance.ts';
import { nameOfSeries, sourceOf, syncHyperliquid } from './sync-hyperliquid.ts';

const SOURCES = ['hyperliquid', 'binance', 'fear-greed'] as const;

function lineOf({ series, told, added, disagreeing, lostBars }: SeriesArchived): string {
  const name = nameOfSeries(series);
  const parts = [
    `${formatCount(added)} new`,
    ...(told === 0 ? ['the venue tells nothing of it'] : []),
    ...(disagreeing > 0 ? [`${formatCount(disagreeing)} told differently before`] : []),
    ...(lostBars > 0 ? [`${formatCount(lostBars)} bars are no longer served`] : []),
  ];
  return `${name}: ${parts.join(', ')}`;
}

/** Exit code 5 when the venue tells nothing at all of one of the series. */
async function fromHyperliquid(context: DataContext): Promise<Report> {
  const series = await syncHyperliquid(context);
  const added = series.reduce((sum, one) => sum + one.added, 0);
  const text = (): string => [...series.map(lineOf), `${formatCount(added)} new rows`].join('\n');
  const isUnknown = series.some(({ told }) => told === 0);
  const document = { source: 'hyperliquid', added, series };
  return report(document, text, isUnknown ? EXIT.notFound : EXIT.done);
}

async function fromBinance(context: DataContext): Promise<Report> {
  const files = await syncBinance(context);
  const count = (outcome: string): number => files.filter((one) => one.outcome === outcome).length;
  const added = files.reduce((sum, one) => sum + one.added, 0);
  const refused = files.filter(({ outcome }) => outcome === 'refused');
  const document = { source: 'binance', added, files };
  const text = (): string =>
    [
      ...refused.flatMap(({ url, findings }) =>
        findings.map((one) => `refused: ${url}: ${describeFinding(one)}`),
      ),
      `${count('imported')} files imported, ${count('known')} known, ${count('absent')} not in the archive, ` +
        `${refused.length} refused: ${formatCount(added)} new rows`,
    ].join('\n');
  return report(document, text, refused.length > 0 ? EXIT.failed : EXIT.done);
}

/** A stale index is stored no further, and says so by its exit code: the source is unreachable. */
async function fromFearGreed({ flags, loaded, store }: DataContext): Promise<Report> {
  const { url } = sourceOf(flags, loaded.config.market.fearGreedUrl);
  const sentiment = createFearGreed(url, join(store.root, 'fear-greed.json'));
  const { days, fetchedMs, isStale, problem } = await sentiment.fearGreed();
  const rows = makeRows(days.length, 1);
  for (const [at, { timeMs, value }] of days.entries()) {
    rows.timeMs[at] = timeMs;
    rows.values[0]?.fill(value, at, at + 1);
  }
  const { added } = await store.append({ key: FEAR_AND_GREED, rows, source: url });
  const latest = days.at(-1);
  const document = {
    source: 'fear-greed',
    added,
    days: days.length,
    latest,
    fetchedMs,
    isStale,
    problem,
  };
  const text = (): string => {
    const now = `${formatCount(days.length)} days, ${formatCount(added)} new, the last: ${latest?.value} at ${formatMoment(latest?.timeMs)}`;
    return isStale ? `${now}\nstale, fetched ${formatMoment(fetchedMs)}: ${problem}` : now;
  };
  return report(document, text, isStale ? EXIT.unreachable : EXIT.done);
}

function failureOf(fault: unknown): unknown {
  if (fault instanceof VenueUnreachable || fault instanceof RateLimited) {
    const mend = 'run it again: it goes on from what is stored';
    return new CliFailure(EXIT.unreachable, fault.message, { mend, cause: fault });
  }
  if (fault instanceof VenueDataCorrupt)
    return new CliFailure(EXIT.failed, fault.message, { cause: fault });
  return fault;
}

export async function runSync(context: DataContext): Promise<Report> {
  const { flags, bar } = context;
  const source = readWord('source', flags.text('source') ?? 'hyperliquid', SOURCES);
  try {
    if (flags.is('schedule') || flags.is('unschedule')) return await runSchedule(context, source);
    if (source === 'binance') return await fromBinance(context);
    return source === 'fear-greed' ? await fromFearGreed(context) : await fromHyperliquid(context);
  } catch (fault) {
    throw failureOf(fault);
  } finally {
    bar.clear();
  }
}
