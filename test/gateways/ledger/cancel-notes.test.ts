import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createNoteCancels } from '../../../gateways/ledger/cancel-notes.ts';
import { createLedger } from '../../../gateways/ledger/ledger.ts';
import { readOrderStory } from '../../../gateways/ledger/order-story.ts';
import { cloidOf, draftOf, NOW_MS, startTestLedger, type TestLedger } from './test-ledger.ts';

let source: TestLedger;
beforeAll(async () => {
  source = await startTestLedger();
});
afterAll(() => source.close());

describe('a cancel together with others', () => {
  test('is a step of the story of each, once; an unknown cloid is nobody', async () => {
    const ledger = createLedger(source.pool);
    const noteCancels = createNoteCancels(source.pool);
    const keys = ['first', 'second'];
    for (const key of keys) await ledger.prepareEnvelope(draftOf(key));
    const cloids = [...keys, 'never stored'].map(cloidOf);
    const note = { atMs: NOW_MS + 5, reason: 'halted: drill', together: 3 };
    await noteCancels(cloids, note);
    await noteCancels(cloids, note);
    for (const key of keys) {
      const story = await readOrderStory(source.pool, key);
      expect(story?.steps).toEqual([
        { atMs: NOW_MS + 5, what: 'cancelSent', detail: { reason: 'halted: drill', together: 3 } },
      ]);
    }
  });
});
