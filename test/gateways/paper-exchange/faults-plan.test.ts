import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MarketUpdate } from '../../../domain/matching/contract/venue-inputs.ts';
import { distort } from '../../../gateways/paper-exchange/faults/distortion.ts';
import {
  type Fault,
  type FaultInput,
  parseFault,
  parseFaults,
} from '../../../gateways/paper-exchange/faults/fault.ts';
import { type Facts, FaultPlan } from '../../../gateways/paper-exchange/faults/plan.ts';
import { coinsOf, mayTakeLiquidity } from '../../../gateways/paper-exchange/faults/requests.ts';

function fault(input: FaultInput): Fault {
  const parsed = parseFault(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const START = { wallMs: 1000, tapeMs: 50_000 };
const later = (ms: number) => ({ wallMs: START.wallMs + ms, tapeMs: START.tapeMs });
const ORDER: Facts = { transport: 'http', path: '/exchange', type: 'order', coins: ['BTC'] };

function planOf(...inputs: readonly FaultInput[]): FaultPlan {
  const plan = new FaultPlan(7);
  for (const input of inputs) plan.add(fault(input), START);
  return plan;
}

describe('a fault that breaks a rule is named by field, value and rule', () => {
  test.each([
    [{ kind: 'meteor' }, 'fault.kind', 'meteor'],
    [{ kind: 'delay', ms: -1 }, 'fault.ms', '-1'],
    [{ kind: 'delay', ms: [20, 10] }, 'fault.ms', '[20,10]'],
    [{ kind: 'gap', probability: 1.5 }, 'fault.probability', '1.5'],
    [{ kind: 'gap', everyMs: 100 }, 'fault.everyMs', '100'],
    [{ kind: 'gap', everyMs: 100, forMs: 200 }, 'fault.everyMs', '100'],
    [{ kind: 'gap', match: { account: '0x12' } }, 'fault.match.account', '0x12'],
    [{ kind: 'freeze', clock: 'tape' }, 'fault.clock', 'tape'],
    [{ kind: 'maintenance', match: { type: 'order' } }, 'fault.match.type', 'order'],
    [{ kind: 'priceSpike', fraction: '-1' }, 'fault.fraction', '-1'],
    [{ kind: 'partialFills', capBase: '0' }, 'fault.capBase', '0'],
    [{ kind: 'serverError', status: 404 }, 'fault.status', '404'],
  ])('%j', (input, field, value) => {
    const parsed = parseFault(input);
    expect(parsed).toMatchObject({ ok: false, error: { field, value } });
  });

  test('also inside a list, of which nothing is taken', () => {
    const parsed = parseFaults({ faults: [{ kind: 'gap' }, { kind: 'delay' }] });
    expect(parsed).toMatchObject({ ok: false, error: { field: 'faults[1].ms' } });
    expect(parseFaults({ faults: 3 })).toMatchObject({ ok: false, error: { field: 'faults' } });
  });
});

describe('a plan', () => {
  const anEvent = fc.record({
    type: fc.constantFrom('order', 'cancel', 'noop'),
    coins: fc.constantFrom(['BTC'], ['ETH'], []),
    afterMs: fc.nat(5000),
  });

  test('decides alike for the same faults, seed and events', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 60 }), (events) => {
        const decide = (): unknown[] => {
          const plan = planOf(
            { kind: 'delay', ms: [10, 50], probability: 0.5 },
            { kind: 'dropReply', probability: 0.3, match: { type: 'order' } },
            { kind: 'serverError', everyMs: 900, forMs: 300, probability: 0.7 },
          );
          return events.flatMap(({ afterMs, ...facts }) => [
            plan.decide('request', facts, later(afterMs)),
            plan.decide('reply', facts, later(afterMs)),
          ]);
        };
        expect(decide()).toEqual(decide());
      }),
    );
  });

  test('decides otherwise under another seed', () => {
    const decisions = [1, 2].map((seed) => {
      const plan = new FaultPlan(seed);
      plan.add(fault({ kind: 'gap', probability: 0.5 }), START);
      return Array.from({ length: 64 }, () => plan.decide('frame', {}, START).length).join('');
    });
    expect(decisions[0]).not.toBe(decisions[1]);
  });

  test('hits about as often as its probability says', () => {
    const plan = planOf({ kind: 'gap', probability: 0.2 });
    for (let event = 0; event < 5000; event += 1) plan.decide('frame', {}, START);
    const [status] = plan.list(START);
    expect(status?.seen).toBe(5000);
    expect(status?.injected).toBeGreaterThan(850);
    expect(status?.injected).toBeLessThan(1150);
  });

  test('skips the first events, then hits as many as it counts', () => {
    const plan = planOf({ kind: 'dropReply', skip: 2, count: 3 });
    const hits = Array.from({ length: 8 }, () => plan.decide('reply', ORDER, START).length);
    expect(hits).toEqual([0, 0, 1, 1, 1, 0, 0, 0]);
  });

  test('is about what it matches and about nothing else', () => {
    const account = `0x${'a'.repeat(40)}`;
    const plan = planOf({
      kind: 'dropRequest',
      match: { path: '/exchange', type: ['order', 'modify'], coin: 'BTC', account },
    });
    const hits = (facts: Facts): number => plan.decide('request', facts, START).length;
    const whole: Facts = { ...ORDER, account: () => account };
    expect(hits(whole)).toBe(1);
    expect(hits({ ...whole, path: '/info' })).toBe(0);
    expect(hits({ ...whole, type: 'cancel' })).toBe(0);
    expect(hits({ ...whole, coins: ['ETH'] })).toBe(0);
    expect(hits({ ...whole, account: () => `0x${'b'.repeat(40)}` })).toBe(0);
    expect(plan.decide('reply', whole, START)).toEqual([]);
  });

  test('keeps to its windows, on either clock', () => {
    const plan = planOf({ kind: 'gap', atMs: 100, forMs: 50, everyMs: 200 });
    const isHit = (ms: number): boolean => plan.decide('frame', {}, later(ms)).length > 0;
    expect([0, 99, 100, 149, 150, 299, 300, 349, 350].map(isHit)).toEqual([
      false,
      false,
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
    const onTape = planOf({ kind: 'gap', atMs: 60_000, clock: 'tape' });
    const at = (tapeMs: number) => ({ wallMs: START.wallMs, tapeMs: START.tapeMs + tapeMs });
    expect([59_999, 60_000].map((ms) => onTape.decide('frame', {}, at(ms)).length)).toEqual([0, 1]);
  });

  test('counts each opening of a lasting fault once', () => {
    const plan = planOf({ kind: 'maintenance', forMs: 10, everyMs: 100, count: 2 });
    const isOn = [0, 5, 9, 50, 100, 105, 200].map((ms) => plan.lasting(later(ms)).length);
    expect(isOn).toEqual([1, 1, 1, 0, 1, 1, 0]);
    expect(plan.list(later(200))[0]).toMatchObject({ injected: 2 });
  });

  test('a fault replaces the one with its name, and can be removed', () => {
    const plan = planOf({ kind: 'gap', id: 'mine' }, { kind: 'dropReply', id: 'mine' });
    expect(plan.list(START).map((status) => status.fault.kind)).toEqual(['dropReply']);
    expect([plan.remove('mine'), plan.remove('mine'), plan.isEmpty]).toEqual([true, false, true]);
  });
});

