/**
 * Fetches what is missing of each series, one after the other: they share one rate budget. A series
 * that cannot be fetched does not keep the others from it; a run of which nothing came fails.
 */
import {
  ApplicationFailure,
  continueAsNew,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type {
  ArchiveActivities,
  ArchivedSeries,
  SeriesArchived,
} from '../../activities/interfaces/archive.ts';
import { reasonOf } from '../support/fault-text.ts';
import { historyIsLong } from '../support/history.ts';
import type { ArchiveInput, ArchiveResult } from './archive.messages.ts';

const { archiveSeries } = proxyActivities<ArchiveActivities>({
  // The first time, 35 pages of funding wait for their share of the rate budget.
  startToCloseTimeout: '15m',
  heartbeatTimeout: '60s',
  retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 10 },
});

export async function candleArchive({ series, carried }: ArchiveInput): Promise<ArchiveResult> {
  const archived: SeriesArchived[] = [...(carried?.archived ?? [])];
  const failed: { series: ArchivedSeries; reason: string }[] = [...(carried?.failed ?? [])];
  for (const [at, one] of series.entries()) {
    try {
      archived.push(await archiveSeries(one));
    } catch (fault) {
      if (isCancellation(fault)) throw fault;
      failed.push({ series: one, reason: reasonOf(fault) });
    }
    const left = series.slice(at + 1);
    if (left.length > 0 && historyIsLong()) {
      await continueAsNew<typeof candleArchive>({ series: left, carried: { archived, failed } });
    }
  }
  const [first] = failed;
  if (archived.length === 0 && first !== undefined) {
    throw ApplicationFailure.nonRetryable(`no series was archived: ${first.reason}`);
  }
  return { archived, failed };
}
