/** The ledger takes no entry of a session that is stopping: whatever it took before is known then. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sealedAction } from '../../../activities/ports/envelope.ts';
import type { LedgerPort, SessionRow } from '../../../activities/ports/ledger.ts';
import { createLedger } from '../../../gateways/ledger/ledger.ts';
import { migrate } from '../../../gateways/ledger/migrate.ts';
import { ACCOUNT, draftOf, intentOf, startTestLedger, type TestLedger } from './test-ledger.ts';

let source: TestLedger;
let ledger: LedgerPort;
let updatedMs = 1;
beforeAll(async () => {
  source = await startTestLedger();
  ledger = createLedger(source.pool);
});
beforeEach(async () => {
  await source.reset();
  await migrate(source.pool);
});
afterAll(() => source.close());

async function demoIs(status: SessionRow['status']): Promise<void> {
  updatedMs += 1;
  const row = { account: ACCOUNT, name: 'demo', workflowId: 'w', config: {} };
  await ledger.recordSession({ ...row, status, updatedMs });
}
const over = (status: string) => ({
  name: 'SessionOver',
  message: `session "demo": is ${status}: it opens no position any more`,
});

describe('an entry of a session', () => {
  test.each(['stopping', 'stopped'] as const)('that is %s is not stored', async (status) => {
    await demoIs(status);
    await expect(ledger.prepareEnvelope(draftOf('a'))).rejects.toMatchObject(over(status));
    expect(await ledger.openOrders(ACCOUNT)).toEqual([]);
  });

  test.each(['running', 'paused', 'draining'] as const)('that is %s is stored', async (status) => {
    await demoIs(status);
    expect(await ledger.prepareEnvelope(draftOf('a'))).toMatchObject({ inserted: true });
  });

  test('that nobody has recorded is stored, and so is one of a session that was started again', async () => {
    expect(await ledger.prepareEnvelope(draftOf('a'))).toMatchObject({ inserted: true });
    await demoIs('stopped');
    await demoIs('running');
    expect(await ledger.prepareEnvelope(draftOf('b'))).toMatchObject({ inserted: true });
  });

  test('that was stored before stands, and is found among the open orders', async () => {
    await ledger.prepareEnvelope(draftOf('a'));
    await demoIs('stopping');
    expect(await ledger.prepareEnvelope(draftOf('a'))).toMatchObject({ inserted: false });
    const [open] = await ledger.openOrders(ACCOUNT);
    expect(open?.intent.intentId).toBe('a');
  });

  test('waits for a stop that is being recorded, and is not stored then', async () => {
    await demoIs('running');
    const client = await source.pool.connect();
    try {
      await client.query('begin');
      await client.query("update sessions set status = 'stopping'");
      const stored = ledger.prepareEnvelope(draftOf('a'));
      stored.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await client.query('commit');
      await expect(stored).rejects.toMatchObject(over('stopping'));
    } finally {
      client.release();
    }
  });
});

describe('of a session that has stopped', () => {
  test.each(['exit', 'protect', 'target'] as const)('the %s is stored', async (leg) => {
    await demoIs('stopped');
    const draft = draftOf('a', { intent: { ...intentOf('a'), leg, reduceOnly: true } });
    expect(await ledger.prepareEnvelope(draft)).toMatchObject({ inserted: true });
  });

  test('the place of an entry can be sealed', async () => {
    await demoIs('stopped');
    const draft = draftOf('a', { action: sealedAction() });
    expect(await ledger.prepareEnvelope(draft)).toMatchObject({ inserted: true });
  });
});
