import { beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ParentActivities } from '../../activities/interfaces/parent.ts';
import { createParentActivities } from '../../activities/parent.activities.ts';
import type { Denial } from '../../domain/execution/order-facts.ts';
import type { ParentIntent, ParentSpec } from '../../domain/execution/parents/parent.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { intentId } from '../../domain/kernel/ids.ts';
import { ACCOUNT, fakeWorld } from './support/fake-world.ts';

let world: ReturnType<typeof fakeWorld>;
let judged: string[];
let refusal: Denial | undefined;
let activities: ParentActivities;
beforeEach(() => {
  world = fakeWorld();
  world.market.mid = '60000';
  judged = [];
  refusal = undefined;
  const judge = async ({ sizeBase: size, limitPx }: { sizeBase: string; limitPx?: string }) => {
    judged.push(`${size} at ${limitPx ?? 'market'}`);
    return refusal;
  };
  activities = createParentActivities({ ...world, judge });
});

const parentOf = (spec: ParentSpec, asset = 'BTC'): ParentIntent => ({
  network: 'paper',
  account: ACCOUNT,
  intentId: intentId('P'),
  strategy: 'manual',
  asset,
  spec,
});

const ladder: ParentSpec = {
  kind: 'ladder',
  side: 'buy',
  sizeBase: sizeBase('0.1'),
  reduceOnly: false,
  fromPx: px(59_000),
  toPx: px(55_000),
  rungs: 5,
};
const bracket: ParentSpec = {
  kind: 'bracket',
  side: 'buy',
  sizeBase: sizeBase('0.1'),
  stopPx: px(58_000),
  targetPx: px(65_000),
};
const WATCHED = { asset: 'BTC', watch: { of: 'mark', abovePx: px(61_000) } } as const;
const denialOf = async (spec: ParentSpec, asset?: string) => {
  const admission = await activities.admitParent({ intent: parentOf(spec, asset) });
  return admission.kind === 'denied' ? admission.denial : undefined;
};

describe('admission', () => {
  test('the whole is judged once, at its worst price, before anything is started', async () => {
    expect(await denialOf(ladder)).toBeUndefined();
    expect(judged).toEqual(['0.1 at 59000']);
    refusal = { kind: 'risk', field: 'notional', value: '5900', rule: 'too much' };
    expect(await denialOf(ladder)).toEqual(refusal);
    expect(world.workflows.started).toEqual([]);
  });

  test('each part must keep the rules of the venue, and the broken one is named', async () => {
    const dust = { ...ladder, sizeBase: sizeBase('0.0005') };
    expect(await denialOf(dust)).toMatchObject({ kind: 'invalid', field: 'rung-0: notional' });
    const offTick = { ...bracket, stopPx: px('58000.5') };
    expect(await denialOf(offTick)).toMatchObject({ kind: 'invalid', field: 'stop-0: triggerPx' });
    expect(await denialOf(ladder, 'NONE')).toMatchObject({ kind: 'invalid', field: 'asset' });
    const upsideDown = { ...bracket, stopPx: px(66_000) };
    expect(await denialOf(upsideDown)).toMatchObject({ kind: 'invalid', field: 'stopPx' });
  });

  test('what only reduces is neither judged nor halted', async () => {
    world.halt = 'halted by hand';
    refusal = { kind: 'risk', field: 'notional', value: '', rule: 'too much' };
    expect(await denialOf({ ...ladder, reduceOnly: true })).toBeUndefined();
    expect(await denialOf({ kind: 'closePosition' })).toBeUndefined();
    expect(judged).toEqual([]);
    expect(await denialOf(bracket)).toMatchObject({ kind: 'halted' });
  });

  test('one that has legs already is followed, never denied', async () => {
    refusal = { kind: 'risk', field: 'notional', value: '', rule: 'too much' };
    const intent = { intentId: intentId('P/rung-0') } as never;
    world.ledger.legs.push({ intent, status: 'SUBMITTED', filledBase: sizeBase(0), version: 1 });
    const admission = await activities.admitParent({ intent: parentOf(ladder) });
    expect(admission).toMatchObject({ kind: 'admitted', legs: [{ version: 1 }] });
    expect(judged).toEqual([]);
  });
});

describe('legs', () => {
  test('are started as orders that know their parent, and cancelled by their ids', async () => {
    const plan = {
      name: 'entry',
      leg: 'entry',
      side: 'buy',
      type: 'MARKET',
      sizeBase: sizeBase('0.1'),
      reduceOnly: false,
    } as const;
    await activities.startLegs({ parent: parentOf(bracket), legs: [plan] });
    expect(world.workflows.started).toMatchObject([
      { intent: { intentId: 'P/entry', parent: 'P', type: 'MARKET' }, revive: false },
    ]);
    const intentIds = [intentId('P/entry')];
    await activities.cancelLegs({ account: ACCOUNT, intentIds, reason: 'enough' });
    expect(world.workflows.cancelled).toEqual([`order:${ACCOUNT}:P/entry`]);
  });
});

describe('looking', () => {
  test('the position is only asked for where it is wanted, and is 0 where there is none', async () => {
    const look = { account: ACCOUNT, asset: 'BTC' };
    expect(await activities.lookAround({ ...look, wantsPosition: false })).toMatchObject({
      market: { markPx: '60000', bidPx: '59999' },
    });
    const withPosition = await activities.lookAround({ ...look, wantsPosition: true });
    expect(withPosition).toMatchObject({ positionBase: '0' });
  });

  test('a watch answers when the price is reached, with how the market looked then', async () => {
    const watching = new MockActivityEnvironment().run(activities.watchMarket, WATCHED);
    world.market.mid = '60500';
    await new Promise((resolve) => setImmediate(resolve));
    world.market.mid = '61000';
    expect(await watching).toMatchObject({ markPx: '61000' });
  });

  test('a watch that is cancelled ends as cancelled', async () => {
    const environment = new MockActivityEnvironment();
    const watching = environment.run(activities.watchMarket, WATCHED);
    environment.cancel();
    await expect(watching).rejects.toThrow(/CANCELLED|cancel/i);
  });
});
