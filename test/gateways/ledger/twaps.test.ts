import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ParentView } from '../../../domain/execution/parents/parent-view.ts';
import { sizeBase } from '../../../domain/kernel/decimal.ts';
import {
  type AccountAddress,
  accountAddress,
  type IntentId,
  intentId,
} from '../../../domain/kernel/ids.ts';
import { createLedger } from '../../../gateways/ledger/ledger.ts';
import { createTwapLedger } from '../../../gateways/ledger/twaps.ts';
import {
  cloidOf,
  draftOf,
  intentOf,
  NOW_MS,
  startTestLedger,
  type TestLedger,
  venueFill,
} from './test-ledger.ts';

let source: TestLedger;
beforeAll(async () => {
  source = await startTestLedger();
});
afterAll(() => source.close());

let accounts = 0x900;
const freshAccount = (): AccountAddress => {
  accounts += 1;
  return accountAddress(`0x${accounts.toString(16).padStart(40, '0')}`);
};
const [A, B] = [intentId('a'), intentId('b')];

async function record(
  account: AccountAddress,
  id: IntentId,
  version: number,
  changes: Partial<ParentView> = {},
): Promise<void> {
  const view: ParentView = {
    intent: {
      network: 'paper',
      account,
      intentId: id,
      strategy: 'manual',
      asset: 'BTC',
      spec: {
        kind: 'venueTwap',
        side: 'buy',
        sizeBase: sizeBase('1'),
        reduceOnly: false,
        durationMs: 300_000,
        randomize: false,
      },
    },
    status: 'WORKING',
    startedMs: NOW_MS,
    legs: [],
    filledBase: sizeBase('0'),
    ...changes,
  };
  await createLedger(source.pool).recordParent(view, `parent:${id}`, version, NOW_MS);
}

describe('the lane of an asset', () => {
  const taking = (account: AccountAddress, id: IntentId, asset = 'BTC') =>
    createTwapLedger(source.pool).takeTwapLane(account, asset, id);

  test('is one TWAP’s at a time, until its id is known', async () => {
    const account = freshAccount();
    await record(account, A, 1);
    expect([await taking(account, A), await taking(account, A)]).toEqual([true, true]);
    expect(await taking(account, B)).toBe(false);
    await record(account, A, 2, { venueTwap: { twapId: 5 } });
    expect(await taking(account, B)).toBe(true);
    expect(await taking(account, A)).toBe(false);
  });

  test('is free again when its holder has ended, whatever became of it', async () => {
    const account = freshAccount();
    await record(account, A, 1);
    await taking(account, A);
    await record(account, A, 2, { status: 'STOPPED' });
    expect(await taking(account, B)).toBe(true);
  });

  test('stays with a holder of whom nothing is recorded: it may be on its way', async () => {
    const account = freshAccount();
    await taking(account, A);
    expect(await taking(account, B)).toBe(false);
  });

  test('of another asset, or account, is another one', async () => {
    const account = freshAccount();
    await taking(account, A);
    expect(await taking(account, B, 'ETH')).toBe(true);
    expect(await taking(freshAccount(), B)).toBe(true);
  });

  test('goes to exactly one of many that ask at once', async () => {
    const account = freshAccount();
    const ids = Array.from({ length: 12 }, (_none, index) => intentId(`racer-${index}`));
    const taken = await Promise.all(ids.map((id) => taking(account, id)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });
});

describe('whose a TWAP is', () => {
  test('is told of the others alone', async () => {
    const account = freshAccount();
    await record(account, A, 1, { venueTwap: { twapId: 5 } });
    await record(account, B, 1, { venueTwap: { twapId: 6 } });
    const others = await createTwapLedger(source.pool).twapsOfOthers(account, B, [5, 6, 7]);
    expect([...others]).toEqual([5]);
  });

  test('is known for ours also when its parent has ended, and no other account’s is', async () => {
    const account = freshAccount();
    await record(account, A, 1, { venueTwap: { twapId: 5 }, status: 'STOPPED' });
    await record(freshAccount(), B, 1, { venueTwap: { twapId: 6 } });
    const ours = await createTwapLedger(source.pool).ourTwaps(account, [5, 6, 7]);
    expect([...ours]).toEqual([5]);
  });

  test('is kept with each of its slices, and their parent', async () => {
    const account = freshAccount();
    const ledger = createLedger(source.pool);
    await record(account, A, 1, { venueTwap: { twapId: 5 } });
    const { cloid: _none, ...slice } = venueFill(1);
    await ledger.recordFills(account, [{ ...slice, twapId: 5 }, venueFill(2)]);
    const fills = await ledger.fillsOf(account, 0);
    expect(fills.map(({ twapId }) => twapId)).toEqual([5, undefined]);
    const { rows } = await source.pool.query(
      `select p.intent_id, sum(f.size_base)::text as filled from fills f
         join parents p using (account, twap_id) where account = $1 group by p.intent_id`,
      [account],
    );
    expect(rows).toEqual([{ intent_id: 'a', filled: slice.sizeBase }]);
  });
});

test('an envelope of a TWAP is not taken for an order that nobody recorded', async () => {
  const account = freshAccount();
  const ledger = createLedger(source.pool);
  const draft = (key: string, workflowId: string) => ({
    ...draftOf(key),
    cloid: cloidOf(`${key}-${account}`),
    account,
    workflowId,
    intent: { ...intentOf(key), account },
  });
  await ledger.prepareEnvelope(draft('t/whole', `parent:${account}:t`));
  await ledger.prepareEnvelope(draft('o', `order:${account}:o`));
  const open = await ledger.openOrders(account);
  expect(open.map(({ intent }) => intent.intentId)).toEqual(['o']);
});
