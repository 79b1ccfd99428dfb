/** `perpetua data sync` as a process, against a paper exchange and local servers over real HTTP. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CandleStore } from '../../../gateways/candle-store/store.ts';
import { openPaperVenue, type PaperVenue } from '../../contract/paper-venue.ts';
import { minutes } from '../../domain/market/history/samples.ts';
import { csvOf } from '../../gateways/candle-store/scene.ts';
import { zipOf } from '../../gateways/candle-store/zip.ts';

const DATA = fileURLToPath(new URL('../../../workers/data.ts', import.meta.url));
const STEPS_A_BAR = 6;
let dataDir: string;
let store: CandleStore;

interface Ran {
  readonly code: number;
  readonly document: Readonly<Record<string, unknown>> & {
    added?: number;
    error?: { message: string };
  };
}

function runSync(...words: readonly string[]): Promise<Ran> {
  const args = [DATA, 'sync', ...words, '--data-dir', dataDir, '--json'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (fault, stdout) => {
      resolve({ code: Number(fault?.code ?? 0), document: JSON.parse(stdout) });
    });
  });
}

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'perpetua-sync-'));
});
beforeEach(() => {
  store = new CandleStore(join(dataDir, 'market'));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

describe('Hyperliquid, as the paper exchange speaks it', () => {
  let venue: PaperVenue;
  beforeAll(async () => {
    venue = await openPaperVenue({ startOffsetMinutes: 6_000 });
  });
  afterAll(() => venue.close());
  const words = () => ['--url', venue.running.url, '--assets', 'BTC', '--intervals', '1m,1h'];

  test('candles and funding are stored as they were told, but for the bar that is still open', async () => {
    const told = await venue.info.candleSnapshot({ coin: 'BTC', interval: '1m', startTime: 0 });
    expect(told).toHaveLength(5_000);
    const { code, document } = await runSync(...words());
    expect([code, document.error]).toEqual([0, undefined]);
    const bars = await store.loadBars({ venue: 'paper', asset: 'BTC', interval: '1m' });
    expect([...bars.openTimeMs]).toEqual(told.slice(0, -1).map(({ t }) => t));
    expect([...bars.close]).toEqual(told.slice(0, -1).map(({ c }) => Number(c)));
    expect([...bars.volumeBase]).toEqual(told.slice(0, -1).map(({ v }) => Number(v)));
    const rates = await venue.info.fundingHistory({ coin: 'BTC', startTime: 0 });
    const funding = await store.loadFunding('paper', 'BTC');
    expect([...funding.rate]).toEqual(rates.map(({ fundingRate }) => Number(fundingRate)));
  });

  test('a second time only what is new is fetched, and nothing changes without it', async () => {
    expect((await runSync(...words())).document.added).toBe(0);
    venue.running.advance(STEPS_A_BAR * 10);
    const { document } = await runSync(...words(), '--kinds', 'candles');
    expect(document.added).toBe(10);
    const [series] = store.series();
    expect(series).toMatchObject({ rows: 5_009, disputed: 0, sources: 1 });
  });

  test('what slid out of the window meanwhile is said to be lost', async () => {
    // The same tape 5,100 bars later.
    const later = await openPaperVenue({ startOffsetMinutes: 6_010 + 5_100 });
    const { document } = await runSync(
      ...['--url', later.running.url, '--assets', 'BTC', '--intervals', '1m', '--kinds', 'candles'],
    );
    expect(document.series).toMatchObject([{ added: 4_999, lostBars: 101 }]);
    const { gaps } = await store.loadBars({ venue: 'paper', asset: 'BTC', interval: '1m' });
    expect(gaps.map(({ missingRows }) => missingRows)).toEqual([101]);
    await later.close();
  });

  test('a coin that is not listed is no success', async () => {
    const { code, document } = await runSync('--url', venue.running.url, '--assets', 'NOSUCHCOIN');
    expect([code, document.added]).toEqual([5, 0]);
  });
});

/** A server of files by their path; counts what it was asked for. */
async function serve(files: ReadonlyMap<string, Buffer | string>) {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.push(path);
    const content = files.get(path);
    if (content === undefined) response.writeHead(404).end();
    else response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, close: () => server.close() };
}

