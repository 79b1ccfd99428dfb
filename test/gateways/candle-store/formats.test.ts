/** Every format gives the same rows, and says by itself what it can. */

import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SeriesKey } from '../../../domain/market/history/series.ts';
import { numberFrom } from '../../../gateways/candle-store/formats/number-text.ts';
import { MINUTES, minutes } from '../../domain/market/history/samples.ts';
import { csvOf, openScene, type Scene, storedRows } from './scene.ts';
import { zipOf } from './zip.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/candle-store/${name}`, import.meta.url));
const SAMPLE = fileURLToPath(new URL('../../../data/sample/BTC.1m.csv.gz', import.meta.url));
/** The rows that the fixtures were made from. */
const sampleRows = gunzipSync(readFileSync(SAMPLE))
  .toString()
  .split('\n')
  .slice(1, 501)
  .map((line) => line.split(',').map(Number));

const BINANCE: SeriesKey = { ...MINUTES, venue: 'binance-usdm', asset: 'BTCUSDT' };
const TOLD = { venue: 'hyperliquid', asset: 'BTC', interval: '1m' } as const;

let scene: Scene;
beforeEach(() => {
  scene = openScene();
});
afterEach(() => scene.close());

async function imported(file: string, told = {}): Promise<SeriesKey> {
  const [report] = await scene.import([file], told);
  expect(report).toMatchObject({ outcome: 'imported' });
  return report?.key as SeriesKey;
}

describe('text', () => {
  const rows = minutes(12);
  const binance = rows.map(([time, ...values]) => [
    time,
    ...values,
    time + 59_999,
    '501.2',
    7,
    '2.5',
    '250.1',
    0,
  ]);
  const NAMES =
    'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore';
  test.each([
    ['with our header', 'a.csv', csvOf(rows)],
    ['with gzip', 'a.csv.gz', gzipSync(csvOf(rows))],
    [
      'with Windows line ends, a mark and quotes',
      'a.csv',
      `\ufeff${csvOf(rows).replaceAll('\n', '\r\n').replace(',100,', ',"100",')}`,
    ],
    ['with semicolons', 'a.csv', csvOf(rows).replaceAll(',', ';')],
    [
      'with other names in another order',
      'a.csv',
      csvOf(
        rows.map(([t, o, h, l, c, v]) => [v, c, l, h, o, t]),
        'Vol,Close,Low,High,Open,Unix',
      ),
    ],
    ['with seconds', 'a.csv', csvOf(rows.map(([t, ...rest]) => [t / 1_000, ...rest]))],
    [
      'with nanoseconds',
      'a.csv',
      csvOf(rows.map(([t, ...rest]) => [`${t}000000`, ...rest]) as never),
    ],
    [
      'with dates in UTC',
      'a.csv',
      csvOf(
        rows.map(([t, ...rest]) => [
          new Date(t).toISOString().replace('T', ' ').replace('.000Z', ''),
          ...rest,
        ]) as never,
      ),
    ],
    [
      'with dates in a zone',
      'a.csv',
      csvOf(
        rows.map(([t, ...rest]) => [
          new Date(t + 7_200_000).toISOString().replace('Z', '+02:00'),
          ...rest,
        ]) as never,
      ),
    ],
    ['of Binance with a header', 'a.csv', csvOf(binance as never, NAMES)],
    [
      'of Binance without one',
      'a.csv',
      csvOf(binance as never)
        .split('\n')
        .slice(1)
        .join('\n'),
    ],
    [
      'of Binance since 2025, in microseconds',
      'a.csv',
      csvOf(binance.map(([t, ...rest]) => [`${t}000`, ...rest]) as never, NAMES),
    ],
    [
      'in a zip',
      'BTCUSDT-1m-2025-03.zip',
      zipOf('BTCUSDT-1m-2025-03.csv', csvOf(binance as never, NAMES)),
    ],
    ['from the newest to the oldest', 'a.csv', csvOf(rows.toReversed())],
  ])('%s', async (_name, file, content) => {
    const key = await imported(scene.put(file, content), TOLD);
    expect(await storedRows(scene.store, key)).toEqual(rows);
  });

  test('numbers are read to the nearest double, whatever way they are written', () => {
    const texts = [
      '0',
      '-0.5',
      '000.125',
      '0.1',
      '123456789012345.6',
      '9007199254740993',
      '1e-7',
      '1.25E+3',
      '.5',
      '5.',
      '0.000000123456789',
      '179769313486231570000',
      '0.30000000000000004',
    ];
    for (const text of texts) {
      const bytes = Buffer.from(`x${text}y`);
      expect([text, numberFrom(bytes, 1, bytes.length - 1)]).toEqual([text, Number(text)]);
    }
    for (const text of ['', '-', '.', '1.2.3', '1,2', 'NaN', 'Infinity', '0x10', '1e', '--1']) {
      expect([text, numberFrom(Buffer.from(text), 0, text.length)]).toEqual([text, Number.NaN]);
    }
  });
});

test('decimals of any length are read as JavaScript reads them', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 18 });
  fc.assert(
    fc.property(digits, digits, fc.constantFrom('', '-'), (whole, decimals, sign) => {
      const text = `${sign}${whole}.${decimals}`;
      expect(numberFrom(Buffer.from(text), 0, text.length)).toBe(Number(text));
    }),
    { numRuns: 2_000 },
  );
});

