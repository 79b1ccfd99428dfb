import { describe, expect, test } from '@jest/globals';
import { readCostModel } from '../../../domain/execution/cost-model/cost-model.ts';
import {
  type OrderEvidence,
  orderQuality,
} from '../../../domain/execution/quality/order-quality.ts';
import { px, sizeBase } from '../../../domain/kernel/decimal.ts';
import { intentId } from '../../../domain/kernel/ids.ts';
import type { LedgerReader } from '../../../gateways/ledger/reader.ts';
import { evidenceOf, fillOf, markoutOf } from '../../domain/execution/quality/samples.ts';
import { intentOf } from '../../domain/execution/samples.ts';
import { ACCOUNT, documentOf, NOW_MS, run } from './fake-world.ts';

type Measured = Awaited<ReturnType<LedgerReader['quality']>>[number];

function measured(key: string, evidence: OrderEvidence = evidenceOf(), changes = {}): Measured {
  const intent = { ...intentOf({ intentId: intentId(key) }), type: evidence.type, strategy: 'ema' };
  return {
    intentId: key,
    strategy: 'ema',
    asset: 'BTC',
    status: 'FILLED',
    intent: { ...intent, side: evidence.side, sizeBase: evidence.sizeBase },
    createdMs: NOW_MS,
    ...(evidence.arrival === undefined ? {} : { arrival: evidence.arrival }),
    evidence,
    quality: orderQuality(evidence),
    ...changes,
  };
}

/** Runs a command over the orders; remembers what the ledger was asked for. */
async function quality(words: readonly string[], orders: readonly Measured[] = [measured('a')]) {
  const asked: object[] = [];
  const result = await run(words, {
    ledger: {
      quality: async (filter) => {
        asked.push(filter);
        return orders;
      },
      order: async (reference) =>
        ({ intentId: reference, account: ACCOUNT, workflowId: 'wf' }) as never,
    },
  });
  return { ...result, asked };
}

describe('perpetua quality', () => {
  test('has a line for each strategy and one for all, with medians and means', async () => {
    const other = measured('b', evidenceOf(), { strategy: 'rsi' });
    const { stdout, exit } = await quality(['quality'], [measured('a'), other]);
    expect(exit).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(
      expect.arrayContaining(['ema', 'rsi', 'all']),
    );
    expect(stdout).toContain('24.51 (24.51)');
    expect(stdout).toContain('a positive number is a cost');
  });

  test('asks the ledger for what the options name', async () => {
    const words = ['quality', '--strategy', 'ema', '--asset', 'BTC', '--since', '24h', '--json'];
    const { asked, stdout } = await quality(words);
    expect(asked).toEqual([
      { account: ACCOUNT, strategy: 'ema', asset: 'BTC', sinceMs: NOW_MS - 86_400_000 },
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      by: 'strategy',
      groups: [{ name: 'ema', summary: { orders: 1 } }],
      all: { orders: 1, shortfallUsd: '0.49018' },
    });
  });

  test('says why orders were turned down, and which markouts are late', async () => {
    const late = evidenceOf({
      fills: [fillOf('100', '2', { markouts: [markoutOf(1_000, '9', 900)] })],
    });
    const rejected = measured('r', evidenceOf({ fills: [] }), {
      status: 'REJECTED',
      reason: 'Insufficient margin to place order. asset=0',
    });
    const { stdout } = await quality(['quality'], [measured('a', late), rejected]);
    expect(stdout).toContain('1 × REJECTED: Insufficient margin to place order.');
    expect(stdout).toContain('0 markouts were taken in time; 1 late and 0 without a price');
  });

  test('without an order says so', async () => {
    expect((await quality(['quality'], [])).stdout).toBe('no such order\n');
  });

  test.each([
    ['--since', 'tomorrow'],
    ['--since', '2999-01-01T00:00Z'],
    ['--by', 'mood'],
  ])('refuses %s %s, naming the rule', async (option, value) => {
    const { exit, stderr } = await quality(['quality', option, value]);
    expect(exit).toBe(2);
    expect(stderr).toContain(`${option} "${value}": must be`);
  });
});

