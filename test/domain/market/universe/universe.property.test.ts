import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AssetFacts,
  type DailyBars,
  DEFAULT_UNIVERSE,
  dailyReturns,
} from '../../../../domain/market/universe/facts.ts';
import { scoreAsset } from '../../../../domain/market/universe/score.ts';
import { correlation, selectUniverse } from '../../../../domain/market/universe/select.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2025, 0, 1);
const DAYS = 40;
const AT_MS = START_MS + 30 * DAY_MS;

const barsOf = (moves: readonly number[], volumeUsd: number): DailyBars => {
  let price = 100;
  const close = moves.map((move) => {
    price *= Math.exp(move);
    return price;
  });
  return {
    openTimeMs: moves.map((_, day) => START_MS + day * DAY_MS),
    high: close,
    low: close,
    close,
    volumeUsd: moves.map(() => volumeUsd),
  };
};

const moves = fc.array(fc.double({ min: -0.1, max: 0.1, noNaN: true }), {
  minLength: DAYS,
  maxLength: DAYS,
});
const usd = fc.double({ min: 0, max: 1e9, noNaN: true });
const assets: fc.Arbitrary<AssetFacts[]> = fc
  .array(
    fc.record({
      moves,
      volumeUsd: usd,
      depthUsd: fc.option(usd, { nil: undefined }),
      spreadFraction: fc.option(fc.double({ min: 0, max: 0.01, noNaN: true }), { nil: undefined }),
      fundingPerDay: fc.option(fc.double({ min: -0.01, max: 0.01, noNaN: true }), {
        nil: undefined,
      }),
      isDelisted: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((all) =>
    all.map(
      ({ moves: path, volumeUsd, depthUsd, spreadFraction, fundingPerDay, isDelisted }, at) => ({
        asset: `A${at}`,
        daily: barsOf(path, volumeUsd),
        isDelisted,
        ...(depthUsd === undefined ? {} : { depthUsd }),
        ...(spreadFraction === undefined ? {} : { spreadFraction }),
        ...(fundingPerDay === undefined ? {} : { fundingPerDay }),
      }),
    ),
  );
const policy = { ...DEFAULT_UNIVERSE, size: 4 };
const names = (all: readonly AssetFacts[], previous: readonly string[] = []): string[] =>
  selectUniverse(all, AT_MS, policy, previous).members.map(({ asset }) => asset);

describe('the universe of a moment', () => {
  test('does not change with what happens after it', () => {
    fc.assert(
      fc.property(assets, moves, (all, others) => {
        const later = all.map((facts) => {
          const { daily } = facts;
          const close = daily.close.map((price, day) =>
            day < 30 ? price : price * Math.exp(others[day] ?? 0),
          );
          const volumeUsd = daily.volumeUsd.map((volume, day) => (day < 30 ? volume : 1));
          return { ...facts, daily: { ...daily, close, volumeUsd } };
        });
        expect(selectUniverse(later, AT_MS, policy)).toEqual(selectUniverse(all, AT_MS, policy));
      }),
    );
  });

  test('does not depend on the order in which assets are named', () => {
    const shuffled = assets.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(fc.property(shuffled, ([all, again]) => expect(names(again)).toEqual(names(all))));
  });

  test('has no delisted, costly or unlisted-for-long asset, no two that are the same, and every asset with a reason', () => {
    fc.assert(
      fc.property(assets, (all) => {
        const twin = { ...(all[0] as AssetFacts), asset: 'TWIN' };
        const { members, left } = selectUniverse([...all, twin], AT_MS, policy);
        expect(members.length + left.length).toBe(all.length + 1);
        expect(members.length).toBeLessThanOrEqual(policy.size);
        for (const { score, value } of members) {
          expect(score.refusals).toEqual([]);
          expect(
            all.find(({ asset }) => asset === score.asset)?.isDelisted ?? twin.isDelisted,
          ).toBe(false);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        const both = members.filter(({ asset }) => asset === 'A0' || asset === 'TWIN');
        expect(both.length).toBeLessThanOrEqual(1);
        for (const { reasons } of left) expect(reasons.length).toBeGreaterThan(0);
      }),
    );
  });

  test('keeps its members where nothing changed, and where a newcomer is hardly better', () => {
    fc.assert(
      fc.property(assets, (all) => {
        const first = names(all);
        expect(names(all, first).toSorted()).toEqual(first.toSorted());
      }),
    );
    const path = Array.from({ length: DAYS }, (_, day) => (day % 2 === 0 ? 0.03 : -0.03));
    const one = { ...policy, size: 1 };
    const chosen = (newVolumeUsd: number, previous: readonly string[]) => {
      const facts = [
        { asset: 'OLD', daily: barsOf(path, 10_000_000) },
        { asset: 'NEW', daily: barsOf(path, newVolumeUsd) },
      ];
      return selectUniverse(facts, AT_MS, one, previous).members[0]?.asset;
    };
    expect(chosen(11_000_000, [])).toBe('NEW');
    expect(chosen(11_000_000, ['OLD'])).toBe('OLD');
    expect(chosen(20_000_000, ['OLD'])).toBe('NEW');
  });
});

describe('a score', () => {
  test('lies between 0 and 1, and never falls when depth or volume rise or the spread narrows', () => {
    fc.assert(
      fc.property(moves, usd, usd, usd, (path, depthUsd, volumeUsd, more) => {
        const facts = {
          asset: 'A',
          daily: barsOf(path, volumeUsd),
          depthUsd,
          spreadFraction: 0.001,
        };
        const { score } = scoreAsset(facts, policy);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        const better = [
          { ...facts, depthUsd: depthUsd + more },
          { ...facts, daily: barsOf(path, volumeUsd + more) },
          { ...facts, spreadFraction: 0.0005 },
        ];
        for (const one of better)
          expect(scoreAsset(one, policy).score).toBeGreaterThanOrEqual(score - 1e-12);
      }),
    );
  });

  test('is the sum of its parts, and says what it does not know', () => {
    const { score, parts, unknown } = scoreAsset(
      { asset: 'A', daily: barsOf(Array(DAYS).fill(0.04), 1e7) },
      policy,
    );
    const weight = parts.reduce((sum, part) => sum + part.weight, 0);
    expect(score).toBeCloseTo(
      parts.reduce((sum, part) => sum + part.weight * part.score, 0) / weight,
      12,
    );
    expect(unknown).toEqual(['depth', 'spread', 'openInterest', 'funding']);
  });
});

describe('a correlation', () => {
  test('is of the same days, whatever days either asset lacks', () => {
    fc.assert(
      fc.property(moves, fc.integer({ min: 1, max: 20 }), (path, lacking) => {
        const whole = barsOf(path, 1);
        const cut = <Column extends readonly number[]>(column: Column) =>
          column.filter((_, day) => day >= lacking);
        const late = {
          openTimeMs: cut(whole.openTimeMs),
          high: cut(whole.high),
          low: cut(whole.low),
          close: cut(whole.close),
          volumeUsd: cut(whole.volumeUsd),
        };
        const found = correlation(dailyReturns(whole), dailyReturns(late), 10);
        if (found !== undefined) expect(found).toBeCloseTo(1, 9);
      }),
    );
  });
});
