/** Choosing a universe from a scan and keeping it, over a store in memory. */
import { describe, expect, test } from '@jest/globals';
import type { MarketScan, UniverseStorePort } from '../../activities/ports/universe.ts';
import { chooseUniverse } from '../../activities/universe.activities.ts';
import type { AssetFacts } from '../../domain/market/universe/facts.ts';
import { explain, type UniverseRecord } from '../../domain/market/universe/record.ts';

const DAY_MS = 86_400_000;
const AT_MS = 30 * DAY_MS;

/** Days that move by a few per cent in a rhythm of their own; the liquid ones have depth. */
function factsOf(asset: string, rhythm: number, depthUsd: number): AssetFacts {
  let price = 100;
  const close = Array.from({ length: 29 }, (_, day) => {
    price *= Math.exp(0.05 * Math.sin(day * rhythm));
    return price;
  });
  return {
    asset,
    depthUsd,
    spreadFraction: 0.0002,
    maxLeverage: 20,
    daily: {
      openTimeMs: close.map((_, day) => day * DAY_MS),
      high: close,
      low: close,
      close,
      volumeUsd: close.map(() => 1e7),
    },
  };
}

function memory(): UniverseStorePort & { readonly kept: UniverseRecord[] } {
  const kept: UniverseRecord[] = [];
  return {
    kept,
    keep: async (record) => void kept.push(record),
    asOf: async (_venue, atMs) => kept.findLast(({ universe }) => universe.atMs <= atMs),
  };
}

const portsOf = (facts: readonly AssetFacts[], atMs: number, universes: UniverseStorePort) => ({
  universes,
  scan: {
    venue: 'paper',
    scan: async (most: number): Promise<MarketScan> => ({
      atMs,
      facts: facts.slice(0, most),
      passedOver: Math.max(0, facts.length - most),
    }),
  },
});

const MARKETS = [factsOf('AAA', 1.1, 1e5), factsOf('BBB', 2.3, 8e4), factsOf('CCC', 0.7, 1e3)];

describe('a chosen universe', () => {
  test('is kept with its rules, its moment and the reasons of every asset', async () => {
    const store = memory();
    const chosen = await chooseUniverse(portsOf(MARKETS, AT_MS, store), { size: 2, looked: 3 });
    expect(chosen).toMatchObject({ venue: 'paper', atMs: AT_MS, looked: 3, passedOver: 0 });
    expect(chosen.members).toHaveLength(2);
    expect(chosen.joined).toEqual(chosen.members.map(({ asset }) => asset));
    const [record] = store.kept;
    expect(record?.policy.size).toBe(2);
    for (const { asset } of MARKETS) {
      const why = record && explain(record, asset);
      const sum = why?.parts.reduce((total, part) => total + part.adds, 0);
      expect(sum).toBeCloseTo(why?.score.score ?? Number.NaN, 12);
      expect(why?.reasons.length).toBeGreaterThan(0);
      expect(why?.isMember).toBe(chosen.members.some((member) => member.asset === asset));
    }
    expect(record && explain(record, 'ZZZ')).toBeUndefined();
  });

  test('knows who joined and who went since the one before', async () => {
    const store = memory();
    await chooseUniverse(portsOf(MARKETS.slice(1), AT_MS, store), { size: 1, looked: 9 });
    const [before] = store.kept[0]?.universe.members ?? [];
    const strong = { ...factsOf('AAA', 1.1, 1e5), openInterestUsd: 1e8, fundingPerDay: 0 };
    const weak = { ...MARKETS[1], depthUsd: 1, spreadFraction: 0.0019 } as AssetFacts;
    const later = portsOf([strong, weak], AT_MS + DAY_MS, store);
    expect(await chooseUniverse(later, { size: 1, looked: 9 })).toMatchObject({
      joined: ['AAA'],
      dropped: [before?.asset],
    });
  });

  test('looks at no more markets than asked, and says how many it passed over', async () => {
    const store = memory();
    const chosen = await chooseUniverse(portsOf(MARKETS, AT_MS, store), { size: 5, looked: 1 });
    expect(chosen).toMatchObject({ looked: 1, passedOver: 2, members: [{ asset: 'AAA' }] });
  });
});
