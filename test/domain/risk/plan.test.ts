import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimal, fraction, px, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import { sliceBars } from '../../../domain/market/candles.ts';
import { approvePlan } from '../../../domain/risk/approve-plan.ts';
import type { PlanInput } from '../../../domain/risk/plan.ts';
import { planBar, readMarket } from '../../../domain/risk/plan.ts';
import { afterFill } from '../../../domain/risk/portfolio.ts';
import { parseGenes } from '../../../domain/signals/genes.ts';
import { SEEDS } from '../../../domain/signals/registry.ts';
import { historyBars } from '../../../domain/signals/window.ts';
import { parseSizingPolicy } from '../../../domain/sizing/sizing-genes.ts';
import { barsFromCloses, sampleBars, snapshotOf } from '../market/samples.ts';
import { fundingFor } from '../signals/inputs.ts';
import { answering, type Verdict } from '../signals/samples.ts';
import { held, limitsOf, portfolioOf, requestOf, resting } from './samples.ts';

const snapshot = snapshotOf(barsFromCloses([100, 100]));

function policyOf(input: object = {}) {
  const policy = parseSizingPolicy(input);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return policy.value;
}

/** Plans with 1,000 USD: the target of a long is 2.5 units at 100 USD. */
const plan = (verdict: Partial<Verdict>, position = '0', more: Partial<PlanInput> = {}) =>
  planBar({
    snapshot,
    seed: answering(verdict),
    genes: {},
    policy: policyOf(),
    equityUsd: usd('1000'),
    positionSizeBase: sizeBase(position),
    entryPending: false,
    rebalanceFraction: null,
    nowMs: snapshot.receivedAtMs,
    maxDataAgeMs: 5000,
    ...more,
  });

const stepsOf = (...given: Parameters<typeof plan>) =>
  plan(...given).steps.map(
    ({ kind, request }) =>
      `${kind} ${request.side} ${request.sizeBase}${request.reduceOnly ? ' reduce-only' : ''}` +
      `${request.stopPx === undefined ? '' : ` stop ${request.stopPx}`}`,
  );

describe('a market that was read beforehand', () => {
  test('gives the very plan that reading it for the plan gives', () => {
    const seed = answering({ stance: 'long' });
    const reading = readMarket(snapshot, seed, {});
    expect(plan({}, '0', { seed, reading })).toEqual(plan({ stance: 'long' }));
  });

  test('has a hash of its own bars', () => {
    const seed = answering({ stance: 'long' });
    const other = { ...snapshot, midPx: px('101') };
    expect(readMarket(other, seed, {}).hash).not.toBe(readMarket(snapshot, seed, {}).hash);
  });
});

