import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLedgerReader } from '../../../gateways/ledger/reader.ts';
import { cloidOf } from '../../gateways/ledger/test-ledger.ts';
import { ENTRY_KEY, type SeededLedger, SIGNER, startSeededLedger } from '../seeded-ledger.ts';
import { documentOf, run } from './fake-world.ts';

let seeded: SeededLedger;
beforeAll(async () => {
  seeded = await startSeededLedger();
});
afterAll(() => seeded.close());

const why = (id: string, ...more: string[]) =>
  run(['why', id, ...more], { ledger: createLedgerReader(seeded.pool) });

describe('why', () => {
  test('the story is told in the order in which it happened', async () => {
    const { stdout, exit } = await why(ENTRY_KEY);
    expect(exit).toBe(0);
    const titles = stdout.split('\n').filter((line) => /^\S/.test(line));
    expect(titles).toEqual([
      'Bar',
      'Signal',
      'Sizing',
      'Risk',
      'Intent',
      'Envelope',
      expect.stringMatching(/^Steps since 2026-03-02 10:58:25Z$/),
      'Fills',
      'Result',
    ]);
  });

  test.each([
    ['the signal and its reason', 'long, strength 0.62: EMA 9 (66,812.4) crossed above EMA 30'],
    ['the size, the stop and the loss there', 'stop 65871, loss at the stop 34.9 USD'],
    [
      'the targets, and where the stop goes then',
      'targets: 0.5 of it gone at 67733, all of it gone at 68664; after the first the stop moves to 66802',
    ],
    ['what the order is for', 'opens the position that the signal asked for'],
    [
      'every check that passed, with its numbers',
      'position: position 0.2499: must be at most the limit; limit 0.25',
    ],
    ['the signed action', 'action {"type":"order"'],
    ['who signed', SIGNER],
    ['each step with its time since the first', '+0.012 s  sent  sends 1'],
    ['the fill with its fee', 'buy 0.0374 at 66804 (taker, Open Long), fee 1.124314 USDC'],
    ['the result', 'filled 0.0374 of 0.0374 at 66804, fees 1.124314 USD, closed PnL 0.00 USD'],
  ])('it has %s', async (_what, text) => {
    expect((await why(ENTRY_KEY)).stdout).toContain(text);
  });

  test('cloid, venue order id and workflow id lead to the same story', async () => {
    const byKey = documentOf(await why(ENTRY_KEY, '--json'));
    for (const id of [cloidOf(ENTRY_KEY), '41', String(byKey.workflowId)]) {
      expect(documentOf(await why(id, '--json'))).toEqual(byKey);
    }
    expect(byKey).toMatchObject({ status: 'FILLED', decision: { inputsHash: 'c0ffee' } });
  });

  test('the story of a stop begins with the decision that sized what it protects', async () => {
    const { stdout } = await why('demo-lz3k1/BTC/protect-1');
    expect(stdout).toContain('leaves the position at its protective stop');
    const told = documentOf(await why('demo-lz3k1/BTC/protect-1', '--json'));
    expect(told).toMatchObject({ decision: { decisionId: 'decision-1' } });
  });

  test('an order without a decision has the rest of its story', async () => {
    const { stdout, exit } = await why('demo-lz3k1/ETH/protect-1');
    expect(exit).toBe(0);
    expect(stdout).not.toContain('Signal');
    expect(stdout).toContain('none: nothing was ever ready to be sent');
  });

  test('what the ledger does not know exits with 5', async () => {
    const done = await why('nope', '--json');
    expect(done.exit).toBe(5);
    expect(documentOf(done).error).toMatchObject({ field: 'order', value: 'nope' });
  });
});