describe('feather and Parquet, as pandas and freqtrade write them', () => {
  test.each([
    ['LZ4', 'BTC_USDT_USDT-1m-futures.feather'],
    ['zstd in several batches', 'zstd-chunked.feather'],
    ['uncompressed in microseconds', 'plain-micro.feather'],
    ['Parquet', 'bars.parquet'],
  ])('%s', async (_name, file) => {
    const key = await imported(fixture(file), TOLD);
    expect(await storedRows(scene.store, key)).toEqual(sampleRows);
  });

  test("freqtrade's folders say venue, asset, interval and kind", async () => {
    const folder = join(scene.folder, 'user_data', 'data', 'binance', 'futures');
    mkdirSync(folder, { recursive: true });
    for (const name of [
      'BTC_USDT_USDT-1m-futures.feather',
      'BTC_USDT_USDT-1h-funding_rate.feather',
    ]) {
      copyFileSync(fixture(name), join(folder, name));
    }
    const reports = await scene.import([join(scene.folder, 'user_data')]);
    expect(reports.map(({ key }) => key)).toEqual([
      { ...BINANCE, kind: 'funding', interval: '1h' },
      BINANCE,
    ]);
    const funding = await scene.store.loadFunding('binance-usdm', 'BTCUSDT');
    expect([...funding.rate]).toEqual([0.0001, -0.00002, 0.0000125]);
  });

  test.each(['BTC_USDT_USDT-1m-futures.feather', 'zstd-chunked.feather'])(
    'a flipped byte in %s is noticed or leads nowhere near a crash',
    async (name) => {
      const bytes = readFileSync(fixture(name));
      for (let at = 0; at < bytes.length; at += 211) {
        const broken = Buffer.from(bytes);
        broken[at] = (broken[at] ?? 0) ^ 0xff;
        const [report] = await scene.import([scene.put(`${at}.feather`, broken)], {
          ...TOLD,
          dryRun: true,
        });
        expect(['imported', 'refused', 'skipped']).toContain(report?.outcome);
      }
    },
  );
});

describe('JSON', () => {
  const rows = minutes(6);
  test.each([
    ['rows of numbers, as freqtrade writes them', JSON.stringify(rows)],
    [
      "Binance's answer, prices as text",
      JSON.stringify(rows.map(([t, ...values]) => [t, ...values.map(String), t + 59_999, '1', 3])),
    ],
    [
      "Hyperliquid's answer",
      JSON.stringify(
        rows.map(([t, o, h, l, c, v]) => ({
          t,
          T: t + 59_999,
          s: 'BTC',
          i: '1m',
          o: `${o}`,
          c: `${c}`,
          h: `${h}`,
          l: `${l}`,
          v: `${v}`,
          n: 4,
        })),
      ),
    ],
  ])('%s', async (_name, text) => {
    const key = await imported(scene.put('a.json.gz', gzipSync(text)), TOLD);
    expect(await storedRows(scene.store, key)).toEqual(rows);
  });

  test('a recorded answer of Hyperliquid says its coin and interval by itself', async () => {
    const response = rows.map(([t, o, h, l, c, v]) => ({
      t,
      T: t + 59_999,
      s: 'kPEPE',
      i: '1m',
      o: `${o}`,
      c: `${c}`,
      h: `${h}`,
      l: `${l}`,
      v: `${v}`,
      n: 4,
    }));
    const key = await imported(scene.put('x.json', JSON.stringify({ request: {}, response })));
    expect(key).toEqual({ ...MINUTES, asset: 'kPEPE' });
  });

  test('the index of fear and greed, as it is served', async () => {
    const data = [
      { value: '40', value_classification: 'Fear', timestamp: '1741219200' },
      { value: '20', value_classification: 'Extreme Fear', timestamp: '1741132800' },
    ];
    await imported(scene.put('fng.json', JSON.stringify({ name: 'Fear and Greed Index', data })));
    const { timeMs, value } = await scene.store.loadSentiment();
    expect([[...timeMs], [...value]]).toEqual([
      [1_741_132_800_000, 1_741_219_200_000],
      [20, 40],
    ]);
  });
});

describe('names', () => {
  test.each([
    ['candles/hyperliquid/1m/kPEPE.csv', { ...MINUTES, asset: 'kPEPE' }],
    ['mark/binance-usdm/1m/BTCUSDT.2025.csv', { ...BINANCE, kind: 'mark' }],
    ['futures/um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2025-03-05.csv', BINANCE],
    [
      'futures/um/monthly/markPriceKlines/BTCUSDT/1m/BTCUSDT-1m-2025-03.csv',
      { ...BINANCE, kind: 'mark' },
    ],
    [
      'spot/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2025-03.csv',
      { ...BINANCE, venue: 'binance-spot' },
    ],
    ['data/hyperliquid/futures/BTC_USDC_USDC-1m-futures.csv', MINUTES],
    ['candles.hyperliquid.xyz%3ATSLA.1m.csv', { ...MINUTES, asset: 'xyz:TSLA' }],
  ] as const)('%s', async (name, key) => {
    expect(await imported(scene.put(name, csvOf(minutes(4))))).toEqual(key);
  });
});
