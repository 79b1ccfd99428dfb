/** The archive workflow against scripted activities; its histories are replayed. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { ArchivedSeries } from '../../activities/interfaces/archive.ts';
import type { candleArchive } from '../../workflows/archive/archive.workflow.ts';
import { type Rig, startRig } from './support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(['archiveSeries']);
}, 120_000);
afterAll(() => rig.close());

const SERIES: readonly ArchivedSeries[] = [
  { kind: 'candles', asset: 'BTC', interval: '1m' },
  { kind: 'candles', asset: 'ETH', interval: '1m' },
  { kind: 'funding', asset: 'BTC' },
  { kind: 'sentiment' },
];

const nameOf = (series: ArchivedSeries): string =>
  series.kind === 'sentiment' ? series.kind : `${series.asset} ${series.kind}`;

const run = (workflowId: string, series: readonly ArchivedSeries[]) =>
  rig.env.client.workflow.execute<typeof candleArchive>('candleArchive', {
    workflowId,
    taskQueue: rig.taskQueue,
    args: [{ series }],
  });

const done = (series: ArchivedSeries) => ({
  series,
  pages: 1,
  added: 7,
  disagreeing: 0,
  lostBars: 0,
});

describe('the archive workflow', () => {
  test('asks for each series in turn, and repeats what the venue did not answer', async () => {
    const asked: string[] = [];
    const script = {
      async archiveSeries(series: ArchivedSeries) {
        asked.push(nameOf(series));
        if (asked.length === 1) throw ApplicationFailure.retryable('no answer', 'VenueUnreachable');
        return done(series);
      },
    };
    await rig.play('archive-in-turn', script, async () => {
      expect(await run('archive-in-turn', SERIES)).toEqual({
        archived: SERIES.map(done),
        failed: [],
      });
    });
    expect(asked).toEqual([
      'BTC candles',
      'BTC candles',
      'ETH candles',
      'BTC funding',
      'sentiment',
    ]);
  });

  test('goes on after a series that cannot be had, and says which', async () => {
    const script = {
      async archiveSeries(series: ArchivedSeries) {
        if (nameOf(series) === 'ETH candles')
          throw ApplicationFailure.nonRetryable('no such coin', 'VenueDataCorrupt');
        return done(series);
      },
    };
    await rig.play('archive-with-failure', script, async () => {
      const { archived, failed } = await run('archive-with-failure', SERIES);
      expect(archived).toHaveLength(3);
      expect(failed).toEqual([{ series: SERIES[1], reason: 'no such coin' }]);
    });
  });

  test('fails when nothing could be had, so that its schedule shows it', async () => {
    const script = {
      archiveSeries: () => Promise.reject(ApplicationFailure.nonRetryable('no such coin')),
    };
    await rig.play('archive-of-nothing', script, async () => {
      await expect(run('archive-of-nothing', SERIES)).rejects.toThrow();
    });
  });
});
