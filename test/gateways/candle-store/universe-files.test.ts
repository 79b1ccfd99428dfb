/** Universes as files: whoever asks about a moment gets the one that stood then, always the same. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { DEFAULT_UNIVERSE } from '../../../domain/market/universe/facts.ts';
import type { UniverseRecord } from '../../../domain/market/universe/record.ts';
import { createUniverseFiles } from '../../../gateways/candle-store/universe-files.ts';

const root = mkdtempSync(join(tmpdir(), 'perpetua-universes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const files = createUniverseFiles(root);

const recordOf = (atMs: number, passedOver = 0): UniverseRecord => ({
  version: 1,
  venue: 'paper',
  policy: DEFAULT_UNIVERSE,
  passedOver,
  universe: { atMs, members: [], left: [] },
});

test('a moment is answered with the newest universe at or before it, never with a later one', async () => {
  for (const atMs of [1_000, 20_000, 3_000]) await files.keep(recordOf(atMs));
  expect(files.moments('paper')).toEqual([1_000, 3_000, 20_000]);
  const asOf = async (atMs: number) => (await files.asOf('paper', atMs))?.universe.atMs;
  expect(await Promise.all([999, 1_000, 2_999, 3_000, 19_999, 90_000].map(asOf))).toEqual([
    undefined,
    1_000,
    1_000,
    3_000,
    3_000,
    20_000,
  ]);
  expect(await files.asOf('hyperliquid', 90_000)).toBeUndefined();
});

test('what is kept of a moment is never changed', async () => {
  await files.keep(recordOf(50_000, 1));
  await files.keep(recordOf(50_000, 2));
  expect((await files.asOf('paper', 50_000))?.passedOver).toBe(1);
});

test('a file that is no universe is named, and so is a venue that is no name', async () => {
  writeFileSync(join(root, 'universe/paper/60000.json'), '{"version":2}');
  await expect(files.asOf('paper', 60_000)).rejects.toThrow(/60000\.json: is no universe/);
  expect(() => files.moments('../..')).toThrow(/venue "..\/..": must be letters/);
});
