/** `perpetua data universe` on kept universes, and what a backtest reads of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { styleFor } from '../../../client/cli/style.ts';
import { DEFAULT_UNIVERSE } from '../../../domain/market/universe/facts.ts';
import type { UniverseRecord } from '../../../domain/market/universe/record.ts';
import type { AssetScore } from '../../../domain/market/universe/score.ts';
import { createUniverseFiles } from '../../../gateways/candle-store/universe-files.ts';
import { everMembers, loadUniverses } from '../../../workers/backtest/universe.ts';
import { openContext } from '../../../workers/data/context.ts';
import { readDataFlags } from '../../../workers/data/flags.ts';
import { runUniverse } from '../../../workers/data/universe.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'perpetua-universe-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const DAY_MS = 86_400_000;
const scoreOf = (asset: string, score: number, refusals: readonly string[] = []): AssetScore => ({
  asset,
  score,
  parts: [
    { name: 'depth', value: 80_000, score: 0.8, weight: 0.2 },
    { name: 'volatility', value: 0.03, score: score, weight: 0.4 },
  ],
  unknown: ['openInterest'],
  refusals,
});

const recordOf = (atMs: number, asset: string): UniverseRecord => ({
  version: 1,
  venue: 'paper',
  policy: DEFAULT_UNIVERSE,
  passedOver: 200,
  universe: {
    atMs,
    members: [{ asset, score: scoreOf(asset, 0.7), value: 0.8, isNew: true }],
    left: [{ asset: 'DOGE', score: scoreOf('DOGE', 0.4), reasons: ['goes with BTC (0.97)'] }],
  },
});

async function run(...words: readonly string[]) {
  const args = ['universe', '--venue', 'paper', '--data-dir', dataDir, ...words];
  const context = await openContext(readDataFlags(args));
  try {
    const { document, text } = await runUniverse(context);
    return { document, text: text(styleFor(false, {})) };
  } finally {
    await context.store.close();
  }
}

beforeAll(async () => {
  const files = createUniverseFiles(join(dataDir, 'market'));
  await files.keep(recordOf(20_000 * DAY_MS, 'BTC'));
  await files.keep(recordOf(20_010 * DAY_MS, 'SOL'));
});

test('a kept universe is shown as of its moment', async () => {
  const { document, text } = await run('--stored', '--at', '2024-10-08');
  expect(document).toMatchObject({ venue: 'paper', atMs: 20_000 * DAY_MS, passedOver: 200 });
  expect(text).toContain('BTC');
  expect((await run('--stored')).document).toMatchObject({ atMs: 20_010 * DAY_MS });
});

test('why an asset is in, or is not, is told part by part with what is unknown', async () => {
  const member = await run('--stored', '--explain', 'SOL');
  expect(member.document).toMatchObject({ asset: 'SOL', isMember: true });
  expect(member.text).toMatch(
    /a member[\s\S]*volatility[\s\S]*score 0\.700[\s\S]*unknown: openInterest/,
  );
  const other = await run('--stored', '--explain', 'DOGE');
  expect(other.text).toMatch(/no member[\s\S]*goes with BTC \(0\.97\)/);
});

test('what was not looked at, and a moment before the first universe, are not found', async () => {
  await expect(run('--stored', '--explain', 'PEPE')).rejects.toMatchObject({ exit: 5 });
  await expect(run('--stored', '--at', '2020-01-01')).rejects.toThrow(
    /no universe of paper is kept from before 2020-01-01.*the first is of 2024-10-04/,
  );
});

test('a backtest begins with the universe that stood then and hears of later ones at their moment', async () => {
  const context = await openContext(readDataFlags(['universe', '--data-dir', dataDir]));
  const from = (fromMs: number, toMs = Number.POSITIVE_INFINITY) =>
    loadUniverses(context.store, 'paper', { fromMs, toMs });
  expect(from(20_005 * DAY_MS).map(({ atMs }) => atMs / DAY_MS)).toEqual([20_000, 20_010]);
  expect(everMembers(from(0))).toEqual(['BTC', 'SOL']);
  expect(everMembers(from(0, 20_010 * DAY_MS))).toEqual(['BTC']);
  expect(everMembers(from(20_011 * DAY_MS))).toEqual(['SOL']);
  expect(() => from(0, 19_999 * DAY_MS)).toThrow(/no universe of paper is kept/);
  await context.store.close();
});

test('a backtest of universes that chose nothing is refused as such', async () => {
  const context = await openContext(readDataFlags(['universe', '--data-dir', dataDir]));
  const young = recordOf(19_000 * DAY_MS, 'BTC');
  const universe = { ...young.universe, members: [] };
  await createUniverseFiles(context.store.root).keep({ ...young, venue: 'new', universe });
  const all = { fromMs: 0, toMs: Number.POSITIVE_INFINITY };
  expect(() => loadUniverses(context.store, 'new', all)).toThrow(
    expect.objectContaining({
      exit: 5,
      message: expect.stringMatching(/no universe of new has a member: 1 are kept/),
      mend: 'perpetua data universe --stored --venue new',
    }),
  );
  await context.store.close();
});
