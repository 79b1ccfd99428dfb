import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { VenueTwapSpec } from '../../../../domain/execution/parents/venue-twap.ts';
import { checkVenueTwap } from '../../../../domain/execution/parents/venue-twap.ts';
import { matchTwap } from '../../../../domain/execution/venue-twap/match.ts';
import {
  advanceTwap,
  executedOf,
  isOverTwap,
  NEW_TWAP,
  type TwapEvent,
  type TwapFacts,
  twapEnd,
  twapPhase,
  type VenueTwap,
} from '../../../../domain/execution/venue-twap/twap-facts.ts';
import { sizeBase, usd } from '../../../../domain/kernel/decimal.ts';

const SPEC: VenueTwapSpec = {
  kind: 'venueTwap',
  side: 'buy',
  sizeBase: sizeBase('0.1'),
  reduceOnly: false,
  durationMs: 300_000,
  randomize: false,
};

const shown = (changes: Partial<VenueTwap> = {}): VenueTwap => ({
  twapId: 7,
  asset: 'BTC',
  side: 'buy',
  sizeBase: sizeBase('0.1'),
  minutes: 5,
  reduceOnly: false,
  randomize: false,
  placedMs: 10_000,
  executedBase: sizeBase('0'),
  executedUsd: usd('0'),
  status: 'activated',
  ...changes,
});

const factsOf = (...events: TwapEvent[]): TwapFacts => events.reduce(advanceTwap, NEW_TWAP);
const SENT: TwapEvent = { type: 'sent' };

describe('the phase of a venue’s TWAP', () => {
  test.each<[string, TwapEvent[], string]>([
    ['nothing happened', [], 'pending'],
    [
      'it was denied',
      [{ type: 'denied', denial: { kind: 'risk', field: 'f', value: 'v', rule: 'r' } }],
      'denied',
    ],
    ['it was withdrawn', [{ type: 'withdrawn', reason: 'x' }], 'withdrawn'],
    ['it was sent', [SENT], 'inDoubt'],
    ['its reply was lost', [SENT, { type: 'outcomeUnknown', reason: 'timeout' }], 'inDoubt'],
    ['its reply named it', [SENT, { type: 'running', twapId: 7 }], 'running'],
    ['it was refused', [SENT, { type: 'rejected', reason: 'no' }], 'rejected'],
    ['it was proven absent', [SENT, { type: 'provenAbsent', reason: 'x' }], 'expired'],
    ['it was found running', [SENT, { type: 'seen', twap: shown() }], 'running'],
    ['it was found ended', [SENT, { type: 'seen', twap: shown({ status: 'finished' }) }], 'ended'],
    [
      'the venue uses a new word',
      [SENT, { type: 'seen', twap: shown({ status: 'napping' }) }],
      'running',
    ],
  ])('when %s', (_what, events, phase) => {
    expect(twapPhase(factsOf(...events))).toBe(phase);
  });

  test('found late, it runs, whatever was concluded before', () => {
    const absent = factsOf(SENT, { type: 'provenAbsent', reason: 'x' });
    const found = advanceTwap(absent, { type: 'seen', twap: shown() });
    expect(twapPhase(found)).toBe('running');
    expect(isOverTwap(found)).toBe(false);
  });

  test('never takes another TWAP for itself', () => {
    const mine = factsOf(SENT, { type: 'running', twapId: 7 });
    const other = advanceTwap(mine, {
      type: 'seen',
      twap: shown({ twapId: 8, status: 'finished' }),
    });
    expect(other).toEqual(mine);
  });

  const anything = fc.oneof(
    fc.constantFrom<TwapEvent>(
      SENT,
      { type: 'running', twapId: 7 },
      { type: 'outcomeUnknown', reason: 'lost' },
    ),
    fc
      .tuple(
        fc.integer({ min: 0, max: 10 }),
        fc.constantFrom('activated', 'finished', 'terminated'),
      )
      .map(([part, status]): TwapEvent => {
        const executedBase = sizeBase(`0.0${part === 10 ? 9 : part}`);
        return { type: 'seen', twap: shown({ executedBase, status }) };
      }),
  );

  test('once ended stays so, and what it executed never shrinks while it runs', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 12 }), (events) => {
        let facts = NEW_TWAP;
        for (const event of events) {
          const next = advanceTwap(facts, event);
          if (twapPhase(facts) === 'ended') expect(twapPhase(next)).toBe('ended');
          if (twapPhase(next) === 'running') {
            expect(Number(executedOf(next))).toBeGreaterThanOrEqual(Number(executedOf(facts)));
          }
          facts = next;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('does not depend on how often a fact is told', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 8 }), (events) => {
        const twice = events.flatMap((event) => [event, event]);
        expect(factsOf(...twice)).toEqual(factsOf(...events));
      }),
      { numRuns: 500 },
    );
  });
});