describe('the plan of a bar', () => {
  const short = { stance: 'short' as const };
  const flat = { stance: 'flat' as const };
  const late = { changedThisBar: false, mayOpen: false };

  test.each<[string, Partial<Verdict>, string, string[]]>([
    ['opens a long with its stop below', {}, '0', ['open buy 2.5 stop 99']],
    ['opens a short with its stop above', short, '0', ['open sell 2.5 stop 101']],
    ['does not open in a stance of an earlier bar', late, '0', []],
    ['does not open on a flat stance', flat, '0', []],
    ['holds while the stance lasts', late, '1.7', []],
    ['holds a short while the stance lasts', { ...short, ...late }, '-1.7', []],
    ['does not add to a position when the stance begins', {}, '1.7', []],
    ['closes the whole position on a flat stance', flat, '-1.7', ['close buy 1.7 reduce-only']],
    [
      'turns by closing and then opening',
      short,
      '1.7',
      ['close sell 1.7 reduce-only', 'open sell 2.5 stop 101'],
    ],
    [
      'only closes when it may not open',
      { ...short, ...late },
      '1.7',
      ['close sell 1.7 reduce-only'],
    ],
    [
      'only closes when the entry has no size',
      { ...short, stopDistanceFraction: 0 },
      '1.7',
      ['close sell 1.7 reduce-only'],
    ],
    ['does nothing without a signal', { stance: 'none', reason: 'x' }, '1.7', []],
  ])('%s', (_what, verdict, position, steps) => {
    expect(stepsOf(verdict, position)).toEqual(steps);
  });

  test('says why, also when there is nothing to do', () => {
    expect(plan({}).reason).toMatch(/^open long: told so; risks 10 USD over a stop distance of 1/);
    expect(plan(late).reason).toBe(
      'nothing, no entry (the stance began on an earlier bar): told so',
    );
    expect(plan({ stopDistanceFraction: 0 }).reason).toContain('the stop distance is 0');
    expect(plan(flat, '1').reason).toBe('close: told so');
    expect(plan({}, '1').reason).toBe('hold: told so');
    expect(plan({ stance: 'none', reason: 'x' }).reason).toBe('no signal: x');
  });

  test('opens nothing on a stale snapshot, but still closes', () => {
    const nowMs = snapshot.receivedAtMs + 5001;
    expect(stepsOf({}, '0', { nowMs })).toEqual([]);
    expect(plan({}, '0', { nowMs }).reason).toContain('the snapshot is stale');
    expect(stepsOf(short, '1', { nowMs })).toEqual(['close sell 1 reduce-only']);
  });

  test('opens nothing while an earlier entry is on its way', () => {
    expect(stepsOf({}, '0', { entryPending: true })).toEqual([]);
  });

  test('resizes only when asked to, and only past the threshold', () => {
    const rebalanceFraction = fraction('0.2');
    expect(stepsOf(late, '2', { rebalanceFraction })).toEqual(['increase buy 0.5 stop 99']);
    expect(stepsOf(late, '2.1', { rebalanceFraction })).toEqual([]);
    expect(stepsOf(late, '4', { rebalanceFraction })).toEqual(['reduce sell 1.5 reduce-only']);
    expect(stepsOf({ ...short, ...late }, '-4', { rebalanceFraction })).toEqual([
      'reduce buy 1.5 reduce-only',
    ]);
    const nowMs = snapshot.receivedAtMs + 5001;
    expect(stepsOf(late, '2', { rebalanceFraction, nowMs })).toEqual([]);
    expect(stepsOf(late, '4', { rebalanceFraction, nowMs })).toHaveLength(1);
  });

  test('does not resize by less than the least order value', () => {
    const rebalanceFraction = fraction('0.001');
    expect(stepsOf(late, '2.45', { rebalanceFraction })).toEqual([]);
  });

  test('has a hash that follows every input and nothing else', () => {
    const hash = plan({}).inputsHash;
    expect(plan({}, '0', { nowMs: snapshot.receivedAtMs + 1 }).inputsHash).toBe(hash);
    const changes: Partial<PlanInput>[] = [
      { positionSizeBase: sizeBase('1') },
      { equityUsd: usd('1001') },
      { policy: policyOf({ riskPerTradeFraction: 0.02 }) },
      { genes: { fast: 3 } },
      { entryPending: true },
      { rebalanceFraction: fraction('0.5') },
      { nowMs: snapshot.receivedAtMs + 5001 },
      { snapshot: snapshotOf(barsFromCloses([100, 101])) },
    ];
    const hashes = changes.map((change) => plan({}, '0', change).inputsHash);
    expect(new Set([hash, ...hashes]).size).toBe(changes.length + 1);
  });
});

