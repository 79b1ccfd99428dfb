import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { reachOf } from '../../../domain/matching/margin/margin.ts';
import { notional } from '../../../domain/matching/state/fixed-point.ts';
import {
  dropOrder,
  keepOrder,
  rebuildIndex,
  reduceOrder,
} from '../../../domain/matching/state/order-index.ts';
import {
  emptyState,
  type LiveOrder,
  openAccount,
  type Step,
} from '../../../domain/matching/state/state.ts';
import { readTerms } from '../../../domain/matching/state/terms.ts';
import { ALICE, BOB, CONFIG } from './venue-fixture.ts';

const BTC_LOT = 10;
const STEP_PX = 100_000;
const COINS = ['BTC', 'ETH'] as const;

function openStep(): Step {
  const state = emptyState();
  for (const address of [ALICE, BOB]) openAccount(state, address);
  for (const coin of COINS) {
    const px = 1000 * STEP_PX;
    const times = { atMs: 0, marketTimeMs: 0 };
    state.markets.set(coin, { coin, bids: [], asks: [], markPx: px, oraclePx: px, ...times });
  }
  const index = rebuildIndex(state);
  return { terms: readTerms(CONFIG), state, index, atMs: 0, events: [], touched: new Set() };
}

/** Read from the orders, all of them, each time. */
function scannedUsd(step: Step, account: string, coin: string, isBuy: boolean): number {
  const markPx = step.state.markets.get(coin)?.markPx ?? 0;
  let sum = 0;
  for (const order of step.state.orders.values()) {
    if (order.account !== account || order.coin !== coin || order.isBuy !== isBuy) continue;
    if (order.reduceOnly || (order.trigger && !order.trigger.hasFired)) continue;
    const px = isBuy ? Math.min(order.limitPx, markPx) : Math.max(order.limitPx, markPx);
    sum += notional(px, order.left);
  }
  return sum;
}

const orders = fc.record({
  account: fc.constantFrom(ALICE, BOB),
  coin: fc.constantFrom(...COINS),
  isBuy: fc.boolean(),
  px: fc.integer({ min: 900, max: 1100 }),
  lots: fc.integer({ min: 1, max: 1_000_000 }),
  reduceOnly: fc.boolean(),
  trigger: fc.constantFrom(null, false, true),
});

const deeds = fc.oneof(
  fc.record({ kind: fc.constant('keep' as const), order: orders }),
  fc.record({ kind: fc.constant('drop' as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant('fill' as const), pick: fc.nat(), part: fc.nat({ max: 100 }) }),
  fc.record({ kind: fc.constant('mark' as const), px: fc.integer({ min: 900, max: 1100 }) }),
  fc.record({ kind: fc.constant('look' as const) }),
);
type Deed = typeof deeds extends fc.Arbitrary<infer Each> ? Each : never;

function liveOrder(oid: number, facts: typeof orders extends fc.Arbitrary<infer F> ? F : never) {
  const { px, lots, trigger: hasFired, ...rest } = facts;
  const limitPx = px * STEP_PX;
  const left = lots * BTC_LOT;
  const trigger =
    hasFired === null
      ? null
      : { px: limitPx, isMarket: true, tpsl: 'sl' as const, isAbove: true, hasFired };
  const order: LiveOrder = {
    ...rest,
    oid,
    limitPx,
    origSz: left,
    left,
    trigger,
    timestamp: 0,
    tif: 'Gtc',
    cloid: null,
    builder: null,
    tie: null,
    twapId: null,
    priority: 0,
    queueAhead: 0,
  };
  return order;
}

function expectSumsOfScan(step: Step): void {
  for (const address of [ALICE, BOB]) {
    const account = openAccount(step.state, address);
    for (const coin of COINS) {
      const most = [true, false].map((isBuy) => scannedUsd(step, address, coin, isBuy));
      expect(reachOf(step, account, coin).openUsd).toBe(Math.max(...most));
      const exposure = step.index.exposures.get(address)?.get(coin);
      expect([exposure?.buysUsd ?? 0, exposure?.sellsUsd ?? 0]).toEqual(most);
    }
  }
}

function perform(step: Step, deed: Deed, oid: number): void {
  const live = [...step.state.orders.values()];
  switch (deed.kind) {
    case 'keep':
      keepOrder(step, liveOrder(oid, deed.order));
      return;
    case 'mark':
      for (const market of step.state.markets.values()) market.markPx = deed.px * STEP_PX;
      return;
    case 'look':
      expectSumsOfScan(step);
      return;
    default: {
      const order = live[deed.pick % live.length];
      if (!order) return;
      if (deed.kind === 'drop') dropOrder(step, order);
      else
        reduceOrder(step, order, Math.floor((order.left / BTC_LOT) * (deed.part / 100)) * BTC_LOT);
    }
  }
}

describe('what open orders are worth to margin', () => {
  test('is what reading all of them again gives, whatever was placed, filled or ended', () => {
    fc.assert(
      fc.property(fc.array(deeds, { maxLength: 60 }), (script) => {
        const step = openStep();
        for (const [oid, deed] of script.entries()) perform(step, deed, oid);
        expectSumsOfScan(step);
        expectSumsOfScan({ ...step, index: rebuildIndex(step.state) });
      }),
    );
  });

  test('is forgotten with the last order of a coin', () => {
    const step = openStep();
    const facts = { account: ALICE, coin: 'BTC', isBuy: true, px: 990, lots: 7 } as const;
    const order = liveOrder(1, { ...facts, reduceOnly: false, trigger: null });
    keepOrder(step, order);
    dropOrder(step, order);
    expect(step.index.exposures.get(ALICE)?.size).toBe(0);
  });
});

test('resting orders are served best price first and oldest first, however they came and went', () => {
  fc.assert(
    fc.property(fc.array(deeds, { maxLength: 80 }), (script) => {
      const step = openStep();
      for (const [oid, deed] of script.entries()) {
        if (deed.kind !== 'look') perform(step, deed, oid);
      }
      for (const coin of COINS) {
        for (const isBuy of [true, false]) {
          const resting = [...step.state.orders.values()]
            .filter((order) => order.coin === coin && order.isBuy === isBuy)
            .filter(({ trigger }) => !trigger || trigger.hasFired)
            .sort(
              (a, b) => (isBuy ? b.limitPx - a.limitPx : a.limitPx - b.limitPx) || a.oid - b.oid,
            );
          const list = step.index.byCoin.get(coin)?.[isBuy ? 'bids' : 'asks'] ?? [];
          expect(list.toReversed()).toEqual(resting);
        }
      }
    }),
  );
});
