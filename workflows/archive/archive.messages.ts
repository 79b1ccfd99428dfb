/** The archive workflow's contract: a schedule starts it with the series that are to be kept. */
import type { ArchivedSeries, SeriesArchived } from '../../activities/interfaces/archive.ts';

export type { ArchivedSeries, SeriesArchived } from '../../activities/interfaces/archive.ts';

export const ARCHIVE_WORKFLOW = 'candleArchive';

export interface ArchiveInput {
  readonly series: readonly ArchivedSeries[];
  /** What earlier runs of this chain did. */
  readonly carried?: ArchiveResult;
}

export interface ArchiveResult {
  readonly archived: readonly SeriesArchived[];
  readonly failed: readonly { readonly series: ArchivedSeries; readonly reason: string }[];
}
