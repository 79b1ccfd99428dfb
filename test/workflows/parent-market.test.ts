/** Parents that follow the market, against scripted legs and prices. Every run is replayed. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ParentSpec } from '../../domain/execution/parents/parent.ts';
import { fraction, px, sizeBase } from '../../domain/kernel/decimal.ts';
import { cancelUpdate, parentStateQuery } from '../../workflows/parent/parent.messages.ts';
import { eventually } from './support/eventually.ts';
import { type PlayParent, playParent, startParentRig } from './support/parent-scene.ts';
import type { Rig } from './support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startParentRig('real');
}, 120_000);
afterAll(() => rig.close());
const play: PlayParent = (...scene) => playParent(rig, ...scene);

const size = sizeBase('0.5');

// A watch that runs holds the skipping of time, so these scenes take as long as they say, and run on
// the server that users have: the one that skips time sometimes loses the task of a cancelled watch.
describe('a trailing stop', () => {
  const trail: ParentSpec = {
    kind: 'trailingStop',
    side: 'sell',
    sizeBase: size,
    trailFraction: fraction('0.02'),
  };

  test('follows the mark by whole steps, never down, the new stop before the old one', async () => {
    await play('trail', trail, async ({ legs, handle, living }) => {
      await living('stop-0');
      expect(legs.leg('stop-0').intent).toMatchObject({ triggerPx: '98000', leg: 'protect' });
      await legs.tell('stop-0', 'SUBMITTED');
      await eventually(async () => legs.watches.length > 0);
      legs.markPx = 101_000;
      await living('stop-0', 'stop-1');
      expect(legs.leg('stop-1').intent).toMatchObject({ triggerPx: '98980' });
      await legs.tell('stop-1', 'SUBMITTED');
      await living('stop-1');
      await eventually(async () => legs.watches.length === 2);
      legs.markPx = 99_500;
      await legs.fill('stop-1');
      expect(await handle.result()).toMatchObject({ status: 'DONE' });
      expect(legs.starts).toBe(2);
    });
  });

  test('prices in between leave no trace in the history', async () => {
    await play('trail-quiet', trail, async ({ legs, handle, living }) => {
      await living('stop-0');
      await legs.tell('stop-0', 'SUBMITTED');
      await eventually(async () => legs.watches.length > 0);
      for (let step = 1; step < 20; step += 1) {
        const looks = legs.looks;
        legs.markPx = 100_000 + step * 5;
        await eventually(async () => legs.looks > looks);
      }
      const end = await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] });
      expect(end).toMatchObject({ status: 'STOPPED', reason: 'enough' });
      // The one watch that was set has seen them all, and none of them ended it.
      const { events } = await handle.fetchHistory();
      const set = events?.map((event) => event.activityTaskScheduledEventAttributes?.activityType);
      expect(set?.filter((type) => type?.name === 'watchMarket')).toHaveLength(1);
    });
  });
});

describe('a chase', () => {
  const chase: ParentSpec = {
    kind: 'chase',
    side: 'buy',
    sizeBase: size,
    reduceOnly: false,
    worstPx: px(100_500),
    holdMs: 1_000,
    durationMs: 600_000,
  };

  test('a quote is replaced only after its end is proven, and follows no further than its bound', async () => {
    await play('chase', chase, async ({ legs, handle, living }) => {
      await living('quote-0');
      expect(legs.leg('quote-0').intent).toMatchObject({ limitPx: '99999', timeInForce: 'ALO' });
      legs.obedient = false;
      await legs.tell('quote-0', 'SUBMITTED');
      await eventually(async () => {
        const { legs: known } = await handle.query(parentStateQuery);
        return known[0]?.status === 'SUBMITTED' && legs.watches.length > 0;
      });
      legs.markPx = 101_000;
      await eventually(async () => legs.cancelsAsked.includes('quote-0'));
      expect(legs.live).toEqual(['quote-0']);
      await legs.tell('quote-0', 'CANCELLED', '0.1');
      await living('quote-1');
      expect(legs.leg('quote-1').intent).toMatchObject({ limitPx: '100500', sizeBase: '0.4' });
      await legs.fill('quote-1');
      expect(await handle.result()).toMatchObject({ status: 'DONE', filledBase: '0.5' });
    });
  });

  test('time ends it', async () => {
    await play('chase-late', { ...chase, durationMs: 2_000 }, async ({ legs, handle, living }) => {
      await living('quote-0');
      await legs.tell('quote-0', 'SUBMITTED');
      expect(await handle.result()).toMatchObject({ status: 'STOPPED', filledBase: '0' });
    });
  });
});
