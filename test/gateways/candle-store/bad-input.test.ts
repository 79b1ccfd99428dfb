/** What is wrong with a file is named by file and row, and the store stays as it was. */

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  barAt,
  HOUR_MS,
  MINUTE_MS,
  MINUTES,
  minutes,
  START_MS,
} from '../../domain/market/history/samples.ts';
import { csvOf, openScene, type Scene, storedRows, treeHash } from './scene.ts';

const TOLD = { venue: 'hyperliquid', asset: 'BTC', interval: '1m' } as const;
const lines = csvOf(minutes(20)).trimEnd().split('\n');
const textWith = (line: number, text: string): string => lines.with(line - 1, text).join('\n');
const packed = gzipSync(csvOf(minutes(500)));

const SUNDAY_MS = Date.UTC(2024, 10, 3);

const CASES: readonly (readonly [
  name: string,
  content: string | Buffer,
  what: string,
  row: number,
  says: RegExp,
])[] = [
  ['a line that is cut off', textWith(7, '1741133100000,100'), 'columns', 7, /6 fields/],
  [
    'a word in place of a price',
    textWith(9, '1741133220000,100,101,n/a,100,5'),
    'number',
    9,
    /low "n\/a": must be a number/,
  ],
  [
    'an empty volume',
    textWith(9, '1741133220000,100,101,99,100,'),
    'number',
    9,
    /volume "": must be a number/,
  ],
  [
    'a time that is none',
    textWith(3, 'yesterday,100,101,99,100,1'),
    'number',
    3,
    /time "yesterday"/,
  ],
  [
    'a column that is missing',
    csvOf(minutes(3), 'time_ms,open,high,low,closing,volume'),
    'columns',
    1,
    /must also name close/,
  ],
  [
    'too few columns and no header',
    '1741132800000,100,101,99\n',
    'columns',
    1,
    /6 columns or a header/,
  ],
  [
    'hours in a file of minutes',
    csvOf(Array.from({ length: 9 }, (_, i) => barAt(START_MS + i * HOUR_MS))),
    'interval',
    3,
    /must be 1m apart/,
  ],
  [
    'a duplicate row',
    csvOf([...minutes(5), ...minutes(1, START_MS + 4 * MINUTE_MS)]),
    'duplicate',
    7,
    /must occur once/,
  ],
  [
    'an unsorted row',
    csvOf([...minutes(9).slice(0, 5), ...minutes(9).slice(7), ...minutes(9).slice(5, 7)]),
    'order',
    9,
    /later than the row before/,
  ],
  [
    'a clock that is set back',
    csvOf([...minutes(120, SUNDAY_MS), ...minutes(60, SUNDAY_MS + HOUR_MS)]),
    'clockChange',
    122,
    /no UTC/,
  ],
  [
    'a price of zero',
    csvOf(minutes(9).with(3, barAt(START_MS + 3 * MINUTE_MS, 0))),
    'price',
    5,
    /above 0/,
  ],
  [
    'a high below the low',
    textWith(4, '1741132920000,100,99,101,100,5'),
    'range',
    4,
    /must be at least/,
  ],
  [
    'a time between two minutes',
    csvOf(minutes(9).with(3, barAt(START_MS + 3 * MINUTE_MS + 1))),
    'grid',
    5,
    /whole 1m/,
  ],
  ['nothing', '', 'unreadable', 0, /is empty/],
];

let scene: Scene;
let before: string;
beforeAll(async () => {
  scene = openScene();
  await scene.import([scene.put('good.csv', csvOf(minutes(30)))], TOLD);
  before = treeHash(scene.store.root);
});
afterAll(() => scene.close());

const messages = (
  findings: readonly { rule: string; at: readonly { field: string; value: string }[] }[],
): string =>
  findings
    .map(({ rule, at }) => `${at[0]?.field} ${JSON.stringify(at[0]?.value)}: ${rule}`)
    .join('\n');