describe('how it ended', () => {
  const ended = (changes: Partial<VenueTwap>, cancelled?: string) =>
    twapEnd(factsOf(SENT, { type: 'seen', twap: shown(changes) }), SPEC.sizeBase, cancelled);

  test.each([
    [{ status: 'finished', executedBase: sizeBase('0.1') }, 'done', 'all of it has executed'],
    [
      { status: 'finished', executedBase: sizeBase('0.04') },
      'stopped',
      'finished; 0.04 of 0.1 executed',
    ],
    [{ status: 'terminated' }, 'stopped', 'cancelled on the venue; 0 of 0.1 executed'],
    [
      { status: 'error', description: 'no margin' },
      'stopped',
      'error: no margin; 0 of 0.1 executed',
    ],
  ])('%p is %s', (changes, kind, reason) => {
    expect(ended(changes)).toEqual({ kind, reason });
  });

  test('by whom it was cancelled is told', () => {
    expect(ended({ status: 'terminated' }, 'enough')?.reason).toBe('enough; 0 of 0.1 executed');
  });

  test('is not told while it runs or may run', () => {
    expect(ended({})).toBeUndefined();
    expect(twapEnd(factsOf(SENT), SPEC.sizeBase, 'cancelled')).toBeUndefined();
  });
});

describe('finding it without its name', () => {
  const wanted = { asset: 'BTC', spec: SPEC, drawnUpMs: 9_000, expiresAfterMs: 17_000 };
  const match = (twaps: readonly VenueTwap[], taken: readonly number[] = []) =>
    matchTwap(wanted, twaps, new Set(taken));

  test.each<[string, Partial<VenueTwap>]>([
    ['another asset', { asset: 'ETH' }],
    ['the other side', { side: 'sell' }],
    ['another size', { sizeBase: sizeBase('0.2') }],
    ['another duration', { minutes: 6 }],
    ['one that only reduces', { reduceOnly: true }],
    ['one at varied times', { randomize: true }],
    ['one from before the envelope', { placedMs: 6_999 }],
    ['one from after its expiry', { placedMs: 19_001 }],
  ])('%s is not it', (_what, changes) => {
    expect(match([shown(changes)])).toEqual({ kind: 'none' });
  });

  test('the same size in other words is it', () => {
    const twap = shown({ sizeBase: '0.10' as never });
    expect(match([twap])).toEqual({ kind: 'found', twap });
  });

  test('one whose owner is known is not it', () => {
    expect(match([shown()], [7])).toEqual({ kind: 'none' });
    expect(match([shown(), shown({ twapId: 8 })], [7])).toMatchObject({ twap: { twapId: 8 } });
  });

  test('of two that could be it none is guessed', () => {
    expect(match([shown(), shown({ twapId: 8 })])).toEqual({ kind: 'several', twapIds: [7, 8] });
  });
});

describe('what may be asked for', () => {
  test.each([
    ['5 minutes', 300_000, true],
    ['7 days', 604_800_000, true],
    ['4 minutes', 240_000, false],
    ['a second more than 5 minutes', 301_000, false],
    ['more than 7 days', 604_860_000, false],
  ])('%s: %p', (_what, durationMs, isLegal) => {
    const violation = checkVenueTwap({ ...SPEC, durationMs });
    expect(violation?.field).toBe(isLegal ? undefined : 'durationMs');
  });
});
