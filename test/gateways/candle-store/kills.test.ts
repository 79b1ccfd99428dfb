/** Imports that are killed, again and again, while others read: every file is whole or not there. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { CandleStore } from '../../../gateways/candle-store/store.ts';
import { MINUTE_MS, MINUTES, minutes, START_MS } from '../../domain/market/history/samples.ts';
import { csvOf, openScene } from './scene.ts';

const DATA = fileURLToPath(new URL('../../../workers/data.ts', import.meta.url));
const FILES = 12;
const BARS = 4_000;

/** Files that overlap by half and cross several months. */
const contents = Array.from({ length: FILES }, (_, file) => {
  const from = START_MS + file * (BARS / 2) * MINUTE_MS;
  return minutes(BARS, from).map(([time, ...values]) => [
    time,
    ...values.map((value) => value + file),
  ]);
});

function importing(dataDir: string, paths: readonly string[]) {
  const flags = [
    '--data-dir',
    dataDir,
    '--venue',
    'hyperliquid',
    '--asset',
    'BTC',
    '--interval',
    '1m',
  ];
  const child = spawn(process.execPath, [DATA, 'import', ...paths, ...flags, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });
  return { child, ended };
}

/** The rows that a store must have when these files are in it. */
function rowsOfFiles(names: readonly string[]): number {
  const files = names.map((name) => Number(/(\d+)\.csv/.exec(name)?.[1]));
  return new Set(files.flatMap((file) => contents[file]?.map(([time]) => time) ?? [])).size;
}

describe('an import that is killed', () => {
  test('leaves each file whole or absent, never blocks the next, and readers see nothing half', async () => {
    const scene = openScene();
    const market = new CandleStore(`${scene.folder}/data/market`);
    const paths = contents.map((rows, file) => scene.put(`${file}.csv.gz`, gzipSync(csvOf(rows))));
    let kills = 0;
    for (let round = 0; round < 40; round += 1) {
      const { child, ended } = importing(`${scene.folder}/data`, paths);
      const killed = round < 39;
      if (killed) setTimeout(() => child.kill('SIGKILL'), 300 + 37 * round);
      let isRunning = true;
      void ended.then(() => {
        isRunning = false;
      });
      while (isRunning) {
        // What a reader sees in the middle of it all is some whole state.
        const { rows } = await market.load(MINUTES);
        expect(rows.timeMs.length % (BARS / 2)).toBe(0);
        await new Promise((resolve) => setImmediate(resolve));
      }
      if ((await ended) === 'SIGKILL') kills += 1;
      else expect(await ended).toBe(0);
      const sources = market.manifest(MINUTES)?.sources ?? [];
      const { rows } = await market.load(MINUTES);
      expect(rows.timeMs.length).toBe(rowsOfFiles(sources.map(({ name }) => name)));
      if (sources.length === FILES && killed) break;
    }
    expect(kills).toBeGreaterThan(2);
    const whole = openScene();
    await whole.import(paths.toReversed(), { venue: 'hyperliquid', asset: 'BTC', interval: '1m' });
    expect(market.series()[0]?.contentHash).toBe(whole.store.series()[0]?.contentHash);
    expect(market.series()[0]?.disputed).toBe(whole.store.series()[0]?.disputed);
    await market.close();
    await whole.close();
    await scene.close();
  });
});