describe('perpetua quality costs', () => {
  test('prints a model that a backtest can read, of the same orders', async () => {
    const words = ['quality', '--asset', 'BTC', 'costs', '--since', '1h', '--json'];
    const orders = Array.from({ length: 30 }, (_, index) => measured(`o${index}`));
    const { stdout, asked } = await quality(words, orders);
    expect(asked).toEqual([{ account: ACCOUNT, asset: 'BTC', sinceMs: NOW_MS - 3_600_000 }]);
    const read = readCostModel(JSON.parse(stdout));
    expect(read).toMatchObject({
      ok: true,
      value: { assets: { BTC: { impact: { under1k: { observations: 30, source: 'blended' } } } } },
    });
  });

  test('says of each figure whether it was measured, and on how many orders', async () => {
    const { stdout } = await quality(['quality', 'costs']);
    expect(stdout).toContain('4.5 (default, 1)');
    expect(stdout).toContain('the default below 20 orders');
  });
});

describe('perpetua order quality', () => {
  test('shows one order with every part of its shortfall', async () => {
    const { stdout, exit } = await quality(['order', 'quality', 'a']);
    expect(exit).toBe(0);
    expect(stdout).toContain('measured from     mid at the decision 100');
    expect(stdout).toMatch(/shortfall +0\.4902 USD, 24\.51 bps/);
    expect(stdout).toMatch(/against book +0\.00 bps \(at 100\.2, 80 ms old\)/);
  });

  test('its document has every key; what is not known is null', async () => {
    const {
      decisionPx: _px,
      arrival: _arrival,
      ackMs: _ack,
      ...denied
    } = evidenceOf({ fills: [] });
    const order = measured('d', denied, { status: 'DENIED', reason: 'too large' });
    const words = ['order', 'quality', 'd', '--json'];
    const [empty, full] = [
      documentOf(await quality(words, [order])),
      documentOf(await quality(words)),
    ];
    expect(Object.keys(empty)).toEqual(Object.keys(full));
    expect(empty).toMatchObject({ arrival: null, shortfallUsd: null, reason: 'too large' });
    const { stdout } = await quality(['order', 'quality', 'd'], [order]);
    expect(stdout).toContain('nothing: no market is known that it met');
  });

  test('of a parent shows the whole and its legs', async () => {
    const leg = (key: string, price: string) =>
      measured(key, evidenceOf({ sizeBase: sizeBase('1'), fills: [fillOf(price, '1')] }));
    const legs = [leg('p/2', '102'), leg('p/1', '100.1')];
    const { stdout } = await run(['order', 'quality', 'p', '--json'], {
      ledger: {
        quality: async () => legs,
        parent: async () =>
          ({ view: { intent: { intentId: 'p', spec: { kind: 'twap', sizeBase: '2' } } } }) as never,
      },
    });
    expect(JSON.parse(stdout)).toMatchObject({
      intentId: 'p',
      whole: { benchmark: 'arrival', averagePx: '101.05', fillRatio: '1' },
      legs: [{ intentId: 'p/1' }, { intentId: 'p/2' }],
    });
  });

  test('of a TWAP that the venue works is measured by its slices', async () => {
    const spec = { kind: 'venueTwap', sizeBase: '2' };
    const { stdout } = await run(['order', 'quality', 'v', '--json'], {
      ledger: {
        quality: async () => [],
        parent: async () => ({ view: { intent: { intentId: 'v', spec } } }) as never,
        twapEvidence: async () => evidenceOf(),
      },
    });
    expect(JSON.parse(stdout)).toMatchObject({ whole: { averagePx: '100.2' }, legs: [] });
  });

  test('that nobody knows ends with 5', async () => {
    const { exit } = await run(['order', 'quality', 'x'], {
      ledger: { order: async () => undefined },
    });
    expect(exit).toBe(5);
  });

  test('whose price at the end was found late says where it comes from', async () => {
    const end = { source: 'candle', px: px('101'), priceMs: NOW_MS, takenMs: NOW_MS } as const;
    const order = measured('c', evidenceOf({ fills: [], end }), { status: 'CANCELLED', end });
    const { stdout } = await quality(['order', 'quality', 'c'], [order]);
    expect(stdout).toContain('101 (candle)');
  });
});
