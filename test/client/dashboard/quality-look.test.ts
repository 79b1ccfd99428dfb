import { describe, expect, test } from '@jest/globals';
import { qualityLook } from '../../../client/dashboard/quality-look.ts';
import { ACCOUNT, NOW_MS } from '../cli/fake-world.ts';

describe('the look at the quality of orders', () => {
  const looking = () => {
    const state = { nowMs: NOW_MS, asked: [] as object[], problem: undefined as Error | undefined };
    const look = qualityLook(
      {
        quality: async (filter) => {
          state.asked.push(filter);
          if (state.problem) throw state.problem;
          return [];
        },
      },
      ACCOUNT,
      () => state.nowMs,
    );
    return { state, look };
  };

  test('covers a week, and asks the ledger once for all who ask within five seconds', async () => {
    const { state, look } = looking();
    await Promise.all([look(), look()]);
    state.nowMs += 4_999;
    await look();
    const week = { account: ACCOUNT, sinceMs: NOW_MS - 7 * 86_400_000, limit: 2_000 };
    expect(state.asked).toEqual([week]);
    state.nowMs += 1;
    await look();
    expect(state.asked).toHaveLength(2);
  });

  test('asks again at once after a failure', async () => {
    const { state, look } = looking();
    state.problem = new Error('away');
    await expect(look()).rejects.toThrow('away');
    state.problem = undefined;
    expect(await look()).toMatchObject({ all: { orders: 0 } });
  });
});
