import { expect, test } from '@jest/globals';
import { describeRecord, entryOf } from './record.ts';
import { KEPT } from './sample-run.ts';

const entry = {
  ...entryOf(1, KEPT, [], 'abc1234'),
  recoveries: { ledger: [100, 300], worker: [50] },
};

test('the page counts what the seeds came to', () => {
  const page = describeRecord([entry, { ...entry, seed: 2, recoveries: { ledger: [200] } }]);
  expect(page).toContain('**2 seeds: 2 orders asked for');
  expect(page).toContain('| ledger | 3 | 200 | 300 | 300 |');
  expect(page).toContain('No order was lost');
});

test('a broken seed stays on the page with what it broke', () => {
  const page = describeRecord([entry, { ...entry, seed: 2, problems: ['I1 x: orders 1, 2'] }]);
  expect(page).toContain('1 of the seeds broke a promise');
  expect(page).toContain('- I1 x: orders 1, 2');
});