describe("Binance's archive", () => {
  const FOLDER = '/data/futures/um/monthly/klines/BTCUSDT/1m';
  const january = Date.UTC(2024, 0, 1);
  const february = Date.UTC(2024, 1, 1);
  const zip = (month: string, from: number): Buffer =>
    zipOf(
      `BTCUSDT-1m-${month}.csv`,
      csvOf(
        minutes(300, from).map((row) => [...row, row[0] + 59_999, 1, 1, 1, 1, 0]),
        ''.padEnd(0),
      ).trimStart(),
    );
  const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  test('months are fetched once, verified, and those that are not there are named', async () => {
    const files = new Map<string, Buffer | string>();
    for (const [month, from] of [
      ['2024-01', january],
      ['2024-02', february],
    ] as const) {
      const bytes = zip(month, from);
      files.set(`${FOLDER}/BTCUSDT-1m-${month}.zip`, bytes);
      files.set(
        `${FOLDER}/BTCUSDT-1m-${month}.zip.CHECKSUM`,
        `${hashOf(bytes)}  BTCUSDT-1m-${month}.zip\n`,
      );
    }
    const server = await serve(files);
    const words = [
      '--source',
      'binance',
      '--url',
      server.url,
      '--assets',
      'BTCUSDT',
      '--kinds',
      'candles',
      '--from',
      '2024-01-01',
      '--to',
      '2024-04-01',
    ];
    const { code, document } = await runSync(...words);
    expect([code, document.added]).toEqual([0, 600]);
    const outcomes = (document.files as { outcome: string }[]).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['imported', 'imported', 'absent']);
    const key = {
      kind: 'candles',
      venue: 'binance-usdm',
      asset: 'BTCUSDT',
      interval: '1m',
    } as const;
    expect(store.manifest(key)?.sources[0]).toMatchObject({
      rank: 'archive',
      origin: `${server.url}${FOLDER}/BTCUSDT-1m-2024-01.zip`,
    });
    server.asked.length = 0;
    expect((await runSync(...words)).document.added).toBe(0);
    expect(server.asked.filter((path) => path.endsWith('.zip'))).toEqual([]);
    server.close();
  });

  test('a zip whose checksum is another one is refused, and nothing of it is stored', async () => {
    const path = '/data/spot/monthly/klines/ETHUSDT/1m/ETHUSDT-1m-2024-01.zip';
    const server = await serve(
      new Map<string, Buffer | string>([
        [path, zip('2024-01', january)],
        [`${path}.CHECKSUM`, `${'0'.repeat(64)}  ETHUSDT-1m-2024-01.zip\n`],
      ]),
    );
    const { code, document } = await runSync(
      '--source',
      'binance',
      '--market',
      'spot',
      '--url',
      server.url,
      '--assets',
      'ETHUSDT',
      '--from',
      '2024-01-01',
      '--to',
      '2024-02-01',
    );
    expect([code, document.error?.message]).toEqual([1, expect.stringContaining('must be 000')]);
    expect(store.series().some(({ key }) => key.asset === 'ETHUSDT')).toBe(false);
    server.close();
  });
});

describe('the command', () => {
  test.each([
    [['--assets', 'BTC', '--intervals', '7m'], 2, /interval/],
    [['--intervals', '1m'], 2, /assets/],
    [['--source', 'kraken'], 2, /must be one of hyperliquid, binance, fear-greed/],
    [['--assets', 'BTC', '--url', 'http://example.org'], 2, /venue/],
    [['--assets', 'BTC', '--nonsense'], 2, /nonsense/],
    [['--assets', 'BTC', '--url', 'http://127.0.0.1:9', '--intervals', '1m'], 4, /127\.0\.0\.1/],
    [
      ['--assets', 'BTC', '--intervals', '1m', '--schedule', '--every', '48h'],
      2,
      /at most 20h for bars of 1m/,
    ],
  ])('%j ends with %i', async (words, exit, says) => {
    const { code, document } = await runSync(...words);
    expect([code, document.error?.message]).toEqual([exit, expect.stringMatching(says)]);
  });
});
