/** Keeping market data before the venue lets it go. */
import { Context } from '@temporalio/activity';
import { type ArchivePorts, archiveSentiment, archiveSeries } from './archive-series.ts';
import { withFailures } from './failures.ts';
import type { ArchiveActivities } from './interfaces/archive.ts';

/** @param ports the outside world, built in `workers/compose.ts` */
export const createArchiveActivities = (ports: ArchivePorts): ArchiveActivities =>
  withFailures<ArchiveActivities>({
    archiveSeries: (series) =>
      series.kind === 'sentiment'
        ? archiveSentiment(ports)
        : archiveSeries(ports, series, 0, (added) => Context.current().heartbeat({ added })),
  });