describe('what a request is about', () => {
  const order = (tif: string) => ({ a: 0, t: { limit: { tif } } });
  const asks = (action: object) =>
    mayTakeLiquidity({ transport: 'http', path: '/exchange', body: { action } });

  test('only post-only orders take nothing', () => {
    expect(asks({ type: 'order', orders: [order('Alo'), order('Alo')] })).toBe(false);
    expect(asks({ type: 'order', orders: [order('Alo'), order('Gtc')] })).toBe(true);
    expect(asks({ type: 'batchModify', modifies: [{ oid: 1, order: order('Ioc') }] })).toBe(true);
    expect(asks({ type: 'modify', oid: 1, order: order('Alo') })).toBe(false);
    expect(asks({ type: 'cancel', cancels: [{ a: 0, o: 1 }] })).toBe(false);
    expect(asks({ type: 'order', orders: [{ t: { trigger: {} } }] })).toBe(true);
  });

  test('any JSON can be asked, and nothing throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('/info', '/exchange'), (body, path) => {
        const request = { transport: 'http', path, body } as const;
        expect(coinsOf(request, () => 'BTC')).toBeInstanceOf(Array);
        expect([true, false]).toContain(mayTakeLiquidity(request));
      }),
    );
  });
});

describe('a distorted market', () => {
  const assets = new Map([
    ['BTC', { name: 'BTC', index: 0, szDecimals: 5, maxLeverage: 40, isDelisted: false }],
  ]);
  const update: MarketUpdate = {
    coin: 'BTC',
    bids: [
      { px: '100000', sz: '0.5' },
      { px: '99999', sz: '2' },
    ],
    asks: [
      { px: '100001', sz: '0.4' },
      { px: '100002', sz: '3' },
    ],
    markPx: '100000',
    oraclePx: '100000',
    trades: [{ px: '100001', sz: '4', side: 'B' }],
  };

  test('without a distortion it is the very same', () => {
    const updates = [update];
    expect(distort(updates, [], assets)).toBe(updates);
    expect(distort(updates, [{ coins: ['ETH'], moveFraction: '0.5' }], assets)).toEqual(updates);
  });

  test('gives no more than the cap, on each side', () => {
    const [capped] = distort([update], [{ capBase: '0.6' }], assets);
    expect(capped?.bids).toEqual([
      { px: '100000', sz: '0.5' },
      { px: '99999', sz: '0.1' },
    ]);
    expect(capped?.asks.map(({ sz }) => sz)).toEqual(['0.4', '0.2']);
    expect(capped?.trades).toEqual([{ px: '100001', sz: '0.6', side: 'B' }]);
  });

  test('never crosses itself, keeps the ticks, and leaves the oracle where it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9999, max: 90_000 }), (bps) => {
        const [moved] = distort([update], [{ moveFraction: String(bps / 10_000) }], assets);
        const [bid, ask] = [Number(moved?.bids[0]?.px), Number(moved?.asks[0]?.px)];
        expect(bid).toBeLessThan(ask);
        expect(moved?.oraclePx).toBe('100000');
        expect(Number(moved?.markPx) / 100_000).toBeCloseTo(1 + bps / 10_000, 3);
      }),
    );
  });
});
