import { describe, expect, test } from '@jest/globals';
import type { CancelMany, OrderToCancel } from '../../../activities/ports/kill-switch.ts';
import type { CancelOutcome } from '../../../activities/ports/venue.ts';
import type { Cloid } from '../../../domain/kernel/ids.ts';
import { batchCancels } from '../../../gateways/hyperliquid/cancel-batches.ts';

const orderOf = (number: number): OrderToCancel => ({
  asset: 'BTC',
  cloid: `0x${number.toString(16).padStart(32, '0')}` as Cloid,
});

/** A venue that answers when told to; an order's own number says how. */
function desk() {
  const actions: { readonly orders: readonly OrderToCancel[]; readonly nonce: number }[] = [];
  const answers: (() => void)[] = [];
  const cancelMany: CancelMany = (orders, nonce) => {
    actions.push({ orders, nonce });
    return new Promise((resolve) =>
      answers.push(() =>
        resolve(
          orders.map(({ cloid }): CancelOutcome => ({ kind: 'notOpen', reason: String(cloid) })),
        ),
      ),
    );
  };
  const cancelOne = batchCancels(cancelMany);
  const cancel = (number: number) => cancelOne(orderOf(number), 1_000 + number);
  return { actions, answers, cancel };
}

describe('cancels of single orders', () => {
  test('go at once and alone when nobody else is in the way', async () => {
    const { actions, answers, cancel } = desk();
    const first = cancel(1);
    expect(actions).toEqual([{ orders: [orderOf(1)], nonce: 1_001 }]);
    answers[0]?.();
    expect(await first).toEqual({ kind: 'notOpen', reason: orderOf(1).cloid });
  });

  test('wait for company behind four actions, and each hears its own answer', async () => {
    const { actions, answers, cancel } = desk();
    const outcomes = Array.from({ length: 24 }, (_none, index) => cancel(index));
    expect(actions).toHaveLength(4);
    answers[0]?.();
    await outcomes[0];
    expect(actions).toHaveLength(5);
    expect(actions[4]?.orders).toEqual(Array.from({ length: 20 }, (_none, at) => orderOf(at + 4)));
    expect(actions[4]?.nonce).toBe(1_023);
    for (const answer of answers) answer();
    const reasons = (await Promise.all(outcomes)).map(
      (outcome) => 'reason' in outcome && outcome.reason,
    );
    expect(reasons).toEqual(Array.from({ length: 24 }, (_none, at) => orderOf(at).cloid));
  });

  test('never weigh more than one: 39 go in an action', () => {
    const { actions, cancel } = desk();
    for (let number = 0; number < 4 + 39 + 5; number += 1) void cancel(number);
    expect(actions.map(({ orders }) => orders.length)).toEqual([1, 1, 1, 1, 39]);
  });

  test('go after a while although what went before them hangs', async () => {
    const { actions, answers, cancel } = desk();
    for (let number = 0; number < 4; number += 1) void cancel(number);
    const waiting = cancel(4);
    expect(actions).toHaveLength(4);
    while (actions.length < 5) await new Promise((resolve) => setTimeout(resolve, 10));
    answers[4]?.();
    expect(await waiting).toMatchObject({ kind: 'notOpen' });
  });
});
