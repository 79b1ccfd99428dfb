import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ledgerLook } from '../../../client/dashboard/ledger-look.ts';
import { protectionOf, sectionsOf } from '../../../client/dashboard/state.ts';
import { accountAddress } from '../../../domain/kernel/ids.ts';
import { createLedgerReader } from '../../../gateways/ledger/reader.ts';
import {
  ACCOUNT,
  DAY_MS,
  LAST_MS,
  type SeededLedger,
  sample,
  startSeededLedger,
} from '../seeded-ledger.ts';

let seeded: SeededLedger;
beforeAll(async () => {
  seeded = await startSeededLedger();
});
afterAll(() => seeded.close());

const lookAt = (account = ACCOUNT) => ledgerLook(createLedgerReader(seeded.pool), account);

describe('a look at the ledger', () => {
  test("today's profit starts at the first sample of the market's day", async () => {
    const facts = await lookAt()(undefined);
    expect(facts.dayStartEquity?.atMs).toBe(DAY_MS);
    expect(facts.firstEquity?.atMs).toBe(DAY_MS - 4 * 3_600_000);
    expect(facts.firstEquity).toEqual(facts.equity[0]);
  });

  test('the curve comes whole at first, then only what is new', async () => {
    const look = lookAt();
    expect((await look(undefined)).equity.at(-1)).toEqual({ atMs: LAST_MS, equityUsd: '10041.87' });
    expect((await look(LAST_MS)).equity).toEqual([]);
    await sample(seeded.ledger, LAST_MS + 1000, '10042.5');
    expect((await look(LAST_MS)).equity).toEqual([{ atMs: LAST_MS + 1000, equityUsd: '10042.5' }]);
  });

  test('a fill leads to the workflow of its order', async () => {
    const { fills } = await lookAt()(undefined);
    expect(fills[0]?.workflowId).toContain(`order:${ACCOUNT}:demo-`);
  });

  test('a session shows the newest decision of each asset', async () => {
    const { sessions } = await lookAt()(undefined);
    expect(sessions[0]).toMatchObject({ name: 'demo', status: 'running', assets: ['BTC', 'ETH'] });
    expect(sessions[0]?.decisions).toEqual([
      expect.objectContaining({ asset: 'BTC', summary: expect.stringContaining('open long') }),
    ]);
  });

  test('an account without any history is empty, not an error', async () => {
    const facts = await lookAt(accountAddress(`0x${'c'.repeat(40)}`))(undefined);
    const sections = sectionsOf({ account: ACCOUNT, network: 'paper' }, facts, undefined);
    expect(sections.figures).toMatchObject({ equityUsd: null, todayPnlUsd: null, fills: 0 });
    expect(sections.positions).toEqual([]);
  });
});

describe('protection of a position', () => {
  test('it is full, partial or none by what rests on the venue', async () => {
    const { positions, openOrders } = await lookAt()(undefined);
    const [btc, eth] = positions;
    if (btc === undefined || eth === undefined) throw new Error('two positions were seeded');
    expect(protectionOf(btc, openOrders)).toEqual({ cover: 'full', stopPx: '65871' });
    expect(protectionOf(eth, openOrders)).toEqual({ cover: 'partial', stopPx: '1985.5' });
    expect(protectionOf(btc, [])).toEqual({ cover: 'none', stopPx: null });
  });

  test('a stop that nobody knows to rest protects nothing', async () => {
    const { positions, openOrders } = await lookAt()(undefined);
    const [btc] = positions;
    if (btc === undefined) throw new Error('a position was seeded');
    const doubtful = openOrders.map((order) => ({ ...order, status: 'IN_DOUBT' }));
    expect(protectionOf(btc, doubtful).cover).toBe('none');
  });
});