describe('on real bars, for every seed', () => {
  const real = sampleBars(0, 4_000);

  test.each(SEEDS)('$name never wants more than one position, and plans are JSON', (seed) => {
    const genes = parseGenes(seed, { enterOn: 'state' });
    if (!genes.ok) throw new Error('defaults');
    const history = historyBars(seed, genes.value);
    let position = decimal(0);
    let trades = 0;
    for (let end = history; end <= 4_000; end += 211) {
      const bars = sliceBars(real, end - history, end);
      const now = snapshotOf(bars, { funding: fundingFor(bars) });
      const made = plan({}, '0', {
        snapshot: now,
        seed,
        genes: genes.value,
        positionSizeBase: sizeBase(position),
        nowMs: now.receivedAtMs,
      });
      expect(JSON.parse(JSON.stringify(made))).toEqual(made);
      for (const { kind, request } of made.steps) {
        const signed = decimal(request.sizeBase).times(request.side === 'buy' ? 1 : -1);
        if (kind === 'close') expect(signed.plus(position).isZero()).toBe(true);
        if (kind === 'open') expect(position.isZero()).toBe(true);
        position = position.plus(signed);
        trades += 1;
      }
    }
    expect(trades).toBeGreaterThan(0);
  });
});

describe('approving a plan', () => {
  const nowMs = snapshot.receivedAtMs;
  const long = portfolioOf({ asOfMs: nowMs, positions: [held('2.5')] });
  const turn = plan({ stance: 'short' }, '2.5');

  test('judges the opening half of a turn as an entry, not as a reduction', () => {
    const decisions = approvePlan(turn, long, limitsOf(), nowMs);
    expect(decisions.map(({ outcome }) => outcome.ok && outcome.value.effect)).toEqual([
      'reduces',
      'increases',
    ]);
  });

  test('closes but does not open while trading is halted', () => {
    const decisions = approvePlan(turn, { ...long, haltReason: 'kill' }, limitsOf(), nowMs);
    expect(decisions.map(({ outcome }) => outcome.ok || outcome.error.check)).toEqual([
      true,
      'halt',
    ]);
  });

  test('closes but does not open when the account cannot be read', () => {
    const broken = { ...long, equityUsd: '?' as typeof long.equityUsd };
    const decisions = approvePlan(turn, broken, limitsOf(), nowMs);
    expect(decisions.map(({ outcome }) => outcome.ok || outcome.error.check)).toEqual([
      true,
      'portfolio',
    ]);
  });

  test('ends at the first refusal', () => {
    const reversed = { ...turn, steps: [...turn.steps].reverse() };
    const halted = { ...portfolioOf({ asOfMs: nowMs }), haltReason: 'kill' };
    expect(approvePlan(reversed, halted, limitsOf(), nowMs)).toHaveLength(1);
  });
});

describe('the portfolio after a fill', () => {
  const sizeAfter = (before: string | null, change: Parameters<typeof requestOf>[0]) => {
    const positions = before === null ? [] : [held(before)];
    const after = afterFill(portfolioOf({ positions }), requestOf(change));
    return after.positions.map((position) => position.sizeBase);
  };

  test('adds a buy, takes away a sell, and drops a position of 0', () => {
    expect(sizeAfter(null, {})).toEqual(['1']);
    expect(sizeAfter('2', { side: 'sell' })).toEqual(['1']);
    expect(sizeAfter('1', { side: 'sell' })).toEqual([]);
    expect(sizeAfter('0.5', { side: 'sell' })).toEqual(['-0.5']);
  });

  test('lets a reduce-only order neither open, nor add, nor turn', () => {
    expect(sizeAfter(null, { reduceOnly: true })).toEqual([]);
    expect(sizeAfter('2', { reduceOnly: true })).toEqual(['2']);
    expect(sizeAfter('-0.5', { reduceOnly: true })).toEqual([]);
    expect(sizeAfter('-2', { reduceOnly: true })).toEqual(['-1']);
  });

  test('leaves other assets and orders alone', () => {
    fc.assert(
      fc.property(fc.boolean(), (reduceOnly) => {
        const before = portfolioOf({
          positions: [held('3', 'ETH')],
          openOrders: [resting('buy', '1')],
        });
        const after = afterFill(before, requestOf({ reduceOnly }));
        expect(after.positions).toContainEqual(held('3', 'ETH'));
        expect(after.openOrders).toEqual(before.openOrders);
      }),
    );
  });
});
