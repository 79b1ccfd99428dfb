/** `perpetua backtest` as a user runs it: on the sample data, in processes of its own. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { costModel } from '../../domain/execution/cost-model/cost-model.ts';
import { DEFAULT_UNIVERSE } from '../../domain/market/universe/facts.ts';
import { createUniverseFiles } from '../../gateways/candle-store/universe-files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'perpetua-backtest-'));

function run(file: string, ...words: readonly string[]) {
  const args = ['--no-warnings', join(ROOT, file), ...words, '--data-dir', folder, '--json'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  return { status, document: JSON.parse(stdout) };
}

const backtest = (...words: readonly string[]) => run('workers/backtest.ts', ...words);
const RUN = ['run', '--strategy', 'ema-crossover', '--asset', 'BTC,ETH', '--interval', '1m'];
const WEEK = [...RUN, '--from', '2025-05-12', '--to', '2025-05-19'];

beforeAll(() => {
  for (const asset of ['BTC', 'ETH']) {
    const file = join(ROOT, `data/sample/${asset}.1m.csv.gz`);
    const { status } = run('workers/data.ts', 'import', file, '--venue', 'hyperliquid');
    expect(status).toBe(0);
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a backtest', () => {
  const page = join(folder, 'page.html');
  const first = () => backtest(...WEEK, '--report', page, '--check', 'lookahead,warmup,repaint');

  test('run again is equal to the bit, and so is one that looks at every moment of every bar', () => {
    const once = first();
    expect(once.status).toBe(0);
    expect(once.document).toMatchObject({
      ok: true,
      checks: { lookahead: 0, warmup: 0, repaint: 0 },
      openAtEnd: expect.any(Array),
    });
    expect(once.document.trades.length).toBeGreaterThan(50);
    const again = backtest(...WEEK);
    expect(again.document.id).toBe(once.document.id);
    expect(again.document.resultHash).toBe(once.document.resultHash);
    const slow = backtest(...WEEK, '--every-step');
    expect(slow.document.resultHash).toBe(once.document.resultHash);
    const { id, resultHash } = once.document;
    expect(once.document.engine).toBe('vector');
    const events = backtest(...WEEK, '--engine', 'events');
    expect(events.document).toMatchObject({ id, resultHash, engine: 'events' });
  });

  test('trades no bar before the first moment asked for, and has warmed up by then', () => {
    const { document } = backtest(...WEEK);
    const [earliest] = document.trades;
    expect(earliest.entryTimeMs).toBeGreaterThanOrEqual(Date.parse('2025-05-12'));
    expect(earliest.entryTimeMs).toBeLessThan(Date.parse('2025-05-12T06:00Z'));
    expect(document.performance.fromMs).toBe(Date.parse('2025-05-12'));
  });

  test('of other genes is another one, and both are kept side by side', () => {
    const plain = backtest(...WEEK).document;
    const changed = backtest(...WEEK, '--gene', 'slow=60').document;
    const { document } = backtest('compare', plain.id, changed.id);
    // A slower mean needs a longer warm-up, so that other bars were read, too.
    const names = document.changed.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['genes', 'data']);
    expect(backtest('list').document[0].id).toBe(changed.id);
  });

  test('pays the costs of a model, in both engines alike, and says whose they are', () => {
    const plain = backtest(...WEEK).document;
    const unmeasured = backtest(...WEEK, '--costs', 'measured').document;
    // Until anything is measured a small order pays 2 basis points beyond the mid, 4 of spread.
    expect(unmeasured.facts.costs).toMatchObject({ spreadBpsOf: { BTC: 4, ETH: 4 } });
    expect(unmeasured.performance.costs.slippageUsd).toBeGreaterThan(
      3 * plain.performance.costs.slippageUsd,
    );
    const events = backtest(...WEEK, '--costs', 'measured', '--engine', 'events').document;
    expect(events.resultHash).toBe(unmeasured.resultHash);
    const seen = Array.from({ length: 60 }, () => ({
      asset: 'BTC',
      notionalUsd: '500',
      liquidity: 'taker' as const,
      feeBps: '4.5',
      halfSpreadBps: '0.2',
      impactBps: '0',
    }));
    const file = join(folder, 'model.json');
    writeFileSync(file, JSON.stringify(costModel(seen)));
    const measured = backtest(...WEEK, '--costs', file).document;
    // 20 of the default's 1 and 60 of what was seen: 0.4 and 0.25, twice.
    expect(measured.facts.costs.spreadBpsOf).toEqual({ BTC: 1.3, ETH: 4 });
    expect(measured.resultHash).not.toBe(unmeasured.resultHash);
  });

  test('of a universe trades its members from the moment it was chosen, and nothing before', async () => {
    const atMs = Date.parse('2025-05-15T06:00Z');
    const score = { asset: 'ETH', score: 0.7, parts: [], unknown: [], refusals: [] };
    await createUniverseFiles(join(folder, 'market')).keep({
      version: 1,
      venue: 'paper',
      policy: DEFAULT_UNIVERSE,
      passedOver: 0,
      universe: { atMs, members: [{ asset: 'ETH', score, value: 0.8, isNew: true }], left: [] },
    });
    const words = WEEK.filter((word) => !['--asset', 'BTC,ETH'].includes(word));
    const { status, document } = backtest(...words, '--universe', 'paper');
    expect(status).toBe(0);
    expect(document.facts).toMatchObject({
      assets: ['ETH'],
      universe: { venue: 'paper', kept: 1 },
    });
    const entries = document.trades.map(({ entryTimeMs }: { entryTimeMs: number }) => entryTimeMs);
    expect(entries.length).toBeGreaterThan(20);
    expect(Math.min(...entries)).toBeGreaterThanOrEqual(atMs);
    expect(Math.min(...entries)).toBeLessThan(atMs + 6 * 3_600_000);
  });

  test('is shown on a page that needs nothing else', () => {
    expect(existsSync(page)).toBe(true);
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('What this rests on');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('what cannot be run is refused by name', () => {
  test.each<readonly [string, readonly string[], number, string]>([
    ['an asset that is not listed', ['--asset', 'NOSUCH'], 2, '--asset'],
    ['a strategy that does not exist', ['--strategy', 'nosuch'], 2, '--strategy'],
    ['a gene out of bounds', ['--gene', 'fast=900'], 2, 'fast'],
    [
      'bars that are not stored',
      ['--interval', '4h'],
      5,
      '4h candles of BTC are stored, only of 1m',
    ],
    ['a universe that nobody kept', ['--universe', 'nowhere'], 5, 'no universe of nowhere'],
    ['an equity that is no number', ['--equity', 'much'], 2, '--equity'],
    ['an engine that does not exist', ['--engine', 'fast'], 2, '--engine'],
    ['every moment of the fast engine', ['--engine', 'vector', '--every-step'], 2, '--engine'],
    ['costs that are no file', ['--costs', 'nosuch.json'], 5, 'nosuch.json'],
    ['costs beside a spread', ['--costs', 'measured', '--spread-bps', '1'], 2, '--costs'],
    ['a check that does not exist', ['--check', 'hindsight'], 2, '--check'],
    ['a time that ends before it begins', ['--from', '2030-01-01'], 5, 'no bars'],
  ])('%s', (_what, words, exit, named) => {
    const { status, document } = backtest(...RUN, ...words);
    expect(status).toBe(exit);
    expect(document.error.message).toContain(named);
  });

  test('a result that is not kept', () => {
    expect(backtest('compare', '000000000000', '111111111111').status).toBe(5);
    expect(backtest('compare', 'x').status).toBe(2);
  });
});
