/** Temporal Schedules of market data: the archives of `data sync --schedule`, and any other's begin and end. */
import {
  Client,
  Connection,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
} from '@temporalio/client';
import { CliFailure, usageFailure } from '../../client/cli/failure.ts';
import { type Report, report } from '../../client/cli/report.ts';
import { readDurationMs } from '../../client/cli/values.ts';
import { resolveEndpoints } from '../../config/endpoints.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { servedForMs } from '../../gateways/hyperliquid/history.ts';
import {
  ARCHIVE_WORKFLOW,
  type ArchivedSeries,
  type ArchiveInput,
} from '../../workflows/archive/archive.messages.ts';
import type { DataContext } from './context.ts';
import { seriesOf } from './sync-hyperliquid.ts';

const CONNECT_TIMEOUT = '5s';
const HOUR_MS = 3_600_000;
/** A quarter of what the venue serves: three runs may fail before a bar is lost. */
const PART_OF_WINDOW = 4;

export const archiveScheduleId = (deployment: string): string => `candle-archive:${deployment}`;
export const sentimentScheduleId = (deployment: string): string =>
  `sentiment-archive:${deployment}`;

/** @throws CliFailure when bars could slide out of the venue's window between runs */
function checkPace(everyMs: number, series: readonly ArchivedSeries[]): void {
  for (const one of series) {
    if (one.kind !== 'candles') continue;
    const mostMs = servedForMs(one.interval) / PART_OF_WINDOW;
    if (everyMs <= mostMs) continue;
    const rule = `must be at most ${Math.floor(mostMs / HOUR_MS)}h for bars of ${one.interval}: the venue serves 5,000 of them`;
    throw usageFailure({ field: 'every', value: `${everyMs / HOUR_MS}h`, rule });
  }
}

/** What a schedule starts, and how often. */
interface Begun {
  readonly workflowType: string;
  readonly everyMs: number;
  readonly input: unknown;
}

async function begin(
  client: Client,
  scheduleId: string,
  taskQueue: string,
  { workflowType, everyMs, input }: Begun,
) {
  const spec = { intervals: [{ every: everyMs }] };
  const action = {
    type: 'startWorkflow' as const,
    workflowType,
    workflowId: scheduleId,
    taskQueue,
    args: [input],
  };
  const policies = { overlap: 'SKIP' as const, catchupWindow: everyMs };
  try {
    await client.schedule.create({ scheduleId, spec, action, policies });
    await client.schedule.getHandle(scheduleId).trigger();
    return 'begun';
  } catch (fault) {
    if (!(fault instanceof ScheduleAlreadyRunning)) throw fault;
    await client.schedule
      .getHandle(scheduleId)
      .update((before) => ({ ...before, spec, action, policies }));
    return 'changed';
  }
}

async function end(client: Client, scheduleId: string): Promise<'ended' | 'absent'> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
    return 'ended';
  } catch (fault) {
    if (fault instanceof ScheduleNotFoundError) return 'absent';
    throw fault;
  }
}

/** Begins or changes a schedule of this deployment, or ends it when there is nothing to begin. */
export async function schedule(
  { loaded }: Pick<DataContext, 'loaded'>,
  idOf: (deployment: string) => string,
  begun: Begun | undefined,
): Promise<{ readonly id: string; readonly done: 'begun' | 'changed' | 'ended' | 'absent' }> {
  const {
    temporalAddress: address,
    namespace,
    taskQueue,
    deployment,
  } = resolveEndpoints(loaded).endpoints;
  const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT }).catch(
    () => {
      throw new CliFailure(EXIT.unreachable, `Temporal ${address}: cannot be reached`, {
        mend: 'perpetua up',
      });
    },
  );
  try {
    const client = new Client({ connection, namespace });
    const id = idOf(deployment);
    const done = begun ? await begin(client, id, taskQueue, begun) : await end(client, id);
    return { id, done };
  } finally {
    await connection.close();
  }
}

export async function runSchedule(context: DataContext, source: string): Promise<Report> {
  const { flags } = context;
  if (source === 'binance') {
    const rule = 'must be hyperliquid or fear-greed with --schedule';
    throw usageFailure({ field: 'source', value: source, rule });
  }
  const isEnding = flags.is('unschedule');
  const isIndex = source === 'fear-greed';
  const series = isEnding ? [] : isIndex ? [{ kind: 'sentiment' } as const] : seriesOf(flags);
  const everyMs = readDurationMs('every', flags.text('every') ?? '1h');
  checkPace(everyMs, series);
  const input: ArchiveInput = { series };
  const { id, done } = await schedule(
    context,
    isIndex ? sentimentScheduleId : archiveScheduleId,
    isEnding ? undefined : { workflowType: ARCHIVE_WORKFLOW, everyMs, input },
  );
  const document = { schedule: id, done, everyMs, series };
  const what = `${series.length} series every ${everyMs / HOUR_MS} h`;
  const text = isEnding ? `schedule ${id}: ${done}` : `schedule ${id}: ${done}, ${what}`;
  return report(document, () => text, done === 'absent' ? EXIT.notFound : EXIT.done);
}