describe('a file is refused whole, and named by its row, for', () => {
  test.each(CASES)('%s', async (name, content, what, row, says) => {
    const file = scene.put(`${name}.csv`, content);
    const [report] = await scene.import([file], TOLD);
    expect(report).toMatchObject({ file, outcome: 'refused' });
    const found = report?.findings.find((one) => one.what === what);
    expect(found?.treatment).toBe('refused');
    expect(found?.at[0]?.row ?? 0).toBe(row);
    expect(messages(report?.findings ?? [])).toMatch(says);
    expect(treeHash(scene.store.root)).toBe(before);
  });

  test.each([
    ['gzip that was cut off', 'cut.csv.gz', packed.subarray(0, packed.length - 300), /cut off/],
    [
      'gzip with a byte that flipped',
      'flip.csv.gz',
      Buffer.from(packed).fill(0xff, 60, 90),
      /damaged gzip/,
    ],
    ['a .gz that is none', 'none.csv.gz', csvOf(minutes(3)), /is no gzip/],
    ['a zip that was cut off', 'cut.zip', Buffer.from('PK\u0003\u0004 and no more'), /cut off/],
    ['JSON that is none', 'bad.json', '[[1,2', /is no JSON/],
    [
      'feather that was cut off',
      'cut.feather',
      Buffer.from('ARROW1\0\0 and no more of it'),
      /feather that was cut off/,
    ],
    [
      'Parquet that was cut off',
      'cut.parquet',
      Buffer.from('PAR1 and no more of it'),
      /damaged Parquet/,
    ],
  ])('%s', async (_name, name, content, says) => {
    const [report] = await scene.import([scene.put(name, content)], TOLD);
    expect(report?.outcome).toBe('refused');
    expect(messages(report?.findings ?? [])).toMatch(says);
    expect(treeHash(scene.store.root)).toBe(before);
  });

  test('a checksum beside it that is another one', async () => {
    const file = scene.put('BTCUSDT-1m-2025-03.csv', csvOf(minutes(5)));
    scene.put('BTCUSDT-1m-2025-03.csv.CHECKSUM', `${'0'.repeat(64)}  BTCUSDT-1m-2025-03.csv\n`);
    const [report] = await scene.import([file], TOLD);
    expect(messages(report?.findings ?? [])).toMatch(/must be 0{64}/);
    expect(treeHash(scene.store.root)).toBe(before);
  });

  test('a venue that nobody names', async () => {
    const [report] = await scene.import([scene.put('BTC.1m.csv', csvOf(minutes(5)))]);
    expect(messages(report?.findings ?? [])).toMatch(/give --venue/);
  });
});

describe('of several files', () => {
  test('each is whole or not at all, whatever the others are', async () => {
    const other = openScene();
    const files = [
      other.put('a.csv', csvOf(minutes(10))),
      other.put('b.csv', 'time_ms,open,high,low,close,volume\nx\n'),
      other.put('c.csv', csvOf(minutes(20).slice(10))),
      other.put('d.csv', 'name,age\nAda,36\n'),
    ];
    const reports = await other.import(files, TOLD);
    expect(reports.map(({ outcome }) => outcome)).toEqual([
      'imported',
      'refused',
      'imported',
      'skipped',
    ]);
    expect(await storedRows(other.store, MINUTES)).toEqual(minutes(20));
    await other.close();
  });

  test('overlaps merge by their key, and what disagrees stays visible', async () => {
    const other = openScene();
    const changed = minutes(20).with(12, barAt(START_MS + 12 * MINUTE_MS, 777, 9));
    const reports = await other.import(
      [other.put('a.csv', csvOf(minutes(15))), other.put('b.csv', csvOf(changed.slice(10)))],
      TOLD,
    );
    expect(reports[1]?.counts).toMatchObject({ added: 5, same: 4, disagreeing: 1, replaced: 1 });
    expect(await storedRows(other.store, MINUTES)).toEqual(changed);
    expect(other.store.series()[0]).toMatchObject({ rows: 20, disputed: 1, sources: 2 });
    await other.close();
  });

  test('one that was imported already changes nothing', async () => {
    const again = scene.put('copy.csv', csvOf(minutes(30)));
    const [report] = await scene.import([again], TOLD);
    expect(report?.outcome).toBe('known');
    expect(treeHash(scene.store.root)).toBe(before);
  });

  test('a dry run says everything and stores nothing', async () => {
    const [report] = await scene.import([scene.put('dry.csv', csvOf(minutes(90)))], {
      ...TOLD,
      dryRun: true,
    });
    expect(report).toMatchObject({ outcome: 'imported', rows: 90 });
    expect(treeHash(scene.store.root)).toBe(before);
  });
});
