/** Parent orders on real parts: Temporal, ledger, paper exchange and the trading worker, over the wire. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BenchStack, startBenchStack } from '../../bench/stack.ts';
import type { ParentSpec } from '../../domain/execution/parents/parent.ts';
import type { ParentView } from '../../domain/execution/parents/parent-view.ts';
import { fraction, px, sizeBase } from '../../domain/kernel/decimal.ts';
import { intentId, parentWorkflowId } from '../../domain/kernel/ids.ts';
import {
  cancelUpdate,
  newParent,
  parentStateQuery,
  startedUpdate,
} from '../../workflows/parent/parent.messages.ts';
import type { parent } from '../../workflows/parent/parent.workflow.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import { eventually } from '../workflows/support/eventually.ts';

let stack: BenchStack;
let mid: number;
beforeAll(async () => {
  stack = await startBenchStack();
  mid = Math.round(Number(await stack.parts.market.midPx('BTC')));
}, 150_000);
afterAll(() => stack.close(), 60_000);

async function start(key: string, spec: ParentSpec) {
  const { account, client, endpoints } = stack;
  const id = intentId(key);
  const intent = {
    network: 'paper',
    account,
    intentId: id,
    strategy: 'manual',
    asset: 'BTC',
    spec,
  } as const;
  const handle = await client.workflow.start<typeof parent>('parent', {
    workflowId: parentWorkflowId(account, id),
    taskQueue: endpoints.taskQueue,
    args: [newParent(intent)],
    typedSearchAttributes: orderSearchAttributes(intent),
  });
  const until = (rule: (view: ParentView) => boolean): Promise<void> =>
    eventually(async () => rule(await handle.query(parentStateQuery)), 30_000);
  await handle.executeUpdate(startedUpdate);
  return { handle, until };
}

interface Venue {
  readonly orders: readonly { readonly coin: string }[];
  readonly position: string;
}

/** What the venue itself says. */
async function venue(): Promise<Venue> {
  const ask = async (type: string): Promise<unknown> => {
    const response = await fetch(`${stack.endpoints.exchangeUrl}/info`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type, user: stack.account }),
    });
    return response.json();
  };
  const state = (await ask('clearinghouseState')) as {
    assetPositions: { position: { coin: string; szi: string } }[];
  };
  const held = state.assetPositions.find(({ position }) => position.coin === 'BTC');
  const orders = (await ask('openOrders')) as Venue['orders'];
  return { orders, position: held?.position.szi ?? '0' };
}

const statusOf = ({ legs }: ParentView, name: string): string | undefined =>
  legs.find(({ plan }) => plan.name === name)?.status;
const size = sizeBase('0.01');

describe('on real parts', () => {
  test('a bracket opens with stop and target on the venue, and its cancel leaves nothing', async () => {
    const { handle, until } = await start('e2e-bracket', {
      kind: 'bracket',
      side: 'buy',
      sizeBase: size,
      stopPx: px(Math.round(mid * 0.8)),
      targetPx: px(Math.round(mid * 1.2)),
    });
    await until((view) =>
      ['stop-0', 'target-0'].every((name) => statusOf(view, name) === 'SUBMITTED'),
    );
    expect(await venue()).toMatchObject({ orders: [{}, {}], position: '0.01' });
    await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] });
    expect(await venue()).toEqual({ orders: [], position: '0' });
  }, 90_000);

  test('a ladder rests rung by rung and is taken off as one', async () => {
    const { handle, until } = await start('e2e-ladder', {
      kind: 'ladder',
      side: 'buy',
      sizeBase: sizeBase('0.05'),
      reduceOnly: false,
      fromPx: px(Math.round(mid * 0.8)),
      toPx: px(Math.round(mid * 0.7)),
      rungs: 5,
    });
    await until(({ legs }) => legs.every(({ status }) => status === 'SUBMITTED'));
    expect((await venue()).orders).toHaveLength(5);
    const end = await handle.executeUpdate(cancelUpdate, { args: [{}] });
    expect(end.legs.map(({ status }) => status)).toEqual(Array(5).fill('CANCELLED'));
    expect((await venue()).orders).toEqual([]);
  }, 90_000);

  test('a trailing stop guards a position until that is closed as a whole', async () => {
    const opened = await start('e2e-open', {
      kind: 'iceberg',
      side: 'buy',
      sizeBase: sizeBase('0.02'),
      shownBase: size,
      limitPx: px(Math.round(mid * 1.02)),
      reduceOnly: false,
    });
    expect(await opened.handle.result()).toMatchObject({ status: 'DONE', filledBase: '0.02' });
    const trail = await start('e2e-trail', {
      kind: 'trailingStop',
      side: 'sell',
      sizeBase: sizeBase('0.02'),
      trailFraction: fraction('0.2'),
    });
    await trail.until((view) => statusOf(view, 'stop-0') === 'SUBMITTED');
    const closed = await start('e2e-close', { kind: 'closePosition' });
    expect(await closed.handle.result()).toMatchObject({ status: 'DONE' });
    expect((await venue()).position).toBe('0');
    await trail.handle.executeUpdate(cancelUpdate, { args: [{}] }).catch(() => undefined);
    expect((await venue()).orders).toEqual([]);
  }, 90_000);
});
